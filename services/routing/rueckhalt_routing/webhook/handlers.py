# SPDX-License-Identifier: EUPL-1.2
"""Tell another system who is responsible: written down with the decision, sent afterwards.

Only ids, roles, codes and times leave; who may know more fetches the assignment with a key.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rueckhalt_routing.webhook import store
from rueckhalt_routing.webhook.domain import PAUSE, TRIES, Outcome, is_worth_repeating
from rueckhalt_routing.webhook.store import Call
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state, states

log = get_logger(__name__)
LEASE = timedelta(seconds=120)
BATCH = 5  # five seconds each, and what looking up their names takes, stay below the lease
_SILENT_MODES = ("test", "drill")
_STATE = "webhook"


def enqueue(
    tx: Transaction, event_id: str, type: str, told: Mapping[str, Any], *, mode: str
) -> None:
    """Write the call down if there is a webhook. Tests and drills reach nobody unasked."""
    if not tx.context.get("webhook") or mode in _SILENT_MODES:
        return
    body = {"type": type, "timestamp": spell_instant(tx.now), "data": dict(told)}
    store.add(
        tx,
        Call(
            id=event_id,
            type=type,
            body=json.dumps(body, separators=(",", ":")),
            created_at=tx.now,
            next_attempt_at=tx.now,
        ),
    )
    tx.wake("webhook")


def claim(tx: Transaction) -> list[Call]:
    """Take a few due calls: their time-outs together stay below the lease."""
    return store.claim(tx, ids.uuid7(), until=tx.now + LEASE, limit=BATCH)


def note_outcome(tx: Transaction, call: Call, outcome: Outcome) -> None:
    """Done, again later, or given up and told loudly."""
    if outcome.is_done:
        store.end(tx, call, store.SENT, None)
        if (said := states(tx).get(_STATE)) is not None and said.state != "up":
            note_state(tx, _STATE, "up")
        return
    if is_worth_repeating(outcome.status) and call.attempts < TRIES:
        store.put_off(tx, call, until=tx.now + PAUSE, cause=outcome.cause)
        return
    log.error("webhook given up", event_id=call.id, cause=outcome.cause, attempts=call.attempts)
    store.end(tx, call, store.FAILED, outcome.cause)
    told = f"calls are given up ({outcome.cause}): who is responsible does not reach the webhook"
    note_state(tx, _STATE, "failing", told)


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident is erased: no call tells of it any more, made or not."""
    store.remove(tx, incident_id)
