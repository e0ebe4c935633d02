# SPDX-License-Identifier: EUPL-1.2
"""What Prometheus asks for, read from one service's database in one transaction."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from rueckhalt_shared import outbox
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.plumbing import inbox
from rueckhalt_shared.states import states
from rueckhalt_shared.version import version

_SIMPLE = {
    "rueckhalt_outbox_waiting": "Events the bus does not have yet",
    "rueckhalt_outbox_lag_seconds": "Age of the oldest of them",
    "rueckhalt_inbox_oldest_parked_seconds": "Age of the oldest parked event",
    "rueckhalt_tombstones": "Incidents that were erased here",
    "rueckhalt_tombstones_refused": "Late events of erased incidents that were turned away",
}


def exposition(database: Database, service: str) -> tuple[bytes, str]:
    """The figures as text, and the media type of that text."""
    registry = CollectorRegistry()
    registry.register(Figures(database, service))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class Figures(Collector):
    """Prometheus' collector over one service's database."""

    def __init__(self, database: Database, service: str) -> None:
        self._database = database
        self._service = service

    def describe(self) -> list[Metric]:
        """Nothing before it is asked: registering reads no database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        found = self._database.read(_read)
        yield self._gauge("rueckhalt_version", "The running version", {version(): 1}, "version")
        for name, told in _SIMPLE.items():
            yield self._gauge(name, told, {None: found[name]})
        unfinished, ages, up = found["inbox"], found["ages"], found["up"]
        yield self._gauge("rueckhalt_inbox_unfinished", "Parked, quarantined", unfinished, "state")
        yield self._gauge("rueckhalt_worker_state_age_seconds", "Since last said", ages, "name")
        yield self._gauge("rueckhalt_worker_up", "1 while up", up, "name")

    def _gauge(
        self, name: str, told: str, values: dict[Any, float], label: str | None = None
    ) -> Metric:
        labels = ["service", label] if label else ["service"]
        gauge = GaugeMetricFamily(name, told, labels=labels)
        for key, value in values.items():
            gauge.add_metric([self._service, key] if label else [self._service], value)
        return gauge


def _read(tx: Transaction) -> dict[str, Any]:
    waiting, since = outbox.lag(tx)
    rows: Any = tx.execute(
        select(inbox.c.state, func.count(), func.min(inbox.c.received_at))
        .where(inbox.c.state != "done")
        .group_by(inbox.c.state)
    ).all()
    counts = {"parked": 0, "quarantined": 0} | {state: count for state, count, _ in rows}
    oldest = {state: since for state, _, since in rows}
    said = states(tx)
    stones, refused = tombstones.count(tx)
    return {
        "rueckhalt_tombstones": stones,
        "rueckhalt_tombstones_refused": refused,
        "rueckhalt_outbox_waiting": waiting,
        "rueckhalt_outbox_lag_seconds": _age(since, tx.now),
        "rueckhalt_inbox_oldest_parked_seconds": _age(oldest.get("parked"), tx.now),
        "inbox": counts,
        "ages": {name: _age(state.at, tx.now) for name, state in said.items()},
        "up": {name: int(state.state in ("up", "running")) for name, state in said.items()},
    }


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
