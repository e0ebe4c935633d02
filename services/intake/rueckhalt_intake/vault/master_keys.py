# SPDX-License-Identifier: EUPL-1.2
"""The master keys that are active now: one wraps, the others still open what they have wrapped.

Which one wraps is written in the key store, so that a rotation reaches every running process.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from rueckhalt_intake.vault.master_key import MasterKey, files_beside, kept_in, parsed
from rueckhalt_shared.database import Unavailable
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


class MasterKeyAway(Unavailable):
    """Something hangs on a master key this process was not given; a restart with it helps."""


class MasterKeys:
    """The active master keys of one process; `again` looks whether another one has come."""

    def __init__(
        self, keys: Iterable[MasterKey], *, again: Callable[[], Iterable[MasterKey]] = tuple
    ) -> None:
        self._known: dict[str, MasterKey] = {}
        self._again = again
        self._learn(keys)

    @classmethod
    def given(cls, newest: str, previous: str) -> "MasterKeys":
        """As the operator gives them; raises MasterKeyRefused."""
        return cls(parsed(text) for text in (newest, *previous.replace(",", " ").split()))

    @classmethod
    def of_folder(cls, path: Path, *, may_create: bool) -> "MasterKeys":
        """Those of the data folder; one that a rotation adds is found while the process runs."""
        return cls(
            kept_in(path, may_create=may_create),
            again=lambda: [key for _, key in files_beside(path)],
        )

    @property
    def ids(self) -> set[str]:
        """The ids of the active master keys."""
        return set(self._known)

    @property
    def preferred(self) -> MasterKey:
        """The one to begin with, and the one to rotate to when it was given."""
        return next(iter(self._known.values()))

    def find(self, master: str) -> MasterKey | None:
        """The master key of that id, if it is active."""
        if master not in self._known:
            self._learn(self._again())
        return self._known.get(master)

    def wrapping(self, chosen: str) -> MasterKey:
        """The master key that wraps new keys: the one the key store names.

        A process that was not given it goes on with its own: reports are not refused, and what
        hangs on the older key is moved by the next rotation.
        """
        found = self.find(chosen)
        if found is None:
            log.warning("new keys hang on an older master key, restart with the new one")
        return found or self.preferred

    def unwrap(self, wrapped: bytes, name: str, *, master: str) -> bytes:
        """Open what this master key has wrapped; raises Tampered, or MasterKeyAway."""
        key = self.find(master)
        if key is None:
            raise MasterKeyAway(f"the master key {master} is not active in this process")
        return key.unwrap(wrapped, name)

    def _learn(self, keys: Iterable[MasterKey]) -> None:
        for key in keys:
            self._known.setdefault(key.id, key)
