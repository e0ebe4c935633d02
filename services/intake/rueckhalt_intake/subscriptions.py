# SPDX-License-Identifier: EUPL-1.2
"""The events intake listens to; the rooms' consumers register theirs here."""

from rueckhalt_shared.subscriptions import Subscriptions

subscriptions = Subscriptions("intake")
