# SPDX-License-Identifier: EUPL-1.2
"""Parked events: one at a time, the attempt counted before it runs, eight times at most."""

import threading
from datetime import timedelta

from rueckhalt_shared import crash, inbox
from rueckhalt_shared.consuming import WrongProducer, described, understand
from rueckhalt_shared.contracts import (
    INSTALLATION,
    Envelope,
    ResendRequested,
    UnknownType,
    Unreadable,
)
from rueckhalt_shared.database import Database, Transaction, Unavailable
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.inbox import Parked, Superseded
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.subscriptions import Foreign, NotYet, Subscriptions

log = get_logger(__name__)
PATIENCE = timedelta(minutes=10)  # how long an event may wait for what it builds on, uncounted


class Retrying:
    """The loop that alone runs parked rows."""

    def __init__(
        self, database: Database, subscriptions: Subscriptions, *, poll: float = 0.5
    ) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._poll = poll
        self._innocent: dict[tuple[str, str], Parked] = {}

    def run(self, stopping: threading.Event) -> None:
        """Until stopped: run what is due."""
        signal = self._database.signal("parked")
        signal.listened = True
        pause = self._poll
        while not stopping.is_set():
            signal.wait(pause)
            try:
                while not stopping.is_set() and self.run_due():
                    pause = self._poll
                pause = self._poll
            except Unavailable as error:
                pause = min(5.0, pause * 2)
                log.warning("retries pause", cause=str(error), pause=pause)

    def run_due(self) -> int:
        """Run the rows that are due now; answers how many were claimed."""
        self._acquit()
        rows = self._database.read(inbox.due, limit=20)
        return sum(self._attempt(row) for row in rows)

    def _attempt(self, row: Parked) -> bool:
        if row.attempts >= inbox.ATTEMPTS:  # counted, but no attempt lived to tell how it ended
            cause = "every attempt ended with the process"
            self._database.run(inbox.give_up, row, cause=cause)
            log.error("event quarantined", queue=row.queue, event_id=row.event_id, cause=cause)
            return True
        if not self._database.run(inbox.claim, row):
            return False
        crash.at("retry.in_handler")
        try:
            self._database.run(self._consume, row)
        except Superseded:
            log.warning("another worker finished it", queue=row.queue, event_id=row.event_id)
        except Unavailable as error:
            self._innocent[(row.queue, row.event_id)] = row
            raise error
        except (UnknownType, WrongProducer, Unreadable, Foreign) as error:
            self._database.run(inbox.quarantine_claimed, row, cause=described(error))
        except NotYet as error:
            self._not_yet(row, error)
        except Exception as error:
            self._failed(row, error)
        return True

    def _consume(self, tx: Transaction, row: Parked) -> None:
        envelope = Envelope.from_json(row.body)
        event, consume = understand(self._subscriptions, row.queue, envelope)
        if not tombstones.refused(tx, [event]):
            consume(tx, event)
        inbox.finish(tx, row)

    def _not_yet(self, row: Parked, error: NotYet) -> None:
        age = self._database.clock() - row.received_at
        if age < PATIENCE:
            pause = min(30.0, 1.0 + age.total_seconds() / 4)
            self._database.run(inbox.uncount, row, cause=described(error), pause=pause)
            return
        self._database.run(ask_for_what_is_missing, row)
        self._failed(row, error)

    def _failed(self, row: Parked, error: Exception) -> None:
        quarantined = self._database.run(inbox.fail, row, cause=described(error))
        log.error(
            "event quarantined" if quarantined else "attempt failed",
            queue=row.queue,
            event_id=row.event_id,
            attempt=row.attempts + 1,
            cause=type(error).__name__,
            exc_info=error,
        )

    def _acquit(self) -> None:
        """Take back attempts that ended because the database was away."""
        for key, row in list(self._innocent.items()):
            self._database.run(inbox.uncount, row, cause="database was away", pause=0.0)
            del self._innocent[key]


def ask_for_what_is_missing(tx: Transaction, row: Parked) -> None:
    """Once, after ten minutes: ask the producer to send everything about the subject's time."""
    if row.attempts > 0:
        return
    envelope = Envelope.from_json(row.body)
    tx.publish(
        ResendRequested(
            subject=envelope.subject,
            municipality=INSTALLATION,
            producer=envelope.service,
            window=None,
            ids=(envelope.subject,),
        )
    )
