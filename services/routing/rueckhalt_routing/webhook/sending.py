# SPDX-License-Identifier: EUPL-1.2
"""Bring the calls that are due to the other side: claimed in one commit, noted in another."""

from rueckhalt_routing.webhook import handlers
from rueckhalt_routing.webhook.handlers import BATCH
from rueckhalt_routing.webhook.sender import Sender
from rueckhalt_shared import crash
from rueckhalt_shared.database import Database


def send_due(database: Database, sender: Sender) -> bool:
    """Claim what is due and send it; true when more may be due now."""
    calls = database.run(handlers.claim)
    if calls:
        crash.at("sender.after_claim")
    for call in calls:
        outcome = sender.send(call.id, call.body, now=database.clock())
        database.run(handlers.note_outcome, call, outcome)
    return len(calls) == BATCH
