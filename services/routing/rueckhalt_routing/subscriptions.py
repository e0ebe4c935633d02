# SPDX-License-Identifier: EUPL-1.2
"""What routing hears: filled by the consumers of its rooms, imported by app.py."""

from rueckhalt_shared.subscriptions import Subscriptions

subscriptions = Subscriptions("routing")
