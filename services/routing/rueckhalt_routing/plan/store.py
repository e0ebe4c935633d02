# SPDX-License-Identifier: EUPL-1.2
"""The published versions of the plans. A row never changes but for its retirement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    select,
)
from sqlalchemy import update as change

from rueckhalt_routing.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

PUBLISHED, RETIRED = "published", "retired"

plans = Table(
    "plans",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("title", String(500), nullable=False),
    Column("source", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("author", String(80), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("retired_at", UtcDateTime),
    UniqueConstraint("municipality", "version"),
)
Index("ix_plans_published", plans.c.municipality, plans.c.state)
_HEAD = [column for column in plans.c if column.name not in ("source", "document")]
# Built once: asked for each incident.
_PUBLISHED = select(*_HEAD).where(
    plans.c.municipality.in_(bindparam("municipalities", expanding=True)),
    plans.c.state == PUBLISHED,
)


@dataclass(frozen=True, kw_only=True)
class PlanVersion:
    """One version of a plan, without its text."""

    id: str
    municipality: str
    version: int
    state: str
    title: str
    hash: str
    author: str
    published_at: datetime
    retired_at: datetime | None = None


def add(tx: Transaction, version: PlanVersion, *, source: str, document: str) -> None:
    """Store a new version with the text as given and as it counts."""
    tx.execute(plans.insert(), vars(version) | {"source": source, "document": document})


def published(tx: Transaction, municipalities: Sequence[str]) -> PlanVersion | None:
    """The published plan of the first of these municipalities that has one."""
    rows = tx.execute(_PUBLISHED, {"municipalities": list(municipalities)}).mappings()
    found = [PlanVersion(**row) for row in rows]
    return min(found, key=lambda plan: municipalities.index(plan.municipality), default=None)


def find(tx: Transaction, id: str) -> PlanVersion | None:
    """One version by its id."""
    row = tx.execute(select(*_HEAD).where(plans.c.id == id)).mappings().one_or_none()
    return PlanVersion(**row) if row else None


def texts(tx: Transaction, id: str) -> tuple[str, str]:
    """The text of a version as given, and as it counts."""
    row = tx.execute(select(plans.c.source, plans.c.document).where(plans.c.id == id)).one()
    return row.source, row.document


def newest(tx: Transaction, municipality: str) -> int:
    """The highest version of a municipality so far; 0 for none."""
    query = select(func.max(plans.c.version)).where(plans.c.municipality == municipality)
    return tx.execute(query).scalar() or 0


def retire(tx: Transaction, municipality: str) -> None:
    """The published version of this municipality, if there is one, counts no longer."""
    tx.execute(
        change(plans)
        .where(plans.c.municipality == municipality, plans.c.state == PUBLISHED)
        .values(state=RETIRED, retired_at=tx.now)
    )
