# SPDX-License-Identifier: EUPL-1.2
"""The worker's part: looks at lists and brings them in, some rows at a time, and says how far.

Killed anywhere it begins the list anew when it comes back: rows that are in are known again by
their reference, so nothing is doubled.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.old_lists import handlers
from rueckhalt_intake.old_lists.domain import LOOKING, BadList, Fault, Waiting
from rueckhalt_intake.old_lists.importing import Listed, Look, OldList
from rueckhalt_intake.old_lists.keeping import Found, OldLists
from rueckhalt_intake.vault.domain import Tampered
from rueckhalt_intake.vault.sealing import KeyMissing
from rueckhalt_shared import owners
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.keys import Mode
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
STEP = 100  # rows in one transaction, and between two signs of progress
_MOST_TOLD = 200


class Working:
    """The loop: one list at a time, one step a call."""

    def __init__(self, kept: OldLists, reception: Reception) -> None:
        self._kept = kept
        self._reception = reception
        self._owner = owners.name("old-lists")
        self._steps: Iterator[None] | None = None
        self._at: Waiting

    def run(self, database: Database) -> bool:
        """One step; false when there is nothing to do."""
        if self._steps is None:
            waiting = database.run(handlers.next_one, self._owner)
            if waiting is None:
                return False
            self._at = waiting
            self._steps = self._work(database, waiting)
        try:
            next(self._steps)
        except StopIteration:
            self._steps = None
        except Unavailable:
            self._steps = None  # it begins anew
            raise
        except Exception as error:  # one list never stands in the way of the others
            self._steps = None
            log.error("an old list failed", exc_info=error)
            database.run(handlers.set_aside, self._at)
        return True

    def _work(self, database: Database, waiting: Waiting) -> Iterator[None]:
        brought = OldList(
            database=database,
            reception=self._reception,
            ars=waiting.municipality,
            scheme=waiting.scheme,
            municipalities=(waiting.municipality,),
            mode=cast(Mode, waiting.mode),
        )
        try:
            listed = brought.read(self._kept.content(waiting))
        except BadList as bad:
            self._kept.note_looked(waiting, Found(bad=bad.code, bad_values=bad.values))
            return
        except (KeyMissing, Tampered) as error:
            log.error("an old list does not open", cause=type(error).__name__)
            self._kept.drop(waiting)
            return
        waiting = replace(waiting, rows=len(listed.lines))
        yield
        steps = self._look if waiting.state == LOOKING else self._bring
        yield from steps(database, waiting, brought, listed)

    def _look(
        self, database: Database, waiting: Waiting, brought: OldList, listed: Listed
    ) -> Iterator[None]:
        look, count = Look(brought, listed), 0
        faults: list[Fault] = []
        for done, (line, reference) in enumerate(listed.lines, start=1):
            _, wrong = look.at(line, reference)
            count += len(wrong)
            faults += wrong[: _MOST_TOLD - len(faults)]
            if done % STEP == 0:
                if not self._goes_on(database, waiting, done=done):
                    return
                yield
        found = Found(
            faults=tuple(faults),
            fault_count=count,
            known=look.known,
            headings=listed.headings,
            unknown_columns=listed.unknown_columns,
        )
        self._kept.note_looked(waiting, found)

    def _bring(
        self, database: Database, waiting: Waiting, brought: OldList, listed: Listed
    ) -> Iterator[None]:
        new, missed = 0, 0
        for start in range(0, len(listed.lines), STEP):
            some = listed.lines[start : start + STEP]
            bodies = [(line.number, listed.rows.body(line, name)[0]) for line, name in some]
            for is_new, fault in brought.bring(bodies):
                new, missed = new + is_new, missed + (fault is not None)
            if not self._goes_on(database, waiting, done=start + len(some), new=new):
                return
            yield
        self._kept.settle(waiting, new=new, missed=missed)

    def _goes_on(self, database: Database, waiting: Waiting, *, done: int, new: int = 0) -> bool:
        return database.run(handlers.note_progress, waiting, self._owner, done=done, new=new)
