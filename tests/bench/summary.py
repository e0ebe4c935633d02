# SPDX-License-Identifier: EUPL-1.2
"""How fast is a month out of 1,000,000 incidents, and what does counting one event cost?

    python -m tests.bench.summary                     # SQLite in a temporary folder
    python -m tests.bench.summary --url postgresql://app@127.0.0.1:5432/empty

Prints one JSON line: p50 and p99 of reading a month (SQL and dataclass; whole HTTP answer), and
the CPU time of applying an event in batches of 100. The share of CPU that other processes took
during the measurement is printed beside it.
"""

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from rueckhalt_reporting.app import Settings, create_app, service
from rueckhalt_reporting.facts import domain
from rueckhalt_reporting.facts.consumers import QUEUE
from rueckhalt_reporting.facts.domain import Cell, Coding, Fact
from rueckhalt_reporting.facts.handlers import scheme
from rueckhalt_reporting.rollups import store
from rueckhalt_reporting.summaries import handlers
from rueckhalt_reporting.summaries.domain import Period
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from tests.reporting import events

TOWNS = tuple(f"160770{number:03}{number:03}" for number in range(20))
MONTHS = tuple(f"{year}-{month:02}" for year in (2023, 2024, 2025) for month in range(1, 13))
UNITS = ("buergeramt", "sozialamt", "ordnungsamt", "jugendamt", "jobcenter", "feuerwehr")


def facts(count: int, seed: int) -> Iterator[Fact]:
    """Made-up incidents, spread over towns, months and codes."""
    dice = random.Random(seed)
    closed = domain.Fact(incident="x", municipality="y").closed_version
    for number in range(count):
        yield Fact(
            incident=str(number),
            municipality=dice.choice(TOWNS),
            month=dice.choice(MONTHS),
            coding=Coding(
                forms=(dice.choice(codes.FORMS.codes),),
                channel=dice.choice(codes.CHANNELS.codes),
                place=dice.choice(codes.PLACES.codes),
                affected_groups=(dice.choice(codes.AFFECTED_GROUPS.codes),),
                relation=dice.choice(codes.RELATIONS.codes),
                motives=(dice.choice(codes.MOTIVES.codes),),
                severity=dice.choice(codes.SEVERITIES.codes),
                unit=dice.choice(UNITS),
            ),
            urgency=dice.choice(codes.URGENCIES.codes),
            closed_version=closed + dice.randrange(2),
        )


def fill(database: Database, count: int, seed: int) -> int:
    """Put the roll-ups of the facts into the database; the number of rows."""
    counts: Counter[Cell] = Counter()
    for fact in facts(count, seed):
        counts.update(domain.cells(fact, scheme()))
    rows = list(counts.items())
    for start in range(0, len(rows), 5000):
        database.run(store.insert_all, dict(rows[start : start + 5000]))
    return len(rows)


def percentiles(run: Callable[[], Any], times: int) -> dict[str, float]:
    """Milliseconds of a call."""
    run()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return {"p50_ms": round(taken[times // 2], 3), "p99_ms": round(taken[times * 99 // 100], 3)}


def asking(settings: Settings, database: Database) -> Callable[[], Any]:
    """A GET of a month through the whole app."""
    key = KeyStore(settings.identity_url).create(
        sender="bench", scopes=("stats:internal",), municipalities=("16",), mode="live"
    )
    client = create_app(settings, database).test_client()
    headers = {"Authorization": f"Bearer {key}"}

    def ask() -> None:
        answer = client.get(f"/v1/summaries/{TOWNS[7]}/2024-06", headers=headers)
        assert answer.get_json()["total"] > 0

    return ask


def counting(database: Database, count: int) -> float:
    """CPU microseconds for one event, applied in batches of 100 with their commits."""
    told: list[Any] = []
    for number in range(count // 4):
        at = datetime(2026, 1 + number % 11, 3, tzinfo=UTC)
        subject = f"bench-{number}"
        told += [
            events.registered(subject, registered_at=at),
            events.assigned(subject, at=at),
            events.taken_over(subject, taken_over_at=at),
            events.closed(subject),
        ]

    def batch(tx: Transaction, some: list[Any]) -> None:
        for event in some:
            consume = service.subscriptions.consumer(QUEUE, type(event).type)
            assert consume is not None
            consume(tx, event)

    started = time.process_time()
    for start in range(0, len(told), 100):
        database.run(batch, told[start : start + 100])
    return round((time.process_time() - started) / len(told) * 1e6, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="an empty PostgreSQL database instead of SQLite")
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rueckhalt-bench-") as folder:
        url = chosen.url or f"sqlite:///{folder}/reporting.db"
        upgrade(url, service.migrations)
        database = Database(url, "reporting")
        settings = Settings(
            service="reporting",
            data=Path(folder),
            services=frozenset({"reporting"}),
            bus_url=f"rkbus:///{folder}/bus.db",
            identity_url=f"sqlite:///{folder}/identity.db",
        )
        rows = fill(database, chosen.incidents, chosen.seed)
        month, year = Period(2024, 6), Period(2024)
        ask = asking(settings, database)
        before, own = psutil.cpu_times(), psutil.Process().cpu_times()
        figures = {
            "bench": "summary",
            "database": database.dialect,
            "incidents": chosen.incidents,
            "rows": rows,
            "month": percentiles(
                lambda: database.read(handlers.summarise, month, TOWNS[7], view="internal"),
                chosen.times,
            ),
            "year": percentiles(
                lambda: database.read(handlers.summarise, year, TOWNS[7], view="internal"),
                max(chosen.times // 10, 100),
            ),
            "month_of_the_kreis": percentiles(
                lambda: database.read(handlers.summarise, month, "16077", view="internal"),
                max(chosen.times // 10, 100),
            ),
            "month_over_http": percentiles(ask, chosen.times),
            "cpu_us_per_event": counting(database, chosen.events),
        }
        print(json.dumps(figures | {"cpu_of_others": cpu_of_others(before, own)}))
        database.dispose()


def cpu_of_others(before: Any, own: Any) -> float:
    """The share of this machine's CPU time that went to other processes."""
    after, mine = psutil.cpu_times(), psutil.Process().cpu_times()
    busy = sum(after) - sum(before) - (after.idle - before.idle) - (after.iowait - before.iowait)
    ours = mine.user + mine.system - own.user - own.system
    return round(max(0.0, busy - ours) / max(sum(after) - sum(before), 0.001), 2)


if __name__ == "__main__":
    main()
