# SPDX-License-Identifier: EUPL-1.2
"""The grants, one row for each person who may open an incident, and how they came about."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    cast,
    delete,
    insert,
    select,
    update,
)

from rueckhalt_intake.grants.domain import Standing
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction

grants = Table(
    "grants",
    metadata,
    Column("incident_id", String(36), nullable=False),
    Column("person", String(36), nullable=False, index=True),
    Column("version", Integer, nullable=False),  # of routing
    PrimaryKeyConstraint("incident_id", "person"),
)
grant_standings = Table(
    "grant_standings",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("since", Integer, nullable=False),
    Column("assignment", String(64)),  # of routing, as the urgency
    Column("urgency", String(8)),
    Column("urgency_version", Integer, nullable=False),
    Column("excluded", JSON, nullable=False),
    Column("excluded_version", Integer, nullable=False),
)
TABLES = ("grants", "grant_standings")


def get(tx: Transaction, incident_id: str) -> Standing | None:
    """How access to an incident stands; None while routing has said nothing."""
    query = select(grant_standings).where(grant_standings.c.incident_id == incident_id)
    row = tx.execute(query).mappings().one_or_none()
    if row is None:
        return None
    values = {name: row[name] for name in row if name != "incident_id"}
    given = select(grants.c.person, grants.c.version).where(grants.c.incident_id == incident_id)
    return Standing(
        **values | {"excluded": tuple(row["excluded"])},
        given={each.person: each.version for each in tx.execute(given)},
    )


def urgencies(tx: Transaction, incident_ids: Collection[str]) -> dict[str, str | None]:
    """How urgent each of these incidents is, as far as routing has said."""
    query = select(grant_standings.c.incident_id, grant_standings.c.urgency)
    rows = tx.execute(query.where(grant_standings.c.incident_id.in_(list(incident_ids))))
    return {row.incident_id: row.urgency for row in rows}


def put(tx: Transaction, incident_id: str, before: Standing | None, after: Standing) -> None:
    """Write what has changed."""
    row = {name: value for name, value in vars(after).items() if name != "given"}
    row |= {"excluded": list(after.excluded)}
    if before is None:
        tx.execute(insert(grant_standings), row | {"incident_id": incident_id})
    else:
        mine = update(grant_standings).where(grant_standings.c.incident_id == incident_id)
        tx.execute(mine.values(row))
    known = dict(before.given) if before is not None else {}
    if known != after.given:
        tx.execute(delete(grants).where(grants.c.incident_id == incident_id))
        rows = [
            {"incident_id": incident_id, "person": person, "version": version}
            for person, version in after.given.items()
        ]
        if rows:
            tx.execute(insert(grants), rows)


def remove(tx: Transaction, incident_id: str) -> None:
    """Drop everything about an incident."""
    for table in (grants, grant_standings):
        tx.execute(delete(table).where(table.c.incident_id == incident_id))


def is_open_to(person: str, incident_id: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """Conditions: this person may open the incident of that column, and is not in conflict.

    Routing gives nobody in conflict a row; that it is asked once more is on purpose. An id is
    a UUID, so looking for it in the text of the list finds nothing else.
    """
    may: Any = select(grants.c.person).where(
        grants.c.incident_id == incident_id, grants.c.person == person
    )
    barred: Any = select(grant_standings.c.since).where(
        grant_standings.c.incident_id == incident_id,
        cast(grant_standings.c.excluded, String).contains(person, autoescape=True),
    )
    return [may.exists(), ~barred.exists()]
