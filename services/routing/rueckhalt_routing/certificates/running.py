# SPDX-License-Identifier: EUPL-1.2
"""The loop that keeps the proof standing: what changed is proved again, outside any transaction.

A proof takes up to a second. Nothing is locked meanwhile; what it was made of is compared when it
is kept, and a proof that was overtaken is made again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from rueckhalt_routing.certificates import handlers
from rueckhalt_routing.certificates.concluding import Basis, conclusion_of, start_of, tangled
from rueckhalt_routing.certificates.domain import Conclusion
from rueckhalt_routing.certificates.handlers import FACTS, Due
from rueckhalt_routing.proof.covering import TooTangled
from rueckhalt_routing.proving.concluding import Proof, prove, recheck
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_REST = timedelta(hours=1)
_MOST_KEPT = 16


class Proving:
    """Proves what is due; remembers what could not be proved, so as not to try each second."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failed: dict[tuple[str, int], datetime] = {}
        self._before: dict[str, tuple[datetime, Proof]] = {}

    def run(self, database: Database) -> bool:
        """Prove one plan; true when another one may be due."""
        waiting = [each for each in database.read(handlers.due) if not self._rests(each)]
        for wanted in waiting[:1]:
            self._prove(database, wanted)
        return len(waiting) > 1

    def _prove(self, database: Database, wanted: Due) -> None:
        try:
            basis = database.read(handlers.basis, wanted)
            said = self._concluded(wanted, basis, self._clock())
        except Unavailable:
            raise
        except Exception as error:  # of one plan: all others are proved all the same
            self._failed[wanted.plan_id, wanted.facts_version] = self._clock()
            log.error("plan cannot be proved", municipality=wanted.municipality, exc_info=error)
            return
        database.run(handlers.conclude, wanted, basis, said)

    def _concluded(self, wanted: Due, basis: Basis, now: datetime) -> Conclusion:
        try:
            proof = self._proof(wanted, basis, start_of(now))
        except TooTangled as error:
            return tangled(basis, error, now=now)
        return conclusion_of(proof, basis, now=now)

    def _proof(self, wanted: Due, basis: Basis, start: datetime) -> Proof:
        """Changed facts touch a few chains; all others are as they were earlier today."""
        before = self._before.get(wanted.plan_id)
        proof = None
        if wanted.reason == FACTS and before is not None and before[0].date() == start.date():
            proof = recheck(before[1], basis.facts)
        if proof is None or proof.until <= start.timestamp():  # what is over is no gap any more
            proof, before = prove(basis.draft, start, facts=basis.facts), None
        if len(self._before) >= _MOST_KEPT:
            self._before.clear()
        self._before[wanted.plan_id] = (before[0] if before else start, proof)
        return proof

    def _rests(self, wanted: Due) -> bool:
        failed = self._failed.get((wanted.plan_id, wanted.facts_version))
        return failed is not None and self._clock() < failed + _REST


def remind(database: Database) -> bool:
    """Tell of gaps that draw near."""
    database.run(handlers.remind)
    return False


def forget(database: Database) -> bool:
    """Drop what nobody needs any more."""
    database.run(handlers.forget_old)
    return False
