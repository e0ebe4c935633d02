# SPDX-License-Identifier: EUPL-1.2
"""The transactions around one mail. The end of one attempt and the beginning of the next share a
commit, so that a mail costs one commit and at most one mail is ever in doubt.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rueckhalt_notify.contacts import handlers as contacts
from rueckhalt_notify.contacts.domain import Contact
from rueckhalt_notify.delivery import domain, store
from rueckhalt_notify.delivery.domain import Answer, Attempt, Outcome, Standing, Verdict
from rueckhalt_notify.notices import sending
from rueckhalt_notify.notices.domain import Notice
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A leased notice and the contact it goes to."""

    notice: Notice
    contact: Contact


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A notice committed as `sending`, and the link only its mail will ever show."""

    notice: Notice
    contact: Contact
    token: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What came of one that was begun; `pause` is what to wait before another attempt."""

    begun: Begun
    answer: Answer
    outcome: Outcome
    pause: timedelta


def claim(tx: Transaction, ids: Sequence[str], *, sender: str) -> list[Claimed]:
    """Lease these notices; those whose contact died meanwhile go to the next one at once."""
    leased = sending.claim(tx, ids, sender=sender)
    found = contacts.with_ids(tx, {notice.contact_id or "" for notice in leased})
    claimed = []
    for notice in leased:
        contact = found.get(notice.contact_id or "")
        if contact is not None and contact.is_usable:
            claimed.append(Claimed(notice=notice, contact=contact))
        elif notice.revoked_at is not None:
            sending.note_cancelled(tx, notice)
        else:
            sending.note_failed(tx, notice, failure=Outcome.LOCAL.value)
    return claimed


def take(
    tx: Transaction,
    ids: Sequence[str],
    *,
    sender: str,
    provider: str,
    make_token: Callable[[], str] = lambda: secrets.token_urlsafe(32),
) -> tuple[Begun | None, list[Claimed]]:
    """Lease these notices and begin the first of them, in one commit."""
    waiting = claim(tx, ids, sender=sender)
    begun = None
    while waiting and begun is None:
        begun = _begin(tx, waiting.pop(0), provider, make_token)
    return begun, waiting


def turn(
    tx: Transaction,
    ended: Ended | None,
    following: Claimed | None,
    *,
    provider: str,
    make_token: Callable[[], str] = lambda: secrets.token_urlsafe(32),
) -> Begun | None:
    """End one mail and begin the next; none when nobody wants the next one any more."""
    if ended is not None:
        _end(tx, ended)
    return _begin(tx, following, provider, make_token) if following is not None else None


def _begin(
    tx: Transaction, claimed: Claimed, provider: str, make_token: Callable[[], str]
) -> Begun | None:
    notice = sending.start(tx, claimed.notice)
    if notice is None:
        return None
    token = make_token() if notice.has_link else None
    store.add(
        tx,
        {
            "notice_id": notice.id,
            "n": notice.attempts,
            "contact_id": claimed.contact.id,
            "provider": provider,
            "started_at": tx.now,
            "doubtful": notice.doubtful,
            "token_hash": hash_token(token) if token else None,
        },
    )
    return Begun(notice=notice, contact=claimed.contact, token=token)


def _end(tx: Transaction, ended: Ended) -> None:
    notice, contact = ended.begun.notice, ended.begun.contact
    outcome = ended.outcome
    store.finish(tx, notice.id, notice.attempts, outcome=outcome.value, reason=ended.answer.reason)
    bounces = _soft_bounces(contact, outcome)
    standing = Standing(
        failures=notice.failures + 1,
        soft_bounces=bounces,
        is_urgent=notice.is_urgent,
        is_plain=notice.is_plain,
        is_revoked=notice.revoked_at is not None,
        deliver_by=notice.deliver_by_at,
        now=tx.now,
    )
    verdict = domain.judge(outcome, standing, ended.pause)
    if verdict.alarm:
        log.error(
            "mail refused", notice_id=notice.id, cause=ended.answer.reason, state=outcome.value
        )
    if verdict.contact is not None:
        contacts.note_state(tx, contact.id, verdict.contact)
    elif bounces != contact.soft_bounces:
        contacts.note_soft_bounces(tx, contact.id, bounces)
    _move(tx, ended, verdict)


def _soft_bounces(contact: Contact, outcome: Outcome) -> int:
    if outcome is Outcome.SOFT:
        return contact.soft_bounces + 1
    return 0 if outcome is Outcome.SENT else contact.soft_bounces


def _move(tx: Transaction, ended: Ended, verdict: Verdict) -> None:
    notice, channel = ended.begun.notice, ended.begun.contact.channel
    if verdict.status == "sent":
        sending.note_sent(tx, notice, channel=channel)
    elif verdict.status == "cancelled":
        sending.note_cancelled(tx, notice)
    elif verdict.status == "failed":
        sending.note_failed(
            tx, notice, failure=ended.outcome.value, channel=channel, next_too=verdict.next_contact
        )
    else:
        again = replace(
            notice,
            due_at=verdict.due_at or tx.now,
            failures=notice.failures + (ended.outcome is not Outcome.PROVIDER),
            doubtful=notice.doubtful or ended.answer.is_doubtful,
            is_plain=notice.is_plain or verdict.plain,
        )
        sending.set_back(tx, again)
        if verdict.next_contact:
            sending.ask_beside(tx, notice)


def put_back(tx: Transaction, waiting: Sequence[Claimed], *, sender: str) -> None:
    """Leased, but not begun: free again."""
    sending.release(tx, [claimed.notice for claimed in waiting], sender=sender)


def hash_token(token: str) -> str:
    """All that is stored of a link."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def attempts_of(tx: Transaction, notice_id: str) -> list[Attempt]:
    """All tries of a notice."""
    return store.of_notice(tx, notice_id)


def attempt_with(tx: Transaction, token: str) -> Attempt | None:
    """The try whose mail carried this link."""
    return store.with_token(tx, hash_token(token))
