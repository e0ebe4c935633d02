# SPDX-License-Identifier: EUPL-1.2
"""Keeps an installation alive that is being killed: who dies is started again at once.

Each process has a plan of crash points; one is armed at each start. A point that does not fire in
time gives way to the next, with a kill -9 from outside at a moment nobody chose.
"""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from tests.faults import points
from tests.faults.points import Process
from tests.flows.system import Installation

_FIRED = "crash point "
_TICK = 0.05


@dataclass
class Charge:
    """One process under supervision."""

    process: Process
    plan: tuple[str, ...]
    place: int = 0
    armed: str = ""
    armed_at: float = 0.0
    read: int = 0  # bytes of its log that were looked at
    fired: Counter[str] = field(default_factory=Counter)
    random_kills: int = 0

    def next_point(self, needed: Callable[[str], bool]) -> str:
        """The next point of the plan that is still wanted; empty when none is."""
        for _ in self.plan:
            point = self.plan[self.place % len(self.plan)]
            self.place += 1
            if needed(point):
                return point
        return ""

    @property
    def kills(self) -> int:
        """How often it died."""
        return self.fired.total() + self.random_kills


class Supervisor:
    """A thread that arms, watches, kills and starts again until told to stop."""

    def __init__(
        self,
        town: Installation,
        plans: Mapping[Process, tuple[str, ...]],
        *,
        quota: int,
        repeats: int,
        patience: float = 30.0,
        seed: int = 1,
    ) -> None:
        self.wrong: list[str] = []
        self._town = town
        self._points = sum(len(plan) for plan in plans.values())
        self._quota = quota
        self._repeats = repeats
        self._patience = patience
        self._chance = random.Random(seed)
        self._charges = [
            Charge(process, plan, n) for n, (process, plan) in enumerate(plans.items())
        ]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Supervisor":
        for charge in self._charges:
            charge.read = self._log_size(charge)
            self._town.kill(*charge.process)
            self._start(charge)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def finish(self) -> None:
        """Kill no more; every process runs unarmed afterwards."""
        if self._thread.is_alive():
            self._ending.set()
            self._thread.join()
            for charge in self._charges:
                self._note_fired(charge)
                self._town.kill(*charge.process)
                self._town.start(*charge.process)

    @property
    def fired(self) -> Counter[str]:
        """Kills by point."""
        return sum((charge.fired for charge in self._charges), Counter())

    @property
    def random_kills(self) -> int:
        """Kills from outside at a moment nobody chose."""
        return sum(charge.random_kills for charge in self._charges)

    @property
    def kills(self) -> int:
        """All of them."""
        return sum(charge.kills for charge in self._charges)

    def kills_of(self, process: Process) -> int:
        """How often this process died."""
        return sum(charge.kills for charge in self._charges if charge.process == process)

    def is_done(self) -> bool:
        """The quota is reached and every point has fired as often as it must."""
        return self.kills >= self._quota and not self.owed()

    def owed(self) -> list[str]:
        """Points that have not fired often enough."""
        wanted = {point for charge in self._charges for point in charge.plan}
        fired = self.fired
        return sorted(point for point in wanted if fired[point] < self._repeats)

    def _needed(self, charge: Charge, point: str) -> bool:
        """A point that fired too seldom; or any, until the process has had its share of kills."""
        share = self._quota * len(charge.plan) / self._points
        return self.fired[point] < self._repeats or charge.kills < share

    def _watch(self) -> None:
        while not self._ending.wait(_TICK):
            for charge in self._charges:
                self._look_after(charge)

    def _look_after(self, charge: Charge) -> None:
        fired = self._note_fired(charge)
        process = self._town.processes[charge.process]
        ended = process.poll()
        if ended is not None:
            if ended != -signal.SIGKILL:
                self.wrong.append(f"{charge.process} ended by itself with {ended}")
            self._town.kill(*charge.process)
            self._start(charge)
        elif fired:  # a web server starts its killed child again by itself
            self._town.kill(*charge.process)
            self._start(charge)
        elif charge.armed and time.monotonic() - charge.armed_at > self._patience:
            charge.random_kills += 1
            self._town.kill(*charge.process)
            self._start(charge)

    def _start(self, charge: Charge) -> None:
        charge.armed = charge.next_point(partial(self._needed, charge))
        charge.armed_at = time.monotonic()
        extra = {}
        if charge.armed:
            extra["RUECKHALT_CRASH_AT"] = points.armed(charge.armed, self._chance)
        self._town.start(*charge.process, **extra)

    def _note_fired(self, charge: Charge) -> bool:
        path = self._log(charge)
        with path.open("rb") as log:
            log.seek(charge.read)
            news = log.read()
        news = news[: news.rfind(b"\n") + 1]
        charge.read += len(news)
        found = [
            line.removeprefix(_FIRED)
            for line in news.decode("utf-8", "replace").splitlines()
            if line.startswith(_FIRED)
        ]
        charge.fired.update(found)
        return bool(found)

    def _log(self, charge: Charge):
        service, role = charge.process
        return self._town.folder / "logs" / f"{service}-{role}.log"

    def _log_size(self, charge: Charge) -> int:
        return self._log(charge).stat().st_size
