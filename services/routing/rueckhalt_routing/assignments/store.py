# SPDX-License-Identifier: EUPL-1.2
"""The assignments, their decisions and the steps taken; rows to Assignment and back."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    cast,
    false,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy import update as change

from rueckhalt_routing.assignments.domain import CLOSED, HELD, Assignment, Sight
from rueckhalt_routing.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

assignments = Table(
    "assignments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("incident_id", String(64), nullable=False, unique=True),
    Column("incident_version", Integer, nullable=False),
    Column("mode", String(8), nullable=False),
    Column("state", String(8), nullable=False),
    Column("urgency", String(8), nullable=False),
    Column("unit", String(80), nullable=False),
    Column("decision_id", String(36), nullable=False),
    Column("plan_id", String(36)),
    Column("plan_version", Integer, nullable=False),
    Column("rule", String(40), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("chain", String(40), nullable=False),
    Column("step", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("role", String(40), nullable=False),
    Column("person", String(36)),
    Column("partner", String(36)),
    Column("told", JSON, nullable=False),
    Column("out", JSON, nullable=False),
    Column("excluded", JSON, nullable=False),
    Column("barred_roles", JSON, nullable=False),
    Column("weak", Boolean, nullable=False),
    Column("red", String(40)),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("take_over_by", UtcDateTime, nullable=False),
    Column("next_due_at", UtcDateTime),
    Column("taken_by", String(36)),
    Column("taken_role", String(40)),
    Column("taken_over_at", UtcDateTime),
    Column("follow_up_by", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    Column("rounds_from", Integer, nullable=False, server_default="0"),
    Column("held_until", UtcDateTime),
    Column("stepped_at", UtcDateTime),
    Column("offer_until", UtcDateTime),
    Column("offered_to", String(36)),
    Column("offered_kind", String(8)),
    Column("offered_role", String(40)),
)
Index("ix_assignments_state_id", assignments.c.state, assignments.c.id)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident_id", String(64), nullable=False, index=True),
    Column("municipality", String(12), nullable=False),
    Column("plan_id", String(36)),
    Column("case", JSON, nullable=False),
    Column("explanation", JSON, nullable=False),
    Column("excluded", JSON, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)

steps_taken = Table(
    "steps_taken",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("assignment_id", String(36), nullable=False, index=True),
    Column("round", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("cause", String(20), nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("reason", String(20)),
)
NOBODY = "nobody_at_all"
LIVE = "live"
"""Every state but closed."""
_LIVE = assignments.c.state != CLOSED
_TUPLES = ("told", "out", "barred_roles")
EVERYTHING = Sight(municipalities=None)
_KNOWN = select(assignments.c.incident_id).where(
    assignments.c.incident_id.in_(bindparam("incidents", expanding=True))
)


def add(tx: Transaction, assignment: Assignment) -> None:
    """Store a new assignment; the incident's id is unique."""
    tx.add(assignments, _row(assignment))


def is_known(tx: Transaction, incident_id: str) -> bool:
    """Does the incident have an assignment?"""
    added = any(row["incident_id"] == incident_id for row in tx.added(assignments))
    return added or tx.is_among(incident_id, _known)


def _known(tx: Transaction, incidents: Collection[str]) -> set[str]:
    return set(tx.execute(_KNOWN, {"incidents": list(incidents)}).scalars())


def find(tx: Transaction, incident_id: str) -> Assignment | None:
    """The assignment of an incident."""
    return _one(tx, assignments.c.incident_id == incident_id)


def get(tx: Transaction, id: str, sight: Sight = EVERYTHING) -> Assignment | None:
    """An assignment by its id, if it is in sight."""
    return _one(tx, and_(assignments.c.id == id, *_seen(sight)))


def lock(tx: Transaction, id: str) -> Assignment | None:
    """An assignment by its id, for changing it."""
    return _one(tx, assignments.c.id == id, for_update=True)


def save(tx: Transaction, assignment: Assignment) -> None:
    """Write a changed assignment."""
    tx.execute(change(assignments).where(assignments.c.id == assignment.id), _row(assignment))


def newest(
    tx: Transaction,
    *,
    state: str | None,
    sight: Sight,
    before: str | None,
    limit: int,
) -> list[Assignment]:
    """The newest first of those in sight."""
    query = select(assignments).order_by(assignments.c.id.desc()).limit(limit)
    query = query.where(*_seen(sight))
    if state == LIVE:
        query = query.where(_LIVE)
    elif state is not None:
        query = query.where(assignments.c.state == state)
    if before is not None:
        query = query.where(assignments.c.id < before)
    return [_assignment(row) for row in tx.execute(query).mappings()]


def live_ids(tx: Transaction) -> set[str]:
    """Every assignment that is not closed."""
    return set(tx.execute(select(assignments.c.id).where(_LIVE)).scalars())


def at_fault(tx: Transaction, *, late: datetime, ahead: datetime) -> set[str]:
    """Live assignments without anybody or without a due time, long overdue, or stepped in future.

    What was stepped after `ahead` was so by a clock that has been set back since.
    """
    nobody = and_(*(assignments.c[name].is_(None) for name in ("person", "partner", "taken_by")))
    wrong = or_(
        and_(nobody, or_(assignments.c.red.is_(None), assignments.c.red != NOBODY)),
        assignments.c.next_due_at.is_(None),
        assignments.c.next_due_at < late,
        assignments.c.stepped_at > ahead,
    )
    return set(tx.execute(select(assignments.c.id).where(_LIVE, wrong)).scalars())


def without_anybody(tx: Transaction) -> int:
    """How many live assignments nobody at all could be found for."""
    query = select(func.count()).select_from(assignments)
    return tx.execute(query.where(_LIVE, assignments.c.red == NOBODY)).scalar() or 0


def held(tx: Transaction) -> list[tuple[str, str]]:
    """Id and municipality of everything that waits for the next opening."""
    query = select(assignments.c.id, assignments.c.municipality)
    return [
        (row.id, row.municipality) for row in tx.execute(query.where(assignments.c.state == HELD))
    ]


def add_decision(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Store a decision; decisions never change."""
    tx.add(decisions, dict(row))


def decision(tx: Transaction, id: str) -> Mapping[str, Any]:
    """A decision by its id."""
    return dict(tx.execute(select(decisions).where(decisions.c.id == id)).mappings().one())


def log_step(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Note a step of the chain that was taken."""
    tx.execute(insert(steps_taken), dict(row))


def steps_of(tx: Transaction, assignment_id: str) -> list[Mapping[str, Any]]:
    """The steps of an assignment after its first, in their order."""
    query = select(steps_taken).where(steps_taken.c.assignment_id == assignment_id)
    return [dict(row) for row in tx.execute(query.order_by(steps_taken.c.id)).mappings()]


def _seen(sight: Sight) -> list[Any]:
    conditions: list[Any] = []
    if sight.mode is not None:
        conditions.append(assignments.c.mode == sight.mode)
    if sight.municipalities is not None:
        town = assignments.c.municipality
        within = [town.startswith(key, autoescape=True) for key in sight.municipalities]
        conditions.append(or_(false(), *within))
    if sight.is_person:
        conditions += [false()] if sight.person is None else _concerning(sight.person, sight)
    return conditions


def _concerning(person: str, sight: Sight) -> list[Any]:
    """Ids are UUIDs: looking for one in the text of a list finds nothing else."""

    def names(column: Any) -> Any:
        return cast(column, String).contains(person, autoescape=True)

    not_in_conflict = ~names(assignments.c.excluded)
    if sight.audits:
        return [not_in_conflict]
    decided = select(decisions.c.id).where(
        decisions.c.id == assignments.c.decision_id, names(decisions.c.explanation)
    )
    mine = ("person", "taken_by", "offered_to")
    has_it = or_(*(assignments.c[name] == person for name in mine))
    return [not_in_conflict, or_(has_it, names(assignments.c.told), decided.exists())]


def _one(tx: Transaction, condition: Any, *, for_update: bool = False) -> Assignment | None:
    query = select(assignments).where(condition)
    row = tx.execute(query.with_for_update() if for_update else query).mappings().one_or_none()
    return _assignment(row) if row else None


def _row(assignment: Assignment) -> dict[str, Any]:
    row = dict(vars(assignment))
    return row | {name: list(row[name]) for name in _TUPLES} | {"excluded": dict(row["excluded"])}


def _assignment(row: Mapping[Any, Any]) -> Assignment:
    return Assignment(**dict(row) | {name: tuple(row[name]) for name in _TUPLES})


def cases_since(
    tx: Transaction,
    municipality: str,
    since: datetime,
    sight: Sight,
    *,
    limit: int,
    without: Collection[str] = (),
) -> list[Mapping[str, Any]]:
    """The kept cases behind the newest decisions of assignments in sight, oldest first.

    `without` names modes that do not count.
    """
    query = (
        select(decisions.c.case)
        .join(assignments, assignments.c.decision_id == decisions.c.id)
        .where(
            assignments.c.municipality == municipality,
            assignments.c.assigned_at >= since,
            assignments.c.mode.not_in(without),
            *_seen(sight),
        )
        .order_by(assignments.c.id)
        .limit(limit)
    )
    return [dict(case) for case in tx.execute(query).scalars()]
