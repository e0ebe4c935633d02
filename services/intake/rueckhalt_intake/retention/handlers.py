# SPDX-License-Identifier: EUPL-1.2
"""What is due, and what a hold keeps; nothing is changed here."""

from rueckhalt_intake.erasure import handlers as erasure
from rueckhalt_intake.incidents import ageing
from rueckhalt_intake.retention import domain
from rueckhalt_intake.retention.domain import Aged, Classes, Due
from rueckhalt_shared.database import Transaction

_SOURCE = "source"


def due_among(
    tx: Transaction, classes: Classes, *, after: str, limit: int
) -> tuple[list[tuple[Due, bool]], str | None]:
    """What is due among the next incidents by id, each with "is held"; and where to go on."""
    if classes.shortest is None:
        return [], None
    cutoff = domain.months_before(tx.now, classes.shortest)
    page = ageing.registered_before(tx, cutoff, after=after, limit=limit)
    found = []
    for incident in page:
        coded = incident.coded
        aged = Aged(
            id=incident.id,
            mode=incident.mode,
            registered_at=incident.registered_at,
            closed_at=incident.closed_at,
            severity=coded.severity,
            reporter_kind=coded.reporter_kind,
            wishes=coded.wishes,
        )
        due = domain.due(aged, classes, now=tx.now)
        if due is None or (due.scope == _SOURCE and erasure.is_source_forgotten(tx, due.incident)):
            continue
        found.append((due, erasure.live_hold(tx, due.incident) is not None))
    return found, page[-1].id if len(page) == limit else None
