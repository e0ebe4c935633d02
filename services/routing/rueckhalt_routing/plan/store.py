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
    Column("approver", String(80)),
    Column("emergency_reason", String(500)),
    Column("emergency_until", UtcDateTime),
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
    approver: str | None = None
    """The second person; none for a plan from the command line or a machine."""
    emergency_reason: str | None = None
    emergency_until: datetime | None = None
    """Published without being ready: until then it counts, and the former one again after."""


def add(tx: Transaction, version: PlanVersion, *, source: str, document: str) -> None:
    """Store a new version with the text as given and as it counts."""
    tx.execute(plans.insert(), vars(version) | {"source": source, "document": document})


def published(tx: Transaction, municipalities: Sequence[str]) -> PlanVersion | None:
    """The published plan of the first of these municipalities that has one."""
    rows = tx.execute(_PUBLISHED, {"municipalities": list(municipalities)}).mappings()
    found = [PlanVersion(**row) for row in rows]
    return min(found, key=lambda plan: municipalities.index(plan.municipality), default=None)


def every_published(tx: Transaction) -> list[PlanVersion]:
    """The published plan of each municipality that has one of its own."""
    query = select(*_HEAD).where(plans.c.state == PUBLISHED).order_by(plans.c.municipality)
    return [PlanVersion(**row) for row in tx.execute(query).mappings()]


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


def history(tx: Transaction, municipality: str, *, limit: int) -> list[PlanVersion]:
    """The versions of this municipality, the newest first."""
    query = select(*_HEAD).where(plans.c.municipality == municipality)
    rows = tx.execute(query.order_by(plans.c.version.desc()).limit(limit)).mappings()
    return [PlanVersion(**row) for row in rows]


def over(tx: Transaction) -> list[PlanVersion]:
    """Published in an emergency that has ended."""
    query = select(*_HEAD).where(plans.c.state == PUBLISHED, plans.c.emergency_until <= tx.now)
    return [PlanVersion(**row) for row in tx.execute(query).mappings()]


def last_regular(tx: Transaction, version: PlanVersion) -> PlanVersion | None:
    """The newest version before this one that was published without an emergency."""
    query = select(*_HEAD).where(
        plans.c.municipality == version.municipality,
        plans.c.version < version.version,
        plans.c.emergency_until.is_(None),
    )
    row = tx.execute(query.order_by(plans.c.version.desc()).limit(1)).mappings().one_or_none()
    return PlanVersion(**row) if row else None
