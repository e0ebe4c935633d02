# SPDX-License-Identifier: EUPL-1.2
"""Look at notices, and send one again. A final state never changes: it is a new notice."""

from dataclasses import replace
from typing import Any

from sqlalchemy import false, or_

from rueckhalt_notify.contacts import handlers as contacts
from rueckhalt_notify.contacts.domain import Owner
from rueckhalt_notify.notices import conflicts, domain, responsibilities, store
from rueckhalt_notify.notices.domain import FINAL, Notice, Sight
from rueckhalt_notify.notices.responsibilities import Responsibility
from rueckhalt_notify.templates import handlers as templates
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.database import Transaction

EVERYTHING = Sight(municipalities=("*",))


class UnknownNotice(Exception):
    """There is no notice of that id within reach."""


class NothingToResend(Exception):
    """This is still under way, or nobody is asked any more."""


class NoContactLeft(Exception):
    """There is no usable contact: add one first."""


def get(tx: Transaction, notice_id: str, *, sight: Sight = EVERYTHING) -> Notice:
    """The notice; raises UnknownNotice, also for one out of sight."""
    notice = store.first(tx, notice_id, *_seen(tx, sight))
    if notice is None:
        raise UnknownNotice
    return notice


def known(tx: Transaction, notice_id: str) -> Notice | None:
    """The notice, for the other rooms of this service."""
    return store.get(tx, notice_id)


def responsibility_for(tx: Transaction, notice: Notice) -> Responsibility:
    """How far the notice's incident has come."""
    return responsibilities.get(tx, notice.subject)


def list_notices(  # the filters of the list
    tx: Transaction, /, *, limit: int, sight: Sight = EVERYTHING, **filters: str | None
) -> list[Notice]:
    """A page of notices in sight, the newest first."""
    return store.page(tx, *_seen(tx, sight), limit=limit, **filters)


def resend(tx: Transaction, notice_id: str, *, sight: Sight = EVERYTHING) -> Notice:
    """The same once more, as a notice of its own, to the best contact there is."""
    old = get(tx, notice_id, sight=sight)
    if old.state not in FINAL or old.revoked_at is not None:
        raise NothingToResend
    owner = Owner(kind=old.owner_kind, id=old.owner_id)
    usable = contacts.of_owners(tx, [owner])[owner]
    if not usable:
        raise NoContactLeft
    contact = next((each for each in usable if each.id == old.contact_id), usable[0])
    new = uuid7()
    again = replace(
        old,
        id=new,
        key=domain.notice_key(
            old.id, step=0, round=0, owner="", contact=contact.id, purpose=f"resend:{new}"
        ),
        contact_id=contact.id,
        language=contact.language,
        level=min(old.level, contact.max_level),
        template_version=templates.version_of(old.template),
        state="waiting",
        attempts=0,
        failures=0,
        doubtful=False,
        is_plain=False,
        created_at=tx.now,
        asked_at=tx.now,
        due_at=tx.now,
        deliver_by_at=domain.deliver_by(tx.now, old.take_over_by_at, old.purpose),
        finished_at=None,
        resend_of=old.id,
        sender=None,
        lease_until_at=None,
    )
    store.add(tx, [again])
    tx.wake("senders")
    return again


def _seen(tx: Transaction, sight: Sight) -> list[Any]:
    row, conditions = store.notices.c, []
    if "*" not in sight.municipalities:
        within = [row.municipality.startswith(key) for key in sight.municipalities]
        conditions.append(or_(false(), *within))
    if sight.is_person and sight.person is None:
        conditions.append(false())
    elif sight.is_person:
        conditions.append(~conflicts.accuse(tx, str(sight.person)))
        if not sight.keeps_contacts:
            conditions.append(row.owner_id == sight.person)
    return conditions
