# SPDX-License-Identifier: EUPL-1.2
"""What is due, and what a hold keeps; nothing is changed here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rueckhalt_intake.erasure import handlers as erasure
from rueckhalt_intake.incidents import ageing
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.retention import domain
from rueckhalt_intake.retention.domain import Aged, Classes, Due
from rueckhalt_shared.database import Transaction

_SOURCE = "source"
_PAGE, _PAGES = 500, 20


def due_among(
    tx: Transaction,
    classes: Classes,
    *,
    after: str,
    limit: int,
    places: Sequence[str] = ("*",),
) -> tuple[list[tuple[Due, bool]], str | None]:
    """What is due among the next incidents by id, each with "is held"; and where to go on."""
    if classes.shortest is None:
        return [], None
    cutoff = domain.months_before(tx.now, classes.shortest)
    page = ageing.registered_before(tx, cutoff, after=after, limit=limit, places=places)
    found = []
    for incident in page:
        due = domain.due(aged_of(incident), classes, now=tx.now)
        if due is None or (due.scope == _SOURCE and erasure.is_source_forgotten(tx, due.incident)):
            continue
        found.append((due, erasure.live_hold(tx, due.incident) is not None))
    return found, page[-1].id if len(page) == limit else None


def aged_of(incident: Incident) -> Aged:
    """What decides how long it is kept."""
    coded = incident.coded
    return Aged(
        id=incident.id,
        mode=incident.mode,
        registered_at=incident.registered_at,
        closed_at=incident.closed_at,
        severity=coded.severity,
        reporter_kind=coded.reporter_kind,
        wishes=coded.wishes,
    )


@dataclass(frozen=True)
class Tally:
    """What is due, counted: by class how many, and how many of them a hold keeps."""

    due: Counter[str]
    held: Counter[str]
    is_whole: bool  # false where there was too much to count at once
    waiting: int = 0  # open ones that keep their source although its months are over


def tally(tx: Transaction, classes: Classes, places: Sequence[str]) -> Tally:
    """Count what the classes would erase now in these places; nothing is changed."""
    due: Counter[str] = Counter()
    held: Counter[str] = Counter()
    after: str | None = ""
    for _ in range(_PAGES):
        found, after = due_among(tx, classes, after=after or "", limit=_PAGE, places=places)
        for each, is_held in found:
            (held if is_held else due)[each.class_] += 1
        if after is None:
            break
    return Tally(due, held, after is None, _waiting(tx, classes, places))


def _waiting(tx: Transaction, classes: Classes, places: Sequence[str]) -> int:
    if classes.source_identity is None:
        return 0
    cutoff = domain.months_before(tx.now, classes.source_identity)
    return ageing.open_since_before(tx, cutoff, places=places)
