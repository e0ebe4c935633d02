# SPDX-License-Identifier: EUPL-1.2
"""The steps of a notice while it is being sent. Every step is fenced: a sender whose lease was
taken over changes nothing any more.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from rueckhalt_notify.notices import store
from rueckhalt_notify.notices.domain import Notice
from rueckhalt_notify.notices.failures import tell_failed
from rueckhalt_notify.notices.handlers import next_contact
from rueckhalt_notify.notices.senders import is_dead
from rueckhalt_notify.templates import handlers as templates
from rueckhalt_shared.contracts import NoticeSent
from rueckhalt_shared.database import Transaction

LEASE = timedelta(seconds=30)


class LeaseLost(Exception):
    """Another sender has taken the notice over; what we know of it no longer counts."""


def due(tx: Transaction, *, limit: int) -> list[Notice]:
    """What should be sent now."""
    return store.due(tx, limit=limit)


def has_overdue(tx: Transaction) -> bool:
    """Is there anything whose time is over?"""
    return bool(store.overdue(tx, limit=1))


def claim(tx: Transaction, notice: Notice, *, sender: str) -> Notice | None:
    """Lease what will not be sent, in order to end it; none when somebody else was faster."""
    return store.claim(tx, replace(notice, sender=sender), until=tx.now + LEASE)


def start(tx: Transaction, notice: Notice, *, sender: str) -> Notice | None:
    """Leased and `sending`, committed before the first byte of the mail.

    A notice still `sending` comes from a sender that died: in doubt. None if it was taken over
    or another sender was faster.
    """
    version = templates.version_of(notice.template)
    mine = replace(notice, sender=sender)
    if not store.start(tx, mine, until=tx.now + LEASE, version=version):
        return None
    return replace(
        mine,
        state="sending",
        attempts=notice.attempts + 1,
        template_version=version,
        doubtful=notice.doubtful or notice.state == "sending",
    )


def note_sent(tx: Transaction, notice: Notice, *, channel: str) -> None:
    """The relay has taken it. That is not yet a delivery."""
    _must(store.finish(tx, notice, "sent"))
    tx.publish(
        NoticeSent(
            subject=notice.subject,
            municipality=notice.municipality,
            mode=notice.mode,
            notice=notice.id,
            assignment=notice.assignment,
            person=notice.person,
            partner=notice.partner,
            channel=channel,
            level=notice.level,
            at=tx.now,
            seconds=max(0.0, round((tx.now - notice.asked_at).total_seconds(), 3)),
        )
    )


def note_failed(
    tx: Transaction, notice: Notice, *, failure: str, channel: str = "mail", next_too: bool = True
) -> None:
    """Final for this contact; the next one is asked in the same transaction."""
    _must(store.finish(tx, notice, "failed"))
    left = next_contact(tx, notice, may_ask=next_too)
    tell_failed(tx, notice, failure=failure, contacts_left=left, channel=channel)


def revoked_at(tx: Transaction, notice: Notice) -> datetime | None:
    """Since when nobody needs it any more; it stays as it is until the commit."""
    return store.revoked_at(tx, notice.id)


def note_cancelled(tx: Transaction, notice: Notice) -> None:
    """It failed this time, and meanwhile nobody needs it."""
    _must(store.finish(tx, notice, "cancelled"))


def set_back(tx: Transaction, notice: Notice) -> None:
    """Try again at `due_at`, with what was learned (failures, doubt, plain text)."""
    _must(
        store.set_back(
            tx,
            notice,
            due_at=notice.due_at,
            failures=notice.failures,
            doubtful=notice.doubtful,
            plain=notice.is_plain,
        )
    )


def ask_beside(tx: Transaction, notice: Notice) -> None:
    """Urgent and slow: the next contact is tried at the same time."""
    next_contact(tx, notice)


def fail_overdue(tx: Transaction, *, limit: int = 50) -> int:
    """Whatever could not be sent in time ends here, loudly; answers how many."""
    late = [notice for notice in store.overdue(tx, limit=limit) if store.fail_overdue(tx, notice)]
    for notice in late:
        left = next_contact(tx, notice, may_ask=False)
        tell_failed(tx, notice, failure="deadline_passed", contacts_left=left)
    return len(late)


def void_dead_senders(tx: Transaction) -> None:
    """Leases of processes of this machine that no longer run need not be waited for."""
    for sender in store.senders(tx):
        if is_dead(sender):
            store.void_leases(tx, sender)


def _must(done: bool) -> None:
    if not done:
        raise LeaseLost
