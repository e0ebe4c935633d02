# SPDX-License-Identifier: EUPL-1.2
"""The drafts of plans and the checks of their texts; rows to dataclasses and back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    false,
    or_,
    select,
)
from sqlalchemy import update as change

from rueckhalt_routing.certificates.domain import Conclusion
from rueckhalt_routing.drafts.domain import OPEN, NoSuchDraft, PlanDraft
from rueckhalt_routing.tables import metadata
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction, UtcDateTime

plan_drafts = Table(
    "plan_drafts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("source", Text, nullable=False),
    Column("based_on", String(36)),
    Column("state", String(12), nullable=False),
    Column("authors", JSON, nullable=False),
    Column("emergency_by", String(80)),
    Column("emergency_reason", String(500)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("version", Integer, nullable=False),
)
plan_checks = Table(
    "plan_checks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime),
    Column("findings", JSON, nullable=False),
    Column("certificate", JSON, nullable=False),
)
Index("ix_plan_checks_hash", plan_checks.c.municipality, plan_checks.c.hash)


def add(tx: Transaction, draft: PlanDraft) -> None:
    """Store a new draft."""
    tx.execute(plan_drafts.insert(), _row(draft))


def get(
    tx: Transaction, id: str, municipalities: Sequence[str], *, for_update: bool = False
) -> PlanDraft:
    """A draft within reach; raises NoSuchDraft."""
    query = select(plan_drafts).where(plan_drafts.c.id == id, _within(municipalities))
    if for_update:
        query = query.with_for_update()
    row = tx.execute(query).mappings().one_or_none()
    if row is None:
        raise NoSuchDraft(f"no draft {id}")
    return _draft(row)


def save(tx: Transaction, draft: PlanDraft) -> None:
    """Write a changed draft."""
    tx.execute(change(plan_drafts).where(plan_drafts.c.id == draft.id).values(**_row(draft)))


def open_drafts(tx: Transaction, municipalities: Sequence[str], *, limit: int) -> list[PlanDraft]:
    """The drafts somebody still works on, the newest change first."""
    query = select(plan_drafts).where(plan_drafts.c.state == OPEN, _within(municipalities))
    query = query.order_by(plan_drafts.c.changed_at.desc(), plan_drafts.c.id).limit(limit)
    return [_draft(row) for row in tx.execute(query).mappings()]


def keep_check(tx: Transaction, municipality: str, hash: str, said: Conclusion) -> None:
    """Keep what a check has said in place of what an earlier one said about the same text."""
    same = (plan_checks.c.municipality == municipality, plan_checks.c.hash == hash)
    tx.execute(delete(plan_checks).where(*same))
    row = {
        "id": ids.uuid7(),
        "municipality": municipality,
        "hash": hash,
        "checked_at": said.proved_at,
        "valid_until": said.valid_until,
        "findings": [dict(each) for each in said.findings],
        "certificate": dict(said.document or {}),
    }
    tx.execute(plan_checks.insert(), row)


def check_of(tx: Transaction, municipality: str, hash: str) -> Conclusion | None:
    """What was found about exactly this text; none where nobody has asked."""
    query = select(plan_checks).where(
        plan_checks.c.municipality == municipality, plan_checks.c.hash == hash
    )
    row = tx.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return Conclusion(
        proved_at=row["checked_at"],
        valid_until=row["valid_until"],
        findings=tuple(row["findings"]),
        document=row["certificate"] or None,
    )


def remove(tx: Transaction, draft: PlanDraft) -> None:
    """A draft that nobody wants any more goes for good."""
    tx.execute(delete(plan_drafts).where(plan_drafts.c.id == draft.id))


def _within(municipalities: Sequence[str]) -> Any:
    town = plan_drafts.c.municipality
    found = [town.startswith(key, autoescape=True) for key in municipalities if key != "*"]
    return town.is_not(None) if "*" in municipalities else or_(false(), *found)


def _row(draft: PlanDraft) -> dict[str, Any]:
    return vars(draft) | {"authors": list(draft.authors)}


def _draft(row: Any) -> PlanDraft:
    return PlanDraft(**dict(row) | {"authors": tuple(row["authors"])})
