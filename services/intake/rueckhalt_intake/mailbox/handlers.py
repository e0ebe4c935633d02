# SPDX-License-Identifier: EUPL-1.2
"""Opens the mailbox an anonymous reporter gets; reading and answering come with its pages."""

from rueckhalt_intake.mailbox import store
from rueckhalt_intake.mailbox.codes import Mailbox
from rueckhalt_shared.database import Transaction


def keep_mailbox(tx: Transaction, incident_id: str, mailbox: Mailbox) -> None:
    """The mailbox of an incident exists from now on."""
    store.add(tx, mailbox.lookup, incident_id, mailbox.public_key)


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident is erased: no code opens its mailbox any more."""
    store.remove(tx, incident_id)
