# SPDX-License-Identifier: EUPL-1.2
"""Waiting until everything has arrived, and hurrying what would wait for minutes."""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import update

from rueckhalt_shared.database import Transaction, Unavailable
from rueckhalt_shared.pipe import Pipe
from rueckhalt_shared.plumbing import inbox
from tests.faults.checker import Checker, Findings
from tests.faults.load import Load
from tests.faults.town import Town
from tests.flows.mail_sink import MailSink
from tests.support import eventually


def settled(checker: Checker, load: Load, sink: MailSink, *, within: float) -> Findings:
    """The findings once they are clean, or what they still are when the time is over."""
    seen = [Findings()]

    def is_clean() -> bool:
        seen[0] = checker.look(load.ids(), sink.mails())
        return seen[0].is_clean

    with suppress(AssertionError):
        eventually(is_clean, within=within, step=0.5)
    return seen[0]


def hurry_parked(checker: Checker, service: str) -> None:
    """Let the next attempt of everything parked fall due now, instead of in minutes."""
    with suppress(Unavailable):
        checker.database(service).run(_hurry_parked)


def _hurry_parked(tx: Transaction) -> None:
    tx.execute(
        update(inbox)
        .where(inbox.c.state == "parked")
        .values(next_attempt_at=tx.now - timedelta(seconds=1))
    )


def depth(town: Town, queue: str) -> int:
    """How many messages lie in a queue of the bus."""
    pipe = Pipe(town.env("intake")["RUECKHALT_BUS_URL"], service="test")
    try:
        return pipe.depth(queue)
    finally:
        pipe.close()
