# SPDX-License-Identifier: EUPL-1.2
"""Do what is due: claimed by lease, done exactly once.

The claim is one transaction. The work is another one, which removes the claimed row and writes
every effect in the same commit: a process killed anywhere leaves the timer to the next one.
"""

from collections.abc import Mapping

from rueckhalt_routing.timers import handlers
from rueckhalt_routing.timers.handlers import BATCH, Work
from rueckhalt_routing.timers.store import Timer
from rueckhalt_routing.timers.watching import ClockWatch
from rueckhalt_shared import crash
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


def run_due(
    database: Database, works: Mapping[str, Work], *, watch: ClockWatch | None = None
) -> bool:
    """Claim what is due and do it; true when more may be due now. Rests after a clock's jump."""
    if watch is not None and watch.is_frozen(database.clock()):
        return False
    claimed = database.run(handlers.claim)
    if not claimed:
        return False
    crash.at("timer.after_claim")
    for timer in claimed:
        _do(database, timer, works[timer.kind])
    return len(claimed) == BATCH


def _do(database: Database, timer: Timer, work: Work) -> None:
    try:
        database.run(handlers.fire, timer, work)
    except Unavailable:
        raise
    except Exception as error:
        log.error(
            "timer failed",
            name=timer.kind,
            subject_id=timer.ref,
            attempt=timer.attempt,
            exc_info=error,
        )
        database.run(handlers.put_off, timer)
        return
    crash.at("timer.after_commit")
