# SPDX-License-Identifier: EUPL-1.2
"""Begin, find and end sessions. A session never keeps its id over a step of the sign-in."""

import hashlib
import secrets
from typing import Literal

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.sessions import store
from rueckhalt_shared.identity.sessions.domain import TOUCH, Limits, Session


def begin_half(tx: Transaction, account_id: str, *, device: str, limits: Limits) -> str:
    """The password was right: the id of a state that only the code can go on from."""
    store.sweep(tx, tx.now, limits)
    return _begin(tx, account_id, stage="password", device=device)


def begin_full(tx: Transaction, account_id: str, *, device: str, fresh: bool = True) -> str:
    """Somebody has signed in: a new id, whatever the browser had before."""
    return _begin(tx, account_id, stage="full", device=device, fresh=fresh)


def touch(tx: Transaction, id_hash: str) -> None:
    """Note that it is used."""
    store.change(tx, id_hash, seen_at=tx.now)


def wants_touch(session: Session, tx: Transaction) -> bool:
    """Is `seen_at` old enough to be written again?"""
    return tx.now >= session.seen_at + TOUCH


def refresh(tx: Transaction, id_hash: str) -> None:
    """The second factor was shown again."""
    store.change(tx, id_hash, fresh_at=tx.now, seen_at=tx.now)


def note_wrong_code(tx: Transaction, id_hash: str) -> None:
    """One of the few codes this half session may try was wrong."""
    store.count_wrong_code(tx, id_hash)


def end(tx: Transaction, id_hash: str) -> None:
    """Sign out."""
    store.end(tx, id_hash)


def end_all(tx: Transaction, account_id: str) -> None:
    """Sign out everywhere."""
    store.end_all(tx, account_id)


def end_one(tx: Transaction, account_id: str, ref: str) -> bool:
    """Sign out one of one's own other browsers."""
    return store.end_ref(tx, account_id, ref)


def own(tx: Transaction, account_id: str, *, limits: Limits) -> list[Session]:
    """The live sessions of an account, newest first."""
    found = store.of_account(tx, account_id)
    return [each for each in found if each.is_live(tx.now, limits)]


def _begin(
    tx: Transaction,
    account_id: str,
    *,
    stage: Literal["password", "full"],
    device: str,
    fresh: bool = False,
) -> str:
    token = secrets.token_urlsafe(32)
    session = Session(
        ref=secrets.token_hex(8),
        account_id=account_id,
        stage=stage,
        device=device[:60],
        created_at=tx.now,
        seen_at=tx.now,
        fresh_at=tx.now if fresh else None,
        wrong_codes=0,
    )
    store.add(tx, hashlib.sha256(token.encode()).hexdigest(), session)
    return token
