# SPDX-License-Identifier: EUPL-1.2
"""Bus in: a mail with the head of a chain has left the house. The queue's name is an API."""

from rueckhalt_intake.subscriptions import subscriptions
from rueckhalt_shared.audit import stating
from rueckhalt_shared.contracts import AuditHeadPosted
from rueckhalt_shared.database import Transaction

IDENTITY_URL = "identity_url"  # where the context of the database says where accounts lie


@subscriptions.on(AuditHeadPosted, queue="intake.note-anchors")
def head_posted(tx: Transaction, event: AuditHeadPosted) -> None:
    """It is an anchor from now on."""
    stating.note_posted(tx, event, identity_url=tx.context[IDENTITY_URL])
