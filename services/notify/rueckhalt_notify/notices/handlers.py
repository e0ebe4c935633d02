# SPDX-License-Identifier: EUPL-1.2
"""Use cases: who must be told becomes rows, who took over ends them. Nothing is sent here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

from rueckhalt_notify.contacts import handlers as contacts
from rueckhalt_notify.contacts.domain import Contact, Owner
from rueckhalt_notify.notices import conflicts, domain, responsibilities, store
from rueckhalt_notify.notices.domain import PARTS, Notice, Policy
from rueckhalt_notify.notices.failures import tell_failed
from rueckhalt_notify.templates import handlers as templates
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.subscriptions import Foreign


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who is to be told, in which part."""

    owner: Owner
    part: str


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What an event wants said to whom."""

    source_event: str
    subject: str
    municipality: str
    mode: str
    asked_at: datetime
    version: int = 0
    assignment: str | None = None
    step: int = 0
    round: int = 0
    urgency: str = "unknown"
    take_over_by: datetime | None = None
    purpose: str | None = None  # none: by each recipient's part
    recipients: tuple[Recipient, ...] = ()
    excluded: tuple[str, ...] | None = None  # persons in conflict; None: the event does not say

    @property
    def may_meet_conflicts(self) -> bool:
        """Can somebody be in conflict? Not at a first decision that names nobody."""
        return bool(self.excluded) or self.version > 1

    def without(self, persons: Collection[str]) -> "Asking":
        """The same to everybody but these."""
        left = tuple(each for each in self.recipients if each.owner.id not in persons)
        return replace(self, recipients=left)


def ask(tx: Transaction, asking: Asking) -> None:
    """A question (or a word) to every recipient, once, unless somebody took over already."""
    if asking.mode == domain.DRILL:  # asked for by the plan's owner: only routing says so
        tx.collect(_ask_all, replace(asking, purpose=domain.DRILL))
    elif domain.reaches_people(asking.mode, policy(tx)):
        tx.collect(_ask_all, asking)


def _ask_all(tx: Transaction, askings: Sequence[Asking]) -> None:
    """The questions of a batch of events; what was taken over in the same batch is not asked."""
    known = responsibilities.of_incidents(tx, {asking.subject for asking in askings})
    asked = [each for each in askings if known[each.subject].still_asks(each.version)]
    _write(tx, *_to_the_impartial(tx, askings, asked))


def _to_the_impartial(
    tx: Transaction, told: Sequence[Asking], asked: Sequence[Asking]
) -> Sequence[Asking]:
    """What is asked, without those in conflict; what was told about conflicts is kept first."""
    for each in told:
        if each.excluded is not None and each.may_meet_conflicts:
            conflicts.note(tx, each.subject, each.excluded, version=each.version)
    doubtful = {each.subject for each in asked if each.may_meet_conflicts}
    if not doubtful:
        return asked
    owners = {recipient.owner.id for each in asked for recipient in each.recipients}
    barred = conflicts.barred(tx, doubtful, owners)
    return [each.without(barred.get(each.subject, ())) for each in asked]


def announce(tx: Transaction, asking: Asking) -> None:
    """Without routing: tell the configured addresses that something came in, or is due."""
    if asking.excluded:
        conflicts.note(tx, asking.subject, asking.excluded, version=asking.version)
    rules = policy(tx)
    if not domain.reaches_people(asking.mode, rules):
        return
    offices = contacts.office_contacts(tx, asking.municipality, rules.announce_to, rules.language)
    recipients = tuple(Recipient(owner=office.owner, part="told") for office in offices)
    purpose = asking.purpose or "announce"
    _write(tx, replace(asking, purpose=purpose, recipients=recipients))


def tell(tx: Transaction, asking: Asking) -> None:
    """A word to every recipient that asks for no answer, whoever is responsible."""
    if domain.reaches_people(asking.mode, policy(tx)):
        _write(tx, asking)


def tell_impartial(tx: Transaction, asking: Asking) -> None:
    """The same about an incident, also a closed one; whoever is in conflict with it gets none."""
    owners = [recipient.owner for recipient in asking.recipients]
    tell(tx, asking.without(_barred(tx, asking, owners)))


def forget_subject(tx: Transaction, subject: str, *, municipality: str) -> None:
    """What was still to be said about this is not said any more. Raises Foreign."""
    _check_own(tx, subject, municipality)
    store.revoke(tx, subject=subject)


def note_taken_over(tx: Transaction, asking: Asking, *, person: str) -> None:
    """End all questions; whoever had been told reads that it is done. A drill goes on."""
    if asking.mode == domain.DRILL:
        return
    if not _applies(tx, asking, state="taken_over", person=person):
        return
    told = [
        notice
        for notice in store.revoke(tx, subject=asking.subject, assignment=asking.assignment)
        if notice.state in ("sent", "sending")
        and notice.revoked_at is None
        and notice.purpose in ("ask", "tell")
        and notice.owner_id != person
    ]
    if domain.reaches_people(asking.mode, policy(tx)):
        owners = dict.fromkeys(_owner(notice) for notice in told)
        barred = _barred(tx, asking, owners)
        recipients = tuple(
            Recipient(owner=owner, part="told") for owner in owners if owner.id not in barred
        )
        relieved = replace(
            asking,
            purpose="taken_over",
            round=asking.version,
            urgency="u0",  # good news can wait
            recipients=recipients,
        )
        _write(tx, relieved, contact_ids=frozenset(notice.contact_id or "" for notice in told))


def note_lapsed(tx: Transaction, asking: Asking) -> None:
    """The taker has fallen silent: questions may go out again."""
    _applies(tx, asking, state="open", person=None)


def note_handed_over(tx: Transaction, asking: Asking) -> None:
    """Somebody else has it now, and is told."""
    if _applies(tx, asking, state="taken_over", person=None):
        store.revoke(tx, subject=asking.subject, assignment=asking.assignment)
        if domain.reaches_people(asking.mode, policy(tx)):
            told = replace(asking, purpose="handed_over", round=asking.version)
            owners = [recipient.owner for recipient in asking.recipients]
            _write(tx, told.without(_barred(tx, asking, owners)))


def note_completed(tx: Transaction, asking: Asking) -> None:
    """Done: nothing is asked any more."""
    if _applies(tx, asking, state="ended", person=None):
        ended = store.revoke(tx, subject=asking.subject, assignment=asking.assignment)
        if asking.mode == domain.DRILL:
            _doubt(tx, ended)


def _doubt(tx: Transaction, ended: Sequence[Notice]) -> None:
    """A drill is over: a contact from which no answer came is not proved any more."""
    for notice in ended:
        if notice.contact_id is not None and notice.purpose == domain.DRILL:
            contacts.doubt(tx, notice.contact_id, asked_at=notice.asked_at)


def note_closed(tx: Transaction, subject: str, *, municipality: str) -> None:
    """The incident is closed: nothing about it is asked any more. Raises Foreign."""
    _check_own(tx, subject, municipality)
    responsibilities.close(tx, subject, tx.now)
    store.revoke(tx, subject=subject)


def next_contact(tx: Transaction, notice: Notice, *, may_ask: bool = True) -> int:
    """Ask the same person on the next contact that was not tried; answers how many are left.

    Left is a contact that was not tried, or one that got the same notice or still will.
    """
    owner = _owner(notice)
    usable = contacts.of_owners(tx, [owner])[owner]
    others = [contact for contact in usable if contact.id != notice.contact_id]
    if not others:
        return 0
    known = store.known_keys(tx, [_key(notice, contact) for contact in others])
    untried = [contact for contact in others if _key(notice, contact) not in known]
    left = len(store.open_keys(tx, known))
    if untried and may_ask:
        store.add(tx, [_on_contact(tx, notice, untried[0])])
        tx.wake("senders")
        left += len(untried)
    return left


def policy(tx: Transaction) -> Policy:
    """The rules of this installation, put into the context by `app.py`."""
    found: Policy = tx.context["policy"]
    return found


def _barred(tx: Transaction, asking: Asking, owners: Iterable[Owner]) -> Collection[str]:
    found = conflicts.barred(tx, [asking.subject], [owner.id for owner in owners])
    return found[asking.subject]


def _check_own(tx: Transaction, subject: str, municipality: str) -> None:
    if store.is_foreign(tx, subject, municipality):
        raise Foreign("the incident is another municipality's")


def _applies(tx: Transaction, asking: Asking, **facts: Any) -> bool:
    _check_own(tx, asking.subject, asking.municipality)
    return responsibilities.apply(
        tx, asking.subject, version=asking.version, assignment=asking.assignment, **facts
    )


def _owner(notice: Notice) -> Owner:
    return Owner(kind=notice.owner_kind, id=notice.owner_id)


def _write(tx: Transaction, *askings: Asking, contact_ids: frozenset[str] | None = None) -> None:
    """One row per recipient and chosen contact; `contact_ids` limits the choice."""
    owners = {recipient.owner: None for each in askings for recipient in each.recipients}
    reachable = contacts.of_owners(tx, owners)
    for asking in askings:
        reached = (reachable[recipient.owner] for recipient in asking.recipients)
        if not all(c.hears_of(asking.municipality) for c in chain.from_iterable(reached)):
            raise Foreign("a recipient is another municipality's")
    notices = [
        _notice(tx, asking, Recipient(owner=owner, part=part), contact)
        for asking in askings
        for owner, part in _strongest(asking.recipients).items()
        for contact in _chosen(reachable[owner], asking.urgency, contact_ids)
    ]
    new = store.add_missing(tx, notices)
    for notice in new:
        if notice.state == "failed":
            tell_failed(tx, notice, failure="no_contact", contacts_left=0)
    if new:
        tx.wake("senders")


def _strongest(recipients: Sequence[Recipient]) -> dict[Owner, str]:
    """Whoever is named twice has the weightier part."""
    strongest: dict[Owner, str] = {}
    for recipient in recipients:
        known = strongest.setdefault(recipient.owner, recipient.part)
        if _weight(recipient.part) < _weight(known):
            strongest[recipient.owner] = recipient.part
    return strongest


def _chosen(
    usable: Sequence[Contact], urgency: str, contact_ids: frozenset[str] | None
) -> Sequence[Contact | None]:
    """The first contact, all of them for u3, none: a row that says so."""
    if contact_ids is not None:
        return [contact for contact in usable if contact.id in contact_ids]
    if not usable:
        return [None]
    return usable if urgency == "u3" else usable[:1]


def _weight(part: str) -> int:
    return PARTS.index(part) if part in PARTS else len(PARTS)


def _notice(
    tx: Transaction, asking: Asking, recipient: Recipient, contact: Contact | None
) -> Notice:
    owner, part = recipient.owner, recipient.part
    purpose = asking.purpose or domain.purpose_of(part)
    template = domain.template_of(purpose, owner.kind)
    return Notice(
        id=uuid7(),
        key=domain.notice_key(
            asking.assignment or asking.source_event,
            step=asking.step,
            round=asking.round,
            owner=f"{owner.kind}:{owner.id}",
            contact=contact.id if contact else "",
            purpose=purpose,
        ),
        source_event=asking.source_event,
        subject=asking.subject,
        municipality=asking.municipality,
        mode=asking.mode,
        assignment=asking.assignment,
        owner_kind=owner.kind,
        owner_id=owner.id,
        part=part,
        purpose=purpose,
        step=asking.step,
        round=asking.round,
        urgency=asking.urgency,
        contact_id=contact.id if contact else None,
        template=template,
        template_version=templates.version_of(template),
        language=contact.language if contact else "de",
        level=min(policy(tx).max_level, contact.max_level) if contact else 0,
        lane=domain.lane_of(asking.urgency, purpose),
        state="waiting" if contact else "failed",
        asked_at=asking.asked_at,
        created_at=tx.now,
        due_at=tx.now,
        take_over_by_at=asking.take_over_by,
        deliver_by_at=domain.deliver_by(tx.now, asking.take_over_by, purpose),
        finished_at=None if contact else tx.now,
    )


def _key(notice: Notice, contact: Contact) -> str:
    return domain.notice_key(
        notice.assignment or notice.source_event,
        step=notice.step,
        round=notice.round,
        owner=f"{notice.owner_kind}:{notice.owner_id}",
        contact=contact.id,
        purpose=notice.purpose,
    )


def _on_contact(tx: Transaction, notice: Notice, contact: Contact) -> Notice:
    """The same notice for another contact, from the beginning."""
    return replace(
        notice,
        id=uuid7(),
        key=_key(notice, contact),
        contact_id=contact.id,
        language=contact.language,
        level=min(policy(tx).max_level, contact.max_level),
        template_version=templates.version_of(notice.template),
        state="waiting",
        attempts=0,
        failures=0,
        doubtful=False,
        is_plain=False,
        created_at=tx.now,
        due_at=tx.now,
        finished_at=None,
        sender=None,
        lease_until_at=None,
    )
