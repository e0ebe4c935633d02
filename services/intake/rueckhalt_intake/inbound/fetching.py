# SPDX-License-Identifier: EUPL-1.2
"""The worker's round to a postbox: a mail is put away only after it was kept, and each by itself.

Killed in between, the mail still lies there and is recognised. Nothing is ever answered.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rueckhalt_intake.inbound import handlers, letters
from rueckhalt_intake.inbound.domain import MOST_WAITING, Told
from rueckhalt_intake.inbound.keeping import Entrance
from rueckhalt_intake.inbound.postboxes import (
    Letter,
    LetterGone,
    LetterShut,
    OpenPostbox,
    Postbox,
    PostboxShut,
)
from rueckhalt_intake.towns import Towns
from rueckhalt_shared import leases, owners, states
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
EVERY = timedelta(seconds=60)
_LONGEST_PAUSE = timedelta(minutes=15)
_LEASED = 120.0  # seconds, renewed with each mail
_AGAIN = timedelta(hours=1)


class NotKept(Exception):
    """The entrance has refused one mail, for a reason nobody has thought of."""


NO_TOWN = "mails lie there that name no municipality's address (column `mail` of towns.csv)"
FULL = f"{MOST_WAITING} arrivals wait for a person; until then mails stay in the mailbox"
FAILED = "mails lie there that could not be taken"


@dataclass(frozen=True)
class Addressing:
    """Which municipality a mail is for."""

    towns: Towns
    otherwise: str = ""  # for mails that name no town's address

    def town_of(self, head: bytes) -> str:
        """By whom it was delivered to, else the only town or the one set; empty: nobody knows."""
        for address in letters.recipients(head):
            if (town := self.towns.by_mail(address)) is not None:
                return town.ars
        served = self.towns.served
        return self.otherwise or (served[0].ars if len(served) == 1 else "")


@dataclass
class Fetching:
    """Empties one postbox, with pauses that grow while it is shut."""

    postbox: Postbox
    entrance: Entrance
    addressing: Addressing
    _failures: int = 0
    _not_before: datetime | None = None
    _left: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _owner: str = field(default_factory=lambda: owners.name("mail"))

    def run(self, database: Database) -> bool:
        """One round; false: the next one comes by itself."""
        now = database.clock()
        if self._not_before is not None and now < self._not_before:
            return False
        if not self._lease(database):
            return False
        if database.read(handlers.is_full):
            database.run(states.note_state, self.postbox.name, "stuck", FULL)
            return False
        try:
            with self.postbox.opened() as box:
                self._empty(database, box)
        except PostboxShut as shut:
            self._failures += 1
            log.warning("a postbox cannot be read", name=self.postbox.name, cause=str(shut))
            database.run(states.note_state, self.postbox.name, "down", str(shut))
        else:
            self._failures = 0
            self._say(database)
        finally:
            database.run(leases.release, self._lease_name, self._owner)
        self._not_before = now + min(EVERY * 2 ** min(self._failures, 8), _LONGEST_PAUSE)
        return False

    @property
    def _lease_name(self) -> str:
        return f"mail.{self.postbox.name}"

    def _lease(self, database: Database) -> bool:
        return database.run(
            leases.take, self._lease_name, self._owner, seconds=_LEASED, is_gone=owners.is_gone
        )

    def _empty(self, database: Database, box: OpenPostbox) -> None:
        seen, now = set(), database.clock()
        for letter in box.letters():
            seen.add(letter.key)
            if letter.key in self._left and self._left[letter.key][1] > now:
                continue
            self._left.pop(letter.key, None)
            if not self._lease(database) or database.read(handlers.is_full):
                return
            self._one(letter, box, now=now)
        self._left = {key: why for key, why in self._left.items() if key in seen}

    def _one(self, letter: Letter, box: OpenPostbox, *, now: datetime) -> None:
        """Take one mail; whatever is wrong with it, the next one follows."""
        town = self.addressing.town_of(letter.head)
        if not town:
            self._left[letter.key] = (NO_TOWN, now + _AGAIN)
            return
        try:
            told = self._told(letter, town, now=now)
            self._keep(told)
        except LetterGone:
            return
        except (LetterShut, NotKept) as error:
            log.error("a mail could not be taken", name=self.postbox.name, exc_info=error)
            self._left[letter.key] = (FAILED, now + _AGAIN)
            return
        box.settle(letter)

    def _keep(self, told: Told) -> None:
        """Raises NotKept for what is wrong with this mail alone."""
        try:
            self.entrance.take(told)
        except (Unavailable, OSError):
            raise  # the house is away, not this mail
        except Exception as error:
            raise NotKept from error

    def _told(self, letter: Letter, town: str, *, now: datetime) -> Told:
        at = min(letter.received_at, now)
        if letter.size > self.entrance.most:
            return letters.too_large(letter.head, town, size=letter.size, received_at=at)
        return letters.told_of(letter.whole(), town, received_at=at)

    def _say(self, database: Database) -> None:
        """What still lies there, as the state of this postbox."""
        causes = [why for why, _ in self._left.values()]
        for cause in (FAILED, NO_TOWN):
            if count := causes.count(cause):
                database.run(states.note_state, self.postbox.name, "stuck", f"{count} {cause}")
                return
        database.run(states.note_state, self.postbox.name, "up")
