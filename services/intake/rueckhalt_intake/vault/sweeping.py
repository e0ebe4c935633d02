# SPDX-License-Identifier: EUPL-1.2
"""Drops keys that never got an incident: pools of processes that ended, requests that failed."""

import time
from collections.abc import Callable, Collection

from rueckhalt_intake.vault import store
from rueckhalt_intake.vault.domain import ORPHAN_AFTER
from rueckhalt_shared.database import Database

_APART = 600.0  # seconds between two looks at the same key, by a clock that never jumps


class KeySweep:
    """A key is dropped only when two looks, ten minutes apart, found no incident for it.

    A request that holds a key while the wall clock jumps has long committed by the second look.
    """

    def __init__(
        self,
        keys: Database,
        used_in: Callable[[Collection[str]], set[str]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._used_in = used_in
        self._monotonic = monotonic
        self._suspects: dict[str, float] = {}

    def run(self) -> bool:
        """Settle or drop what is due; true when more is due at once."""
        due = self._keys.read(store.unsettled, before=self._keys.clock() - ORPHAN_AFTER)
        used = self._used_in(due) if due else set()
        now = self._monotonic()
        lonely = {key: self._suspects.get(key, now) for key in due if key not in used}
        orphans = {key for key, since in lonely.items() if now - since >= _APART}
        if used or orphans:
            self._keys.run(store.settle, used=used, orphans=orphans)
        self._suspects = {key: since for key, since in lonely.items() if key not in orphans}
        return len(due) == store.LOOKED_AT and bool(used or orphans)
