# SPDX-License-Identifier: EUPL-1.2
"""The register of what reporting listens to; the rooms' consumers fill it."""

from rueckhalt_shared.subscriptions import Subscriptions

subscriptions = Subscriptions("reporting")
