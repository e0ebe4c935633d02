# SPDX-License-Identifier: EUPL-1.2
"""What happens to assignments meanwhile: some are taken over, for some nobody does in time."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select, update

from rueckhalt_routing.timers.store import timers
from rueckhalt_shared.database import Transaction, Unavailable
from tests.faults.checker import Checker
from tests.faults.town import Town


class Handling:
    """Each open assignment is touched once: its timer is brought forward, or it is taken over."""

    def __init__(self, town: Town, checker: Checker) -> None:
        self.forwarded: set[str] = set()
        self.taken: set[str] = set()
        self.wrong: list[str] = []
        self._town = town
        self._checker = checker

    def go_on(self) -> None:
        """Bring some timers forward and take over one assignment."""
        with suppress(Unavailable):  # the next round will do
            self.forwarded |= self._checker.database("routing").run(self._bring_forward)
            for assignment in self._untouched(limit=1):
                self._take_over(assignment)

    def is_complete(self) -> bool:
        """Every step that fell due was taken once, every take-over is known, and nothing else."""
        steps = Counter(self._checker.column("routing", "SELECT assignment_id FROM steps_taken"))
        taken = "SELECT id FROM assignments WHERE state = 'taken'"
        known = "SELECT count(*) FROM incidents WHERE responsibility LIKE '%taken_over%'"
        if self._checker.database("intake").dialect == "postgresql":
            known = known.replace("responsibility LIKE", "responsibility::text LIKE")
        return (
            steps == Counter(self.forwarded)
            and set(self._checker.column("routing", taken)) == self.taken
            and self._checker.column("intake", known) == [str(len(self.taken))]
        )

    def _untouched(self, *, limit: int) -> list[str]:
        waiting = self._checker.column("routing", "SELECT ref FROM timers WHERE owner IS NULL")
        return [ref for ref in waiting if ref not in self.forwarded | self.taken][:limit]

    def _take_over(self, assignment: str) -> None:
        self.taken.add(assignment)
        answer = self._town.api(
            "POST", "routing", f"/v1/assignments/{assignment}/take-over", json={}
        )
        if answer.status_code != 200:
            self.wrong.append(f"take-over: {answer.status_code} {answer.text[:300]}")

    def _bring_forward(self, tx: Transaction) -> set[str]:
        free = tx.execute(select(timers.c.ref).where(timers.c.owner.is_(None))).scalars()
        chosen = [ref for ref in free if ref not in self.forwarded | self.taken][:2]
        tx.execute(
            update(timers)
            .where(timers.c.ref.in_(chosen), timers.c.owner.is_(None))
            .values(due_at=tx.now - timedelta(seconds=1))
        )
        return set(chosen)
