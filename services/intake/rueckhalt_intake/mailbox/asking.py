# SPDX-License-Identifier: EUPL-1.2
"""The worker's rounds of the mailbox: questions some time afterwards are announced when due."""

from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.mailbox import handlers
from rueckhalt_intake.mailbox.domain import Contact
from rueckhalt_shared.database import Database, Transaction


def ask(database: Database) -> bool:
    """Announce what is due; the question itself stands in the mailbox from its day on."""
    for contact in database.read(handlers.due_aftercare):
        database.run(_announce, contact)
    return False


def _announce(tx: Transaction, contact: Contact) -> None:
    erasing.lock(tx, contact.incident_id)
    handlers.announce_aftercare(tx, contact, erasing.whoever_asks(tx, contact.incident_id))
