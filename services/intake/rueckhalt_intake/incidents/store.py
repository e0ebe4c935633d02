# SPDX-License-Identifier: EUPL-1.2
"""The incidents table, and the two-way road between its rows and Incident."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    and_,
    bindparam,
    cast,
    false,
    or_,
    select,
    text,
    tuple_,
    update,
)

from rueckhalt_intake.grants import handlers as grants
from rueckhalt_intake.incidents.domain import Coded, Incident, NoSuchIncident, Responsibility
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

incidents = Table(
    "incidents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("sender", String(80), nullable=False),
    Column("mode", String(5), nullable=False),
    Column("version", Integer, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False, index=True),
    Column("imported", Boolean, nullable=False, server_default=false()),
    Column("closed_at", UtcDateTime),
    Column("close_reason", String(40)),
    Column("feedback_given", Boolean),
    Column("awaiting_at", UtcDateTime),  # no assignment heard by then: announce it again
    Column("responsibility_version", Integer, nullable=False, server_default="0"),
    Column("responsibility", JSON(none_as_null=True)),
    Column("coded", JSON, nullable=False),
    Column("key_id", String(32), nullable=False, unique=True),
    Column("narrative_version", Integer, nullable=False, server_default="0"),
    Column("particulars_version", Integer, nullable=False, server_default="0"),
    Column("narrative", LargeBinary),  # sealed, as are the particulars: names and addresses
    Column("particulars", LargeBinary),
)
Index(
    "ix_incidents_awaiting_at",
    incidents.c.awaiting_at,
    sqlite_where=text("awaiting_at IS NOT NULL"),
    postgresql_where=text("awaiting_at IS NOT NULL"),
)

_SHOWN = [column for column in incidents.c if column.name not in {"narrative", "particulars"}]
_PLAIN = tuple(n for n in Incident.__dataclass_fields__ if n not in {"coded", "responsibility"})
_BY_ID = select(incidents).where(incidents.c.id == bindparam("incident_id"))
_NOTE = (
    update(incidents)
    .where(
        incidents.c.id == bindparam("incident_id"),
        incidents.c.municipality == bindparam("town"),
        incidents.c.responsibility_version < bindparam("newer"),
    )
    .values(
        responsibility=bindparam("fact"),
        responsibility_version=bindparam("newer"),
        awaiting_at=None,
    )
)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Which incidents a caller may see; everything else does not exist for them."""

    municipalities: tuple[str, ...]  # regional keys, also short ones; "*" is everywhere
    mode: str
    sender: str | None  # None: of every sender
    person: str | None = None  # also what is assigned to this person, and nothing that accuses them
    assigned_in: tuple[str, ...] = ()  # in these municipalities

    @property
    def by_grant_alone(self) -> "Reach":
        """Without what the caller has reported."""
        return replace(self, municipalities=())


@dataclass(frozen=True)
class Cursor:
    """The last row of a page."""

    at: datetime
    id: str


def add(tx: Transaction, reported: Sequence[tuple[Incident, datetime | None]]) -> None:
    """Keep new incidents; the second value is when to announce one again."""
    tx.add(incidents, *(_row(incident) | {"awaiting_at": due} for incident, due in reported))


def find(tx: Transaction, incident_id: str) -> Incident | None:
    """One incident, whoever asks."""
    row = tx.execute(_BY_ID, {"incident_id": incident_id}).mappings().one_or_none()
    return _incident(row) if row else None


def lock(tx: Transaction, incident_id: str, *, municipality: str | None = None) -> bool:
    """Keep the incident as it is until the commit: nobody erases it meanwhile.

    False where there is none, or none of that municipality.
    """
    chosen = select(incidents.c.id).where(incidents.c.id == incident_id)
    if municipality is not None:
        chosen = chosen.where(incidents.c.municipality == municipality)
    return tx.execute(chosen.with_for_update()).first() is not None


def is_within(tx: Transaction, incident_id: str, reach: Reach) -> bool:
    """Is the incident within reach?"""
    query = select(incidents.c.id).where(incidents.c.id == incident_id, *_within(reach))
    return tx.execute(query).first() is not None


def get(tx: Transaction, incident_id: str, reach: Reach, *, locked: bool = False) -> Incident:
    """One incident within reach, on wish locked until the commit; raises NoSuchIncident."""
    query = select(incidents).where(incidents.c.id == incident_id, *_within(reach))
    query = query.with_for_update() if locked else query
    row = tx.execute(query).mappings().one_or_none()
    if row is None:
        raise NoSuchIncident(f"no incident {incident_id}")
    return _incident(row)


def page(
    tx: Transaction,
    reach: Reach,
    *,
    state: str | None,
    after: Cursor | None,
    limit: int,
) -> list[Incident]:
    """Incidents within reach, newest first, without their sealed fields."""
    query = select(*_SHOWN).where(*_within(reach))
    if state is not None:
        closed = incidents.c.closed_at
        query = query.where(closed.is_(None) if state == "open" else closed.is_not(None))
    if after is not None:
        query = query.where(
            tuple_(incidents.c.registered_at, incidents.c.id)
            < tuple_(
                bindparam("at", after.at, UtcDateTime),
                bindparam("than", after.id, String),
            )
        )
    newest = (incidents.c.registered_at.desc(), incidents.c.id.desc())
    return [_incident(row) for row in tx.execute(query.order_by(*newest).limit(limit)).mappings()]


def of_keys(tx: Transaction, reach: Reach, keys: Collection[str]) -> list[Incident]:
    """The incidents of these keys within reach, newest first."""
    mine = (incidents.c.key_id.in_(list(keys)), *_within(reach))
    query = select(*_SHOWN).where(*mine).order_by(incidents.c.registered_at.desc())
    return [_incident(row) for row in tx.execute(query).mappings()]


def save(tx: Transaction, incident: Incident, *, before: Incident) -> bool:
    """Write the changed state; False when somebody else has changed it since `before`."""
    row = _row(incident)
    for fixed in ("id", "municipality", "mode", "registered_at", "imported", "key_id"):
        del row[fixed]
    unchanged = (incidents.c.id == before.id, incidents.c.version == before.version)
    return tx.execute(update(incidents).where(*unchanged).values(**row)).rowcount == 1


def note(tx: Transaction, incident_id: str, fact: Responsibility, *, municipality: str) -> bool:
    """Keep a newer fact about the responsibility; False for an older one.

    Also False where the municipality has no such incident: what is another's is not touched.
    """
    values = {"incident_id": incident_id, "newer": fact.version, "fact": _fact(fact)}
    values |= {"town": municipality}
    return tx.execute(_NOTE, values).rowcount == 1


def awaiting(tx: Transaction, *, limit: int) -> list[tuple[str, datetime]]:
    """Incidents nobody has been assigned to in time: id and registration."""
    query = (
        select(incidents.c.id, incidents.c.registered_at)
        .where(incidents.c.awaiting_at <= tx.now)
        .order_by(incidents.c.awaiting_at)
        .limit(limit)
    )
    return [(row.id, row.registered_at) for row in tx.execute(query)]


def await_until(tx: Transaction, incident_id: str, until: datetime) -> None:
    """Look again at that time."""
    chosen = update(incidents).where(incidents.c.id == incident_id)
    tx.execute(chosen.values(awaiting_at=until))


def key_ids(tx: Transaction, among: Collection[str]) -> set[str]:
    """Which of these keys belong to an incident."""
    query = select(incidents.c.key_id).where(incidents.c.key_id.in_(list(among)))
    return set(tx.execute(query).scalars())


def newest_keys(tx: Transaction, *, limit: int) -> list[str]:
    """The keys of the newest incidents."""
    newest = select(incidents.c.key_id).order_by(incidents.c.registered_at.desc()).limit(limit)
    return list(tx.execute(newest).scalars())


def from_row(row: RowMapping) -> Incident:
    """The incident of a row, with or without its sealed fields."""
    return _incident(row)


def holds_reports(tx: Transaction) -> bool:
    """Is there any incident?"""
    return tx.execute(select(incidents.c.id).limit(1)).first() is not None


def _within(reach: Reach) -> list[Any]:
    own: list[Any] = []
    if reach.sender is not None:
        own.append(incidents.c.sender == reach.sender)
    if "*" not in reach.municipalities:
        own.append(_in(reach.municipalities))
    ways = [and_(*own)] if own else []
    if reach.person is not None:
        ways.append(_assigned(reach.person, reach.assigned_in))
    return [incidents.c.mode == reach.mode, *([or_(*ways)] if ways else [])]


def _assigned(person: str, municipalities: Collection[str]) -> Any:
    """What is assigned to this person; never what names them as accused (or as its reporter)."""
    accused = cast(incidents.c.coded, String).contains(person, autoescape=True)
    opens = grants.is_open_to(person, incidents.c.id)
    return and_(_in(municipalities), *opens, ~accused)


def _in(municipalities: Collection[str]) -> Any:
    return or_(false(), *(incidents.c.municipality.startswith(m) for m in municipalities))


def _row(incident: Incident) -> dict[str, Any]:
    row = {name: getattr(incident, name) for name in _PLAIN}
    moment = incident.coded.occurred_at
    told = {"occurred_at": moment.isoformat() if moment else None}
    return row | {"coded": vars(incident.coded) | told}


def _incident(row: RowMapping) -> Incident:
    values: dict[str, Any] = {name: row.get(name) for name in _PLAIN}
    return Incident(
        **values,
        coded=_coded(row["coded"]),
        responsibility=_responsibility(row["responsibility"], row["responsibility_version"]),
    )


def _coded(state: dict[str, Any]) -> Coded:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in state.items()}
    if (told := values["occurred_at"]) is not None:
        values["occurred_at"] = (
            datetime.fromisoformat(told) if "T" in told else date.fromisoformat(told)
        )
    return Coded(**values)


def _fact(fact: Responsibility) -> dict[str, Any]:
    values = {k: v for k, v in vars(fact).items() if v is not None and k != "version"}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


def _responsibility(fact: dict[str, Any] | None, version: int) -> Responsibility | None:
    if fact is None:
        return None
    times = {"at", "take_over_by", "held_until", "next_due_at"}
    values: dict[str, Any] = {
        k: datetime.fromisoformat(v) if k in times else v for k, v in fact.items()
    }
    return Responsibility(**values, version=version)
