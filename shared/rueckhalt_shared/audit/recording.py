# SPDX-License-Identifier: EUPL-1.2
"""Write one row, in the transaction of what it tells about: no row, no effect.

A row says who did what to which group of fields and why, in codes. It names an incident only by
a keyed hash whose key goes with the incident, so an erasure unlinks rows and breaks no chain.
"""

import hmac
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rueckhalt_shared.audit import chain, store
from rueckhalt_shared.audit.chain import Row
from rueckhalt_shared.contracts.instants import spell_instant

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction

_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody does: everything in codes and ids, never content."""

    municipality: str
    who: str
    act: str  # incident.opened, erasure.ordered, hold.set …
    fields: str  # the group of fields: narrative, identity, case …
    why: str
    incident: str | None = None
    object: str | None = None  # an order, a hold, a request to read


def record(tx: "Transaction", done: Act) -> int:
    """Append the act to its municipality's chain; answers the row's number."""
    store.lock(tx, done.municipality)
    head = store.head(tx, done.municipality)
    number = head.n + 1 if head else 1
    previous = head.hash if head else chain.start_of(done.municipality)
    document: dict[str, str | int | None] = {
        "n": number,
        "municipality": done.municipality,
        "at": spell_instant(tx.now),
        "who": done.who[:_LONGEST],
        "act": done.act,
        "fields": done.fields,
        "why": done.why,
        "case": case_reference(tx, done.incident) if done.incident else None,
        "object": done.object,
    }
    body = chain.canonical(document)
    store.add(tx, Row(done.municipality, number, body, chain.linked(body, previous)))
    return number


def case_reference(tx: "Transaction", incident: str) -> str:
    """How rows name this incident: 64 hexadecimal digits."""
    key = store.case_key(tx, incident)
    if key is None:
        key = os.urandom(32)
        store.add_case_key(tx, incident, key)
    return hmac.digest(key, incident.encode(), "sha256").hex()


def unlink(tx: "Transaction", incident: str) -> None:
    """The incident is erased: no row can be traced to it any more."""
    store.drop_case_key(tx, incident)


def acts_about(tx: "Transaction", municipality: str, incident: str) -> list[dict[str, Any]]:
    """The rows about an incident, oldest first, as documents; none where nobody has done anything.

    Nothing is written: an incident that was never named has no key, and then there are no rows.
    """
    key = store.case_key(tx, incident)
    if key is None:
        return []
    reference = hmac.digest(key, incident.encode(), "sha256").hex()
    return [json.loads(row.body) for row in store.mentioning(tx, municipality, reference)]
