# SPDX-License-Identifier: EUPL-1.2
"""Use cases of the link: look, answer, see what became of it."""

from dataclasses import dataclass

from rueckhalt_notify.answers import domain, store
from rueckhalt_notify.answers.domain import Sight
from rueckhalt_notify.answers.store import Answer
from rueckhalt_notify.contacts import handlers as contacts
from rueckhalt_notify.delivery import handlers as delivery
from rueckhalt_notify.delivery.domain import Attempt
from rueckhalt_notify.notices import resending as notices
from rueckhalt_notify.notices.domain import DRILL, Notice
from rueckhalt_shared.contracts import NoticeAnswered
from rueckhalt_shared.database import Transaction


class LinkGone(Exception):
    """Unknown, used, expired or over; nobody is told which."""


@dataclass(frozen=True, kw_only=True)
class _Link:
    notice: Notice
    attempt: Attempt
    answer: Answer | None


def look(tx: Transaction, token: str) -> Sight:
    """What the page of a link shows. Changes nothing, however often it is fetched."""
    try:
        link = _usable(tx, token)
    except LinkGone:
        return Sight.GONE
    return Sight.DRILL if link.notice.purpose == DRILL else Sight.OPEN


def answer(tx: Transaction, token: str, verb: str) -> None:
    """Write the answer down and say it, in one transaction; raises LinkGone."""
    link = _usable(tx, token)
    notice = link.notice
    if (notice.purpose == DRILL) != (verb == domain.CONFIRM):
        raise LinkGone
    store.add(
        tx,
        Answer(notice_id=notice.id, attempt=link.attempt.n, verb=verb, answered_at=tx.now),
    )
    tx.publish(
        NoticeAnswered(
            subject=notice.subject,
            municipality=notice.municipality,
            mode=notice.mode,
            notice=notice.id,
            assignment=notice.assignment or "",
            person=notice.owner_id,
            verb=verb,
            at=tx.now,
        )
    )
    if notice.contact_id:
        contacts.note_answer(tx, notice.contact_id, tx.now, renews=verb == domain.CONFIRM)


def result(tx: Transaction, token: str) -> Sight:
    """What became of the answer given with this link."""
    link = _link(tx, token)
    if link is None or link.answer is None or link.answer.attempt != link.attempt.n:
        return Sight.GONE
    if tx.now >= link.answer.answered_at + domain.VALID_FOR:
        return Sight.GONE
    known = notices.responsibility_for(tx, link.notice)
    return domain.result(
        link.answer.verb,
        state="ended" if known.closed_at else known.state,
        person=link.notice.owner_id,
        taken_by=known.person,
    )


def _usable(tx: Transaction, token: str) -> _Link:
    link = _link(tx, token)
    if link is None or not domain.is_open(
        sent_at=link.attempt.started_at,
        revoked=link.notice.revoked_at is not None,
        used=link.answer is not None,
        now=tx.now,
    ):
        raise LinkGone
    return link


def _link(tx: Transaction, token: str) -> _Link | None:
    attempt = delivery.attempt_with(tx, token)
    notice = notices.known(tx, attempt.notice_id) if attempt else None
    if attempt is None or notice is None:
        return None
    return _Link(notice=notice, attempt=attempt, answer=store.get(tx, notice.id))
