# SPDX-License-Identifier: EUPL-1.2
"""Rows of sessions, found by the hash of their id."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.sessions.domain import Limits, Session
from rueckhalt_shared.identity.tables import sessions


def add(tx: Transaction, id_hash: str, session: Session) -> None:
    """A new session."""
    values = {name: getattr(session, name) for name in Session.__dataclass_fields__}
    tx.execute(insert(sessions).values(id_hash=id_hash, **values))


def of_account(tx: Transaction, account_id: str) -> list[Session]:
    """The full sessions of an account, newest first."""
    query = select(sessions).where(sessions.c.account_id == account_id, sessions.c.stage == "full")
    rows = tx.execute(query.order_by(sessions.c.created_at.desc())).mappings()
    return [_session(row) for row in rows]


def change(tx: Transaction, id_hash: str, **values: Any) -> bool:
    """Change columns; False when the session is gone."""
    statement = update(sessions).where(sessions.c.id_hash == id_hash)
    return tx.execute(statement.values(**values)).rowcount == 1


def count_wrong_code(tx: Transaction, id_hash: str) -> None:
    """One more, also when two come at the same instant."""
    change(tx, id_hash, wrong_codes=sessions.c.wrong_codes + 1)


def end(tx: Transaction, id_hash: str) -> bool:
    """End it; False when it was gone already."""
    return tx.execute(delete(sessions).where(sessions.c.id_hash == id_hash)).rowcount == 1


def end_ref(tx: Transaction, account_id: str, ref: str) -> bool:
    """End the session an account sees under this name."""
    mine = (sessions.c.account_id == account_id) & (sessions.c.ref == ref)
    return tx.execute(delete(sessions).where(mine)).rowcount == 1


def end_all(tx: Transaction, account_id: str) -> None:
    """End every session of an account, half ones included."""
    tx.execute(delete(sessions).where(sessions.c.account_id == account_id))


def sweep(tx: Transaction, now: datetime, limits: Limits) -> None:
    """Remove what has ended by time."""
    old = (sessions.c.seen_at < now - limits.idle) | (sessions.c.created_at < now - limits.absolute)
    tx.execute(delete(sessions).where(old))


def _session(row: Any) -> Session:
    return Session(**{name: row[name] for name in Session.__dataclass_fields__})
