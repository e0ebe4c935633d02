# SPDX-License-Identifier: EUPL-1.2
"""Certificates and gaps: the two-way road between rows and what a proof has found."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text, delete, insert, select
from sqlalchemy import update as change

from rueckhalt_routing.certificates.domain import Certificate, Gap, Hole
from rueckhalt_routing.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

certificates = Table(
    "certificates",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("plan_id", String(36), nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("facts_version", Integer, nullable=False),
    Column("proved_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("cells_weak", Integer, nullable=False),
    Column("cells_unsigned", Integer, nullable=False),
    Column("cells_none", Integer, nullable=False),
    Column("worst", JSON, nullable=False),
    Column("document", Text),
    Column("void_at", UtcDateTime),
    Column("void_reason", String(20)),
    Column("findings", JSON, nullable=False, server_default="[]"),
    Column("inputs", JSON(none_as_null=True)),
)
Index("ix_certificates_in_force", certificates.c.municipality, certificates.c.void_at)
plan_gaps = Table(
    "plan_gaps",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("key", String(32), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("de", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("from_at", UtcDateTime),
    Column("until_at", UtcDateTime),
    Column("owner", String(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    Column("reminded", Integer),
    Column("closed_at", UtcDateTime),
)
Index("ix_plan_gaps_open", plan_gaps.c.municipality, plan_gaps.c.closed_at)
_HOLE = ("key", "kind", "de", "en", "from_at", "until_at")


def in_force(tx: Transaction, municipality: str) -> Certificate | None:
    """What the last proof of a municipality's plan left behind."""
    query = select(certificates).where(
        certificates.c.municipality == municipality, certificates.c.void_at.is_(None)
    )
    row = tx.execute(query).mappings().one_or_none()
    return Certificate(**dict(row) | {"findings": tuple(row["findings"])}) if row else None


def proved(tx: Transaction) -> dict[str, tuple[str, int, datetime]]:
    """By municipality: of which plan, with which facts and when it was proved last."""
    c = certificates.c
    query = select(c.municipality, c.plan_id, c.facts_version, c.proved_at)
    rows = tx.execute(query.where(c.void_at.is_(None)))
    return {row.municipality: (row.plan_id, row.facts_version, row.proved_at) for row in rows}


def add(tx: Transaction, new: Certificate) -> None:
    """A proof was made."""
    tx.execute(insert(certificates), _certified(new))


def void(tx: Transaction, municipality: str, *, reason: str) -> None:
    """What was proved before counts no longer."""
    c = certificates.c
    mine = (c.municipality == municipality, c.void_at.is_(None))
    tx.execute(change(certificates).where(*mine).values(void_at=tx.now, void_reason=reason))


def proved_again(tx: Transaction, known: Certificate, new: Certificate) -> None:
    """The same came out: the certificate in force lives on with its new end."""
    values = _certified(replace(new, id=known.id))
    tx.execute(change(certificates).where(certificates.c.id == known.id).values(**values))


def open_gaps(tx: Transaction, municipality: str | None = None) -> list[Gap]:
    """The gaps nobody has closed, what begins first at the top."""
    c = plan_gaps.c
    query = select(plan_gaps).where(c.closed_at.is_(None))
    if municipality is not None:
        query = query.where(c.municipality == municipality)
    found = [_gap(row) for row in tx.execute(query.order_by(c.found_at, c.id)).mappings()]
    return sorted(found, key=lambda gap: (not gap.is_told, gap.begins_at()))


def closed_gaps(tx: Transaction, municipality: str, *, limit: int) -> list[Gap]:
    """The gaps that were closed, the newest first."""
    c = plan_gaps.c
    query = select(plan_gaps).where(c.municipality == municipality, c.closed_at.is_not(None))
    rows = tx.execute(query.order_by(c.closed_at.desc(), c.id).limit(limit)).mappings()
    return [_gap(row) for row in rows]


def add_gaps(tx: Transaction, new: Sequence[Gap]) -> None:
    """Gaps were found."""
    if new:
        tx.execute(insert(plan_gaps), [_row(gap) for gap in new])


def save_gap(tx: Transaction, gap: Gap) -> None:
    """A gap has moved, was told of, or is closed."""
    tx.execute(change(plan_gaps).where(plan_gaps.c.id == gap.id).values(**_row(gap)))


def forget_before(tx: Transaction, before: datetime) -> int:
    """Drop void certificates and closed gaps of long ago; answers how many."""
    old = [
        delete(certificates).where(certificates.c.void_at < before),
        delete(plan_gaps).where(plan_gaps.c.closed_at < before),
    ]
    return sum(tx.execute(each).rowcount for each in old)


def _certified(new: Certificate) -> dict[str, Any]:
    return vars(new) | {
        "worst": dict(new.worst),
        "findings": [dict(each) for each in new.findings],
        "inputs": dict(new.inputs) if new.inputs is not None else None,
    }


def forget_inputs(tx: Transaction, before: datetime) -> int:
    """Drop the facts of the day behind certificates that have long been void."""
    old = (certificates.c.void_at < before, certificates.c.inputs.is_not(None))
    return tx.execute(change(certificates).where(*old).values(inputs=None)).rowcount


def _gap(row: Any) -> Gap:
    values = dict(row)
    hole = Hole(**{name: values.pop(name) for name in _HOLE})
    return Gap(hole=hole, **values)


def _row(gap: Gap) -> dict[str, Any]:
    values: dict[str, Any] = dict(vars(gap))
    hole: Hole = values.pop("hole")
    return vars(hole) | values
