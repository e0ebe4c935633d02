# SPDX-License-Identifier: EUPL-1.2
"""What is different while a drill runs: who takes part, what a confirmation does, when it ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from rueckhalt_routing.assignments import handlers, store
from rueckhalt_routing.assignments.domain import Assignment, Sight, UnknownAssignment
from rueckhalt_routing.assignments.participating import DRILL, plan_for_drills
from rueckhalt_routing.plan.opening import next_working_day
from rueckhalt_shared.contracts import DrillFinished, ids
from rueckhalt_shared.database import Transaction

CONFIRMED = "confirmed"


def ends_at(tx: Transaction, assignment: Assignment) -> datetime:
    """Two working days after its start: who has not confirmed by then is not reachable."""
    compiled = plan_for_drills(tx, assignment)
    if compiled is None:
        return assignment.assigned_at + timedelta(days=2)
    calendar = compiled.plan.calendar
    return next_working_day(calendar, next_working_day(calendar, assignment.assigned_at))


def note_confirmed(tx: Transaction, assignment: Assignment, person: str) -> None:
    """Write down when somebody confirmed, once each."""
    if person in confirmations(tx, assignment):
        return
    store.log_step(
        tx,
        {
            "id": ids.uuid7(),
            "assignment_id": assignment.id,
            "round": assignment.round,
            "step": assignment.step,
            "cause": CONFIRMED,
            "recipients": [
                {"person": person, "part": "told", "role": "unknown", "because": "person"}
            ],
            "taken_at": tx.now,
        },
    )


def confirmations(tx: Transaction, assignment: Assignment) -> dict[str, datetime]:
    """Who has confirmed, and when."""
    rows = (row for row in store.steps_of(tx, assignment.id) if row["cause"] == CONFIRMED)
    return {row["recipients"][0]["person"]: row["taken_at"] for row in rows}


def asked(tx: Transaction, assignment: Assignment) -> dict[str, tuple[int, datetime]]:
    """Who was told in which step, and when for the first time."""
    found: dict[str, tuple[int, datetime]] = {}
    decided = store.decision(tx, assignment.decision_id)["explanation"]
    for id in _ids(decided.get("recipients", ())):
        found[id] = (0, assignment.assigned_at)
    for row in store.steps_of(tx, assignment.id):
        if row["cause"] != CONFIRMED:
            for id in _ids(row["recipients"]):
                found.setdefault(id, (row["step"], row["taken_at"]))
    agreed = _agreed(tx, assignment)
    return {id: told for id, told in found.items() if agreed is None or id in agreed}


def finish(tx: Transaction, assignment: Assignment) -> None:
    """The drill is over; its figures are said."""
    known, told = confirmations(tx, assignment), asked(tx, assignment)
    handlers.complete(tx, assignment)
    tx.publish(
        DrillFinished(
            subject=assignment.incident_id,
            municipality=assignment.municipality,
            scope=assignment.chain,
            contacts=len(told),
            reached=len(known),
            minutes=tuple(minutes(at, told.get(id)) for id, at in known.items()),
        )
    )


def minutes(confirmed_at: datetime, told: tuple[int, datetime] | None) -> int:
    """Whole minutes between being told and confirming."""
    return int((confirmed_at - told[1]).total_seconds() // 60) if told is not None else 0


def _agreed(tx: Transaction, assignment: Assignment) -> set[str] | None:
    """The ids of whoever takes part; None where no plan can be read."""
    compiled = plan_for_drills(tx, assignment)
    if compiled is None:
        return None
    willing = {each.key for each in compiled.plan.partners if each.drills}
    members = compiled.members.values()
    return {each.id for each in members if each.kind == "person" or each.key in willing}


def _ids(recipients: Sequence[dict[str, str]]) -> list[str]:
    return [each.get("person") or each["partner"] for each in recipients]


def newest(tx: Transaction, municipality: str, *, limit: int) -> list[Assignment]:
    """The newest drills of a municipality."""
    return store.newest(tx, state=None, sight=_sight(municipality), before=None, limit=limit)


def known(tx: Transaction, id: str, municipality: str) -> Assignment:
    """A drill of a municipality. Raises UnknownAssignment."""
    found = store.get(tx, id, _sight(municipality))
    if found is None:
        raise UnknownAssignment
    return found


def id_of(tx: Transaction, incident_id: str) -> str:
    """The id of the assignment of a fictional incident. Raises UnknownAssignment."""
    found = store.find(tx, incident_id)
    if found is None:
        raise UnknownAssignment
    return found.id


def _sight(municipality: str) -> Sight:
    return Sight(municipalities=(municipality,), mode=DRILL)
