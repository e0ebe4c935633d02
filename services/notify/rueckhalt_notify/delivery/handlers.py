# SPDX-License-Identifier: EUPL-1.2
"""The transactions around one mail. The end of one attempt and the beginning of the next share a
commit, so that a mail costs one commit and at most one mail is ever in doubt. On PostgreSQL that
commit is a single statement (`Transaction.change`).
"""

import hashlib
import secrets
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
class Due:
    """A notice that should be sent now, as it was read, and the contact it goes to."""

    notice: Notice
    contact: Contact | None

    @property
    def is_wanted(self) -> bool:
        """May it be sent?"""
        usable = self.contact is not None and self.contact.is_usable
        return usable and self.notice.revoked_at is None


@dataclass(frozen=True, kw_only=True)
class Hands:
    """Who sends, and by which way out."""

    sender: str
    provider: str


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


def due(tx: Transaction, *, limit: int) -> list[Due]:
    """What waits to be sent; nothing is leased before it is begun."""
    found = sending.due(tx, limit=limit)
    ids = {notice.contact_id for notice in found if notice.contact_id}
    known = contacts.with_ids(tx, ids) if ids else {}
    return [Due(notice=each, contact=known.get(each.contact_id or "")) for each in found]


def turn(
    tx: Transaction,
    ended: Ended | None,
    following: Due | None,
    hands: Hands,
) -> Begun | None:
    """End one mail and begin the next; none when nobody wants the next one any more."""
    if ended is not None:
        _end(tx, ended)
        if following is not None and following.notice.id == ended.begun.notice.id:
            return None  # so slow that its lease had ended: when it is due again was set just now
    if following is None:
        return None
    if following.contact is None or not following.is_wanted:
        _drop(tx, following, hands)
        return None
    return _begin(tx, following.notice, following.contact, hands)


def _begin(tx: Transaction, waiting: Notice, contact: Contact, hands: Hands) -> Begun | None:
    notice = sending.start(tx, waiting, sender=hands.sender)
    if notice is None:
        return None
    token = secrets.token_urlsafe(32) if notice.has_link else None
    store.add(
        tx,
        {
            "notice_id": notice.id,
            "n": notice.attempts,
            "contact_id": contact.id,
            "provider": hands.provider,
            "started_at": tx.now,
            "doubtful": notice.doubtful,
            "token_hash": hash_token(token) if token else None,
        },
    )
    return Begun(notice=notice, contact=contact, token=token)


def _drop(tx: Transaction, unwanted: Due, hands: Hands) -> None:
    """Taken over meanwhile, or its contact died: the person's next contact is asked at once."""
    notice = sending.claim(tx, unwanted.notice, sender=hands.sender)
    if notice is None:
        return
    if notice.revoked_at is not None:
        sending.note_cancelled(tx, notice)
    else:
        sending.note_failed(tx, notice, failure=Outcome.LOCAL.value)


def _end(tx: Transaction, ended: Ended) -> None:
    notice, contact = ended.begun.notice, ended.begun.contact
    outcome = ended.outcome
    if outcome is not Outcome.SENT:  # somebody may have taken over while it was sent
        notice = replace(notice, revoked_at=sending.revoked_at(tx, notice))
        ended = replace(ended, begun=replace(ended.begun, notice=notice))
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


def hash_token(token: str) -> str:
    """All that is stored of a link."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def attempts_of(tx: Transaction, notice_id: str) -> list[Attempt]:
    """All tries of a notice."""
    return store.of_notice(tx, notice_id)


def attempt_with(tx: Transaction, token: str) -> Attempt | None:
    """The try whose mail carried this link."""
    return store.with_token(tx, hash_token(token))
