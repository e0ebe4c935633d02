# SPDX-License-Identifier: EUPL-1.2
"""One set-up under fire: load, kills, broker kills, then the set checker.

Most of a campaign is waiting for leases of the dead to end, so several run side by side.
"""

import threading
import time
import traceback
from contextlib import suppress

from tests.faults import points
from tests.faults.checker import Checker, Findings
from tests.faults.handling import Handling
from tests.faults.load import Load
from tests.faults.settling import settled
from tests.faults.supervisor import Supervisor
from tests.faults.town import Town
from tests.flows.mail_sink import MailSink
from tests.servers import PrivateRabbitMQ
from tests.support import eventually

NOTIFY = ("notify", "worker")


class BrokerKills:
    """The broker dies, too, spread over the run; all set-ups on it feel it at once."""

    def __init__(self, broker: PrivateRabbitMQ, *, count: int) -> None:
        self.done = 0
        self._broker = broker
        self._count = count
        self._lock = threading.Lock()

    def keep_up(self, share: float) -> None:
        """Kill and start the broker again when it is time."""
        with self._lock:
            if self.done < self._count and share > (self.done + 1) / (self._count + 1):
                self.done += 1
                self._broker.kill()
                self._broker.start()


class Campaign:
    """What happens to one installation, and what came of it."""

    def __init__(
        self, set_up: str, town: Town, sink: MailSink, *, quota: int, repeats: int, patience: float
    ) -> None:
        self.set_up = set_up
        self.load = Load(town)
        self.points = points.places(embedded=set_up == "embedded")
        self.supervisor = Supervisor(town, self.points, quota=quota, repeats=repeats)
        self.findings = Findings()
        self.fault = ""
        self.took: list[str] = []
        self._checker = Checker(town)
        self._handling = Handling(town, self._checker)
        self._sink = sink
        self._quota = quota
        self._patience = patience
        self._broker_kills: BrokerKills | None = None

    def run(self, broker_kills: BrokerKills | None) -> None:
        """Everything, in a thread of its own; a fault is kept for the test to tell."""
        self._broker_kills = None if self.set_up == "embedded" else broker_kills
        try:
            self._run()
        except BaseException:
            self.fault = traceback.format_exc()
        finally:
            self._checker.close()

    def wrong(self) -> list[str]:
        """What else was not as it should be."""
        return self.supervisor.wrong + self.load.wrong + self._handling.wrong

    def told(self) -> str:
        """The figures, for whoever reads the log."""
        supervisor, load, findings = self.supervisor, self.load, self.findings
        broker = self._broker_kills.done if self._broker_kills else 0
        return (
            f"\n{self.set_up}: {supervisor.kills} kills ({supervisor.random_kills} at random"
            f" moments), besides {broker} of the broker, {', '.join(self.took)}; accepted"
            f" {len(load.accepted)}, sets incomplete {len(findings.missing)}, doubled or"
            f" unexpected {len(findings.broken)}, extra mails {findings.extra_mails},"
            f" answers {dict(load.answers)}\n"
            f"  by point: {dict(sorted(supervisor.fired.items()))}\n  {findings.told()}"
        )

    def _run(self) -> None:
        started = time.monotonic()
        with self.load.running(pause=0.6), self.supervisor, suppress(AssertionError):
            eventually(self._is_done, within=self._patience, step=0.5)
        self.took.append(f"kills {time.monotonic() - started:.0f} s")
        what = "escalations and take-overs, each once"
        with suppress(AssertionError):
            eventually(self._handling.is_complete, within=90, step=0.5, what=what)
        self.findings = settled(self._checker, self.load, self._sink, within=150)
        if not self._handling.is_complete():
            self.findings.broken.append(f"not so: {what}")
        self.took.append(f"with settling {time.monotonic() - started:.0f} s")

    def _is_done(self) -> bool:
        self._handling.go_on()
        if self._broker_kills is not None:
            self._broker_kills.keep_up(self.supervisor.kills / self._quota)
        return self.supervisor.is_done()
