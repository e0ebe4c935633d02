# SPDX-License-Identifier: EUPL-1.2
"""Use cases of contacts: import, choice, bounces. An address never leaves this service by event."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from rueckhalt_notify.contacts import domain, sealing, store
from rueckhalt_notify.contacts.domain import Contact, Owner
from rueckhalt_notify.contacts.sheet import Line
from rueckhalt_shared.contracts import ContactReachabilityChanged
from rueckhalt_shared.contracts.ids import partner_id, person_id, uuid7
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.database import Transaction

_INNER = ".example"
_INNER_NAMES = (".local", "@localhost")


class UnknownContact(Exception):
    """There is no contact of that id within reach."""


class BadAddress(Exception):
    """This is not an address a mail can be sent to."""


@dataclass(frozen=True, kw_only=True)
class LineResult:
    """What became of one line of an import."""

    line: int
    result: str  # created, changed, unchanged or rejected
    problem: str = ""
    contact_id: str | None = None


@lru_cache(maxsize=256)
def mail_address(text: str) -> str:
    """The address in the one form that is stored; raises BadAddress."""
    # Offices do use inner names such as rathaus.local, which the library takes for a mistake.
    inner = _INNER if text.lower().endswith(_INNER_NAMES) else ""
    try:
        found = validate_email(text + inner, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise BadAddress(str(error)) from error
    return (found.ascii_email or found.normalized).removesuffix(inner)


def import_lines(
    tx: Transaction,
    lines: Sequence[Line],
    *,
    municipality: str,
    reaches: Callable[[str], bool],
    dry_run: bool = False,
) -> list[LineResult]:
    """Store every usable line; the others are told with their problem and change nothing."""
    return [
        _import_line(tx, line, municipality=municipality, reaches=reaches, dry_run=dry_run)
        for line in lines
    ]


def _import_line(
    tx: Transaction,
    line: Line,
    *,
    municipality: str,
    reaches: Callable[[str], bool],
    dry_run: bool,
) -> LineResult:
    try:
        wanted = _wanted(line, municipality, reaches)
    except (BadAddress, InvalidRegionKey, ValueError) as error:
        return LineResult(line=line.number, result="rejected", problem=str(error))
    known = _known(tx, wanted)
    if known is None:
        if not dry_run:
            store.add(tx, wanted)
            _tell(tx, wanted)
        return LineResult(line=line.number, result="created", contact_id=wanted.id)
    merged = replace(known, language=wanted.language, max_level=wanted.max_level, rank=wanted.rank)
    problem = "" if known.is_usable else f"is {known.state} and stays so"
    if merged == known:
        return LineResult(
            line=line.number, result="unchanged", problem=problem, contact_id=known.id
        )
    if not dry_run:
        _change(tx, replace(merged, version=known.version + 1))
    return LineResult(line=line.number, result="changed", problem=problem, contact_id=known.id)


def _wanted(line: Line, municipality: str, reaches: Callable[[str], bool]) -> Contact:
    if line.problem:
        raise ValueError(line.problem)
    region = RegionKey.parse(line.municipality or municipality)
    ars = region.ars
    if not region.is_municipality:
        raise ValueError("municipality: an ARS of 12 digits is needed")
    if not reaches(ars):
        raise ValueError("municipality: out of reach")
    identify = person_id if line.owner_kind == "person" else partner_id
    return Contact(
        id=uuid7(),
        municipality=ars,
        owner_kind=line.owner_kind,
        owner_id=identify(ars, line.owner_key),
        channel=line.channel,
        address=mail_address(line.address),
        language=line.language,
        max_level=line.level,
        rank=line.rank,
    )


def _known(tx: Transaction, wanted: Contact) -> Contact | None:
    return next(
        (
            contact
            for contact in store.of_owners(tx, [wanted.owner_id])
            if (contact.channel, contact.address) == (wanted.channel, wanted.address)
        ),
        None,
    )


def office_contacts(
    tx: Transaction, municipality: str, addresses: Iterable[str], language: str
) -> list[Contact]:
    """The contacts of configured addresses; each address is an owner of its own."""
    wanted = list(dict.fromkeys(map(mail_address, addresses)))
    known = {contact.address: contact for contact in store.of_offices(tx, municipality)}
    for address in wanted:
        if address not in known:
            known[address] = Contact(
                id=uuid7(),
                municipality=municipality,
                owner_kind="office",
                owner_id=sealing.office_id(tx, municipality, address),
                channel="mail",
                address=address,
                language=language,
            )
            store.add(tx, known[address])
    return [known[address] for address in wanted]


def of_owners(tx: Transaction, owners: Iterable[Owner]) -> dict[Owner, list[Contact]]:
    """The usable contacts of each owner, the first choice first."""
    wanted = list(owners)
    found = store.of_owners(tx, [owner.id for owner in wanted]) if wanted else []
    return {
        owner: domain.in_order(contact for contact in found if contact.owner == owner)
        for owner in wanted
    }


def with_ids(tx: Transaction, ids: Iterable[str]) -> dict[str, Contact]:
    """The contacts of these ids."""
    return {contact.id: contact for contact in store.with_ids(tx, ids)}


def note_state(tx: Transaction, contact_id: str, state: str) -> None:
    """The contact is dead, bounced, suspended or usable again; said once per change."""
    known = store.get(tx, contact_id)
    if known is not None:
        changed = domain.changed_state(known, state)
        if changed is not known:
            _change(tx, replace(changed, soft_bounces=0))


def note_soft_bounces(tx: Transaction, contact_id: str, bounces: int) -> None:
    """Remember the soft bounces without a success between; 0 after a success."""
    store.set_soft_bounces(tx, contact_id, bounces)


def note_answer(tx: Transaction, contact_id: str, now: datetime, *, renews: bool = False) -> None:
    """Only an answer proves that a person reads there; a drill's always renews that."""
    known = store.get(tx, contact_id)
    if known is not None:
        changed = domain.answered(known, now, renews=renews)
        if changed is not known:
            _change(tx, changed)


def doubt(tx: Transaction, contact_id: str, *, asked_at: datetime) -> None:
    """Nobody answered a drill from there: usable as before, but unverified."""
    known = store.get(tx, contact_id)
    if known is not None and domain.is_doubtful(known, asked_at):
        _change(tx, replace(domain.changed_state(known, "unverified"), verified_until_at=None))


def change_state(
    tx: Transaction, contact_id: str, state: str, *, reaches: Callable[[str], bool]
) -> Contact:
    """An administrator suspends a contact or makes it usable again."""
    known = store.get(tx, contact_id)
    if known is None or not reaches(known.municipality):
        raise UnknownContact
    note_state(tx, contact_id, state)
    return store.get(tx, contact_id) or known


def list_contacts(
    tx: Transaction, *, within: Sequence[str], state: str | None, after: str, limit: int
) -> list[Contact]:
    """A page of contacts within reach."""
    return store.page(tx, within=within, state=state, after=after, limit=limit)


def _change(tx: Transaction, contact: Contact) -> None:
    store.save(tx, contact)
    _tell(tx, contact)


def _tell(tx: Transaction, contact: Contact) -> None:
    """The whole state, never a change only; no address. Offices are nobody's business outside."""
    if contact.owner_kind == "office":
        return
    tx.publish(
        ContactReachabilityChanged(
            subject=contact.id,
            municipality=contact.municipality,
            version=contact.version,
            person=contact.owner.person,
            partner=contact.owner.partner,
            channel=contact.channel,
            state=contact.state,
            verified_until=contact.verified_until_at,
            max_level=contact.max_level,
        )
    )
