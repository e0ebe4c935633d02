# SPDX-License-Identifier: EUPL-1.2
"""How a chain stands: when it was last looked at as a whole, and which head lies outside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from rueckhalt_shared.audit import chain, store
from rueckhalt_shared.audit.chain import Anchor, Fault
from rueckhalt_shared.plumbing import audit_checks, audit_heads

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database, Transaction

MAIL, FETCHED = "mail", "fetched"  # a mail server, or a person, has it
ASKED, FILE = "asked", "file"  # on its way to a mail server; in the data folder
OUTSIDE = (MAIL, FETCHED)  # what lies here goes down with the installation
OVERDUE = timedelta(hours=48)


@dataclass(frozen=True, kw_only=True)
class Head:
    """A head that was signed and given away by one of the ways above."""

    municipality: str
    n: int
    hash: str
    signature: str
    stated_at: datetime
    way: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """What the last look at a whole chain found; `fault_n` is the first bad row."""

    municipality: str
    checked_at: datetime
    rows: int
    fault_n: int | None = None
    fault: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A chain for people: how long, how sound, and known up to where outside."""

    municipality: str
    rows: int
    check: Check | None
    anchor: Head | None
    is_overdue: bool


def places(tx: "Transaction") -> list[str]:
    """Every municipality that has a chain, or of whose chain a head was given away."""
    given = tx.execute(select(audit_heads.c.municipality).distinct()).scalars()
    return sorted({*store.municipalities(tx), *given})


def check(chains: "Database", municipality: str) -> Check:
    """Look at every row, against all heads given away; what is found is kept."""
    found: tuple[int, Fault | None] = chains.read(_verified, municipality)
    rows, fault = found
    told = Check(
        municipality=municipality,
        checked_at=chains.clock(),
        rows=rows,
        fault_n=fault.n if fault else None,
        fault=fault.told[:200] if fault else None,
    )
    chains.run(_keep_check, told)
    return told


def standing(tx: "Transaction", municipality: str) -> Standing:
    """How the chain stands now; overdue when rows wait for two days to be known outside."""
    head, anchor = store.head(tx, municipality), newest_head(tx, municipality, OUTSIDE)
    query = select(audit_checks).where(audit_checks.c.municipality == municipality)
    row = tx.execute(query).mappings().one_or_none()
    rows = head.n if head else 0
    known = anchor.n if anchor else 0
    waits_long = anchor is None or tx.now - anchor.stated_at >= OVERDUE
    return Standing(
        municipality=municipality,
        rows=rows,
        check=Check(**dict(row)) if row else None,
        anchor=anchor,
        is_overdue=rows > known and waits_long,
    )


def newest_head(
    tx: "Transaction", municipality: str, ways: tuple[str, ...] = (*OUTSIDE, ASKED, FILE)
) -> Head | None:
    """The longest head given away by one of these ways."""
    query = select(audit_heads).where(
        audit_heads.c.municipality == municipality, audit_heads.c.way.in_(ways)
    )
    row = tx.execute(query.order_by(audit_heads.c.n.desc()).limit(1)).mappings().one_or_none()
    return Head(**dict(row)) if row else None


def keep_head(tx: "Transaction", head: Head) -> None:
    """Remember that a head was given away; what is known outside stays so."""
    mine = (audit_heads.c.municipality == head.municipality, audit_heads.c.n == head.n)
    way = tx.execute(select(audit_heads.c.way).where(*mine).with_for_update()).scalar_one_or_none()
    if way is None:
        tx.execute(insert(audit_heads), vars(head))
    elif way not in OUTSIDE or head.way in OUTSIDE:
        tx.execute(update(audit_heads).where(*mine).values(vars(head)))


def note_posted(tx: "Transaction", anchor: Anchor) -> None:
    """A mail server has taken the mail with this head; a head that was never given is no anchor."""
    mine = (
        audit_heads.c.municipality == anchor.municipality,
        audit_heads.c.n == anchor.n,
        audit_heads.c.hash == anchor.hash,
    )
    tx.execute(update(audit_heads).where(*mine).values(way=MAIL))


def anchors(tx: "Transaction", municipality: str) -> list[Anchor]:
    """Every head of the chain that was given away."""
    query = select(audit_heads.c.n, audit_heads.c.hash)
    rows = tx.execute(query.where(audit_heads.c.municipality == municipality))
    return [Anchor(municipality, row.n, row.hash) for row in rows]


def _verified(tx: "Transaction", municipality: str) -> tuple[int, Fault | None]:
    head = store.head(tx, municipality)
    kept = anchors(tx, municipality)
    fault = chain.verify(municipality, store.rows(tx, municipality), kept)
    return head.n if head else 0, fault


def _keep_check(tx: "Transaction", told: Check) -> None:
    mine = audit_checks.c.municipality == told.municipality
    changed = tx.execute(update(audit_checks).where(mine).values(vars(told)))
    if not changed.rowcount:
        tx.execute(insert(audit_checks), vars(told))
