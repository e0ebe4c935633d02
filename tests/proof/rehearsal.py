# SPDX-License-Identifier: EUPL-1.2
"""The real engine on a real database, from one due instant to the next, while nobody answers."""

import heapq
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

import rueckhalt_routing.app  # noqa: F401 - registers the consumers
from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.timers.store import timers
from rueckhalt_shared.contracts import IncidentClosed, IncidentRegistered, codes, ids
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.plumbing import outbox
from tests.routing.town import ARS, PREFIX, Town

_MOTIVES = {
    "set": (min(codes.BIAS_MOTIVES),),
    "none": (min(set(codes.MOTIVES.codes) - set(codes.BIAS_MOTIVES) - {"unknown"}),),
    "unknown": (),
}


def registered(incident: str, case: Case) -> IncidentRegistered:
    """The event that brings a case."""
    return IncidentRegistered(
        subject=incident,
        version=1,
        municipality=ARS,
        registered_at=case.registered_at,
        forms=case.forms,
        affected_groups=case.affected_groups,
        relation=case.relation,
        motives_perceived=_MOTIVES[case.bias],
        severity=case.severity,
        danger_level=case.danger_level,
        unit=case.unit,
        excluded=tuple(case.excluded),
        exclude_supervisor=case.exclude_supervisor,
        excluded_unit=case.excluded_unit,
        sender="form",
    )


@dataclass
class Heard:
    """What the engine said about one case."""

    case: Case
    most: int
    """How many tellings are waited for."""
    said: list[tuple[datetime, str, Mapping[str, Any]]] = field(default_factory=list)


@dataclass
class Rehearsal:
    """Some cases at once, each closed after so many tellings."""

    town: Town
    heard: dict[str, Heard] = field(default_factory=dict)
    _read: int = 0

    def run(self, cases: list[tuple[Case, int]]) -> list[Heard]:
        coming = [(case.registered_at, place) for place, (case, _) in enumerate(cases)]
        heapq.heapify(coming)
        self._read = self._last()
        while (due := self._next(coming)) is not None:
            self.town.clock.now = due
            while coming and coming[0][0] <= due:
                case, most = cases[heapq.heappop(coming)[1]]
                self._report(case, most)
            self.town.run_timers()
            self._listen()
        return list(self.heard.values())

    def _report(self, case: Case, most: int) -> None:
        incident = ids.uuid7()
        self.heard[incident] = Heard(case, most)
        self.town.hear(registered(incident, case))

    def _next(self, coming: list[tuple[datetime, int]]) -> datetime | None:
        due = self.town.database.read(
            lambda tx: tx.execute(select(func.min(timers.c.due_at))).scalar()
        )
        return min([*(at for at, _ in coming[:1]), *([due] if due else [])], default=None)

    def _listen(self) -> None:
        for subject, type, data in self.town.database.read(self._new):
            heard = self.heard[subject]
            if len(heard.said) < heard.most:
                heard.said.append((self.town.clock.now, type, data))
                if len(heard.said) == heard.most:
                    self.town.hear(
                        IncidentClosed(
                            subject=subject,
                            municipality=ARS,
                            version=9,
                            closed_at=self.town.clock.now,
                        )
                    )

    def _new(self, tx: Transaction) -> list[tuple[str, str, Mapping[str, Any]]]:
        query = select(outbox.c.seq, outbox.c.body).where(outbox.c.seq > self._read)
        found = []
        for seq, body in tx.execute(query.order_by(outbox.c.seq)):
            self._read = seq
            envelope = json.loads(body)
            type = envelope["type"].removeprefix(PREFIX).removesuffix(".v1")
            if type in ("responsibility.assigned", "responsibility.escalated"):
                found.append((envelope["subject"], type, envelope["data"]))
        return found

    def _last(self) -> int:
        return self.town.database.read(
            lambda tx: tx.execute(select(func.max(outbox.c.seq))).scalar() or 0
        )
