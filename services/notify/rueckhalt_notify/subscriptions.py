# SPDX-License-Identifier: EUPL-1.2
"""The register of the events this service listens to; the consumers of the rooms fill it."""

from rueckhalt_shared.worker import Subscriptions

subscriptions = Subscriptions("notify")
