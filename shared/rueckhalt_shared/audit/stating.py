# SPDX-License-Identifier: EUPL-1.2
"""Once a day every chain is looked at, and its signed head given to somebody outside.

By mail where notify is deployed (`audit.head_stated`; `audit.head_posted` says that a mail server
has it), else as a file in the data folder, which somebody has to carry away: until then the page
says in red that nothing lies outside. Mails are intake's to ask for: routing's heads are files.
The identity store has no worker: intake speaks for it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rueckhalt_shared.audit import anchoring, standing, store
from rueckhalt_shared.audit.chain import Anchor
from rueckhalt_shared.audit.standing import ASKED, FILE, Head
from rueckhalt_shared.contracts import INSTALLATION, AuditHeadPosted, AuditHeadStated
from rueckhalt_shared.contracts.instants import read_instant, spell_instant
from rueckhalt_shared.database import Database, Transaction, Unavailable
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state, states

if TYPE_CHECKING:
    from rueckhalt_shared.settings import ServiceSettings

log = get_logger(__name__)
STATE = "audit"
IDENTITY = "identity"
SPEAKER = "intake"  # who may say `audit.head_stated`
_EVERYWHERE, _INSTALLATION = "*", "installation"
_WHOLE_KEY = 12  # digits; a shorter one is a parent and no municipality
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Stating:
    """Gives heads away; `chains` of a call are this service's database or the identity store."""

    database: Database
    settings: "ServiceSettings"

    def daily(self, _: Database) -> bool:
        """The worker's round: a day after the last one; the first time a day after the start."""
        if not self.database.run(_is_due):
            return False
        bad = [told for chains in self._stores() for told in self._round(chains)]
        state = "broken" if bad else "whole"
        self.database.run(note_state, STATE, state, "; ".join(bad) or None)
        return False

    def give(self, chains: Database, municipality: str, *, way: str) -> dict[str, Any] | None:
        """Sign the head as it is now and give it away; answers the document, None without rows."""
        head = chains.read(store.head, municipality)
        if head is None:
            return None
        key = self.database.read(anchoring.signing_key)
        now = chains.clock()
        signed = anchoring.Heads(chains.service, now, (head,), key).document()
        if way == ASKED:
            self.database.run(_publish, signed)
        chains.run(standing.keep_head, _kept(head, signed, way))
        return signed

    def _round(self, chains: Database) -> Iterator[str]:
        for municipality in chains.read(standing.places):
            found = standing.check(chains, municipality)
            if found.fault is not None:
                log.error("audit chain broken", object=municipality, name=chains.service)
                yield f"{chains.service} {municipality}: row {found.fault_n} {found.fault}"
                continue  # a broken chain's head would be an anchor of what was forged
            known = chains.read(standing.newest_head, municipality)
            if known is None or known.n < found.rows:
                self._give_by_itself(chains, municipality)

    def _give_by_itself(self, chains: Database, municipality: str) -> None:
        if self.database.service == SPEAKER and "notify" in self.settings.services:
            self.give(chains, municipality, way=ASKED)
            return
        signed = self.give(chains, municipality, way=FILE)
        if signed is None:
            return
        name = f"audit-head-{chains.service}-{chain_of(municipality)}"
        path = self.settings.data / "audit-heads" / f"{name}-{signed['at'].replace(':', '')}.json"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.write_text(json.dumps(signed, indent=1) + "\n", "utf-8")
        except OSError as error:
            log.error("audit head could not be written", object=municipality, exc_info=error)
            return
        log.warning("audit head only kept here: carry it away", object=municipality)

    def _stores(self) -> Iterator[Database]:
        yield self.database
        if self.database.service != SPEAKER:
            return
        try:
            yield KeyStore.of(self.settings.identity_url).database.prepare()
        except Unavailable as error:
            log.warning("identity store away", cause=str(error))


def note_posted(tx: Transaction, event: AuditHeadPosted, *, identity_url: str) -> None:
    """The head lies outside now. Doing it again changes nothing, so two stores need no more."""
    anchor = Anchor(_place_of(event.chain), event.rows, event.head)
    if event.store == IDENTITY:
        KeyStore.of(identity_url).database.prepare().run(standing.note_posted, anchor)
    elif event.store == tx.service:
        standing.note_posted(tx, anchor)


def document_of(event: AuditHeadStated) -> dict[str, Any]:
    """The signed document again, from what the bus has carried."""
    return {
        "format": anchoring.FORMAT,
        "service": event.store,
        "at": spell_instant(event.stated_at),
        "heads": [{"municipality": _place_of(event.chain), "n": event.rows, "hash": event.head}],
        "public_key": event.public_key,
        "signature": event.signature,
    }


def chain_of(place: str) -> str:
    """How events name the chain of a municipality, or of the installation."""
    return _INSTALLATION if place == _EVERYWHERE else place


def _place_of(chain: str) -> str:
    return _EVERYWHERE if chain == _INSTALLATION else chain


def _publish(tx: Transaction, signed: Mapping[str, Any]) -> None:
    (head,) = signed["heads"]
    place = head["municipality"]
    chain = chain_of(place)
    tx.publish(
        AuditHeadStated(
            subject=f"audit.{signed['service']}.{chain}",
            municipality=place if len(place) == _WHOLE_KEY else INSTALLATION,
            store=signed["service"],
            chain=chain,
            stated_at=read_instant(signed["at"]),
            rows=head["n"],
            head=head["hash"],
            public_key=signed["public_key"],
            signature=signed["signature"],
        )
    )


def _kept(head: Anchor, signed: Mapping[str, Any], way: str) -> Head:
    return Head(
        municipality=head.municipality,
        n=head.n,
        hash=head.hash,
        signature=signed["signature"],
        stated_at=read_instant(signed["at"]),
        way=way,
    )


def _is_due(tx: Transaction) -> bool:
    last = states(tx).get(STATE)
    if last is None:
        note_state(tx, STATE, "running")
        return False
    return tx.now - last.at >= _DAY
