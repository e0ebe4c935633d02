# SPDX-License-Identifier: EUPL-1.2
"""The waiting line of a network from which many words were tried: everybody is served in turn.

A ticket is sealed and says which words it is for and when they are looked at; nothing is kept here
but, for each network, when the last one is due. Tickets are due a second apart, never later than
LONGEST: however many others somebody lets wait, nobody waits longer than that.
"""

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from rueckhalt_intake.vault.domain import Tampered
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.contracts.instants import read_instant, spell_instant

FREE = 10  # tries of a network in an hour before anybody has to wait
SHORTEST = timedelta(seconds=60)
LONGEST = timedelta(minutes=5)
_APART = timedelta(seconds=1)
_MOST_NETWORKS = 4096
_KEY, _MARK = "mailbox line", "ticket"


@dataclass(frozen=True)
class Ticket:
    """A place in the line."""

    words: str
    due: datetime
    sealed: str = ""

    def left(self, now: datetime) -> int:
        """Seconds until it is this one's turn; none or fewer: now."""
        return ceil((self.due - now).total_seconds())


class InLine(Exception):
    """The words are looked at later: nothing was judged, and nothing counted."""

    def __init__(self, ticket: Ticket, seconds: int) -> None:
        super().__init__(f"in {seconds} s")
        self.ticket, self.seconds = ticket, seconds


class Line:
    """Gives tickets out and knows its own."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._last: OrderedDict[str, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, words: str, network: str, now: datetime) -> Ticket:
        """A place behind everybody who waits in this network."""
        due = self._next(network, now)
        text = json.dumps([words, spell_instant(due)]).encode()
        sealed = self._vault.seal_answer(text, key=_KEY, mark=_MARK)
        return Ticket(words, due, urlsafe_b64encode(sealed).decode())

    def find(self, sealed: str) -> Ticket | None:
        """The ticket somebody shows; None where it is none of ours."""
        try:
            text = self._vault.open_answer(urlsafe_b64decode(sealed.encode()), key=_KEY, mark=_MARK)
        except (Tampered, ValueError):
            return None
        words, due = json.loads(text)
        return Ticket(words, read_instant(due), sealed)

    def _next(self, network: str, now: datetime) -> datetime:
        with self._lock:
            last = self._last.pop(network, now)
            due = min(max(now + SHORTEST, last + _APART), now + LONGEST)
            self._last[network] = due
            if len(self._last) > _MOST_NETWORKS:
                self._last.popitem(last=False)
        return due
