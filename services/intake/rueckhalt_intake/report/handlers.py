# SPDX-License-Identifier: EUPL-1.2
"""Use cases of drafts: begin, keep an answer, come back by seven words, send, discard."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.handlers import Registration
from rueckhalt_intake.mailbox import handlers as mailbox
from rueckhalt_intake.mailbox.codes import Mailbox
from rueckhalt_intake.report import store
from rueckhalt_intake.report.domain import Draft, NoDraft
from rueckhalt_intake.tidings import handlers as tidings
from rueckhalt_intake.tidings.domain import Wish
from rueckhalt_intake.units import Units
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.database import Transaction

_AT_ONCE = 100


class ChangedElsewhere(Exception):
    """The same draft was changed in another window at the same time."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A report made ready outside the transaction, with what goes beside it."""

    holder: str
    registration: Registration
    answer: bytes  # the words, sealed for the cookie
    consents: Sequence[str] = ()
    wants_aftercare: bool = False
    wish: Wish | None = None  # a neutral mail when there is something new
    visit: str = ""  # token of the visit that begins with it


def begin(tx: Transaction, draft: Draft) -> None:
    """A draft exists from now on."""
    store.add(tx, draft)


def find(tx: Transaction, holder: str) -> Draft:
    """The draft of a cookie; raises NoDraft."""
    draft = store.find(tx, holder)
    if draft is None or draft.is_over(tx.now):
        raise NoDraft
    return draft


def find_by_words(tx: Transaction, lookup: str) -> Draft | None:
    """The draft of seven words, while it was not sent."""
    draft = store.find_by_lookup(tx, lookup)
    return draft if draft is not None and not draft.is_over(tx.now) else None


def keep(tx: Transaction, draft: Draft, content: bytes) -> None:
    """An answer more; raises ChangedElsewhere."""
    _save(tx, draft, content=content)


def give_words(tx: Transaction, draft: Draft, box: Mailbox, answer: bytes) -> None:
    """From now on seven words lead back to it; raises ChangedElsewhere."""
    _save(tx, draft, lookup=box.lookup, public_key=box.public_key, answer=answer)


def hand_over(tx: Transaction, draft: Draft, holder: str, answer: bytes) -> None:
    """Somebody has come back by the words: another cookie holds it, the old one no longer."""
    _save(tx, draft, holder=holder, answer=answer)


def send(tx: Transaction, sending: Sending, *, vault: Vault, units: Units) -> None:
    """Accept the report; sent twice it is accepted once, with the first one's words. NoDraft."""
    draft = store.find_locked(tx, sending.holder)
    if draft is None:
        raise NoDraft
    if draft.incident_id is not None:
        mailbox.come_in(tx, draft.incident_id, sending.visit)
        return
    incident = sending.registration.incident
    incidents.report_incident(tx, sending.registration, vault=vault, units=units)
    mailbox.agree(tx, incident.id, sending.consents)
    if sending.wish is not None:
        tidings.want(tx, sending.wish)
    if sending.wants_aftercare:
        mailbox.plan_aftercare(tx, incident)
    mailbox.come_in(tx, incident.id, sending.visit)
    sent: dict[str, Any] = {"incident_id": incident.id, "answer": sending.answer}
    _save(tx, draft, content=None, lookup=None, public_key=None, **sent)


def discard(tx: Transaction, draft: Draft) -> None:
    """Drop it; whoever calls shreds its key."""
    store.remove(tx, draft.id)


def key_ids(tx: Transaction, among: Collection[str]) -> set[str]:
    """Which of these keys belong to a draft."""
    return store.key_ids(tx, among)


def over(tx: Transaction) -> list[Draft]:
    """Drafts whose time is over."""
    return store.over(tx, limit=_AT_ONCE)


def _save(tx: Transaction, draft: Draft, **values: Any) -> None:
    if not store.save(tx, draft, **values):
        raise ChangedElsewhere
