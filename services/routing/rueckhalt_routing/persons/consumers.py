# SPDX-License-Identifier: EUPL-1.2
"""Bus in: whether people can be reached."""

from rueckhalt_routing.duty import handlers
from rueckhalt_routing.subscriptions import subscriptions
from rueckhalt_shared.contracts import ContactReachabilityChanged
from rueckhalt_shared.database import Transaction


@subscriptions.on(ContactReachabilityChanged, queue="routing.note-failures")
def contact_reachability_changed(tx: Transaction, event: ContactReachabilityChanged) -> None:
    """A contact became usable or unusable."""
    handlers.note_reachability(tx, event)
