# SPDX-License-Identifier: EUPL-1.2
"""All benches, one after another: figures, never assertions.

    python -m tests.bench                        # everything, about twenty minutes
    python -m tests.bench --short                # everything in small, about five
    python -m tests.bench --only accept,way      # some of them
    python -m tests.bench --lines figures.jsonl  # keep the JSON lines as well

Each figure comes with `others`: the cores that programs of others used meanwhile. On a shared
machine a rate with more than 0.2 there says little.
"""

import argparse
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench import accept, cost, kills, opening, paint, start, way
from tests.bench.machine import versions
from tests.bench.running import ROOT
from tests.bench.tables import table

Row = dict[str, Any]
SUMMARY = ("--times", "500", "--events", "2000")


def benches(*, short: bool) -> dict[str, Callable[[Path], Iterator[Row]]]:
    """What can be asked for by `--only`."""
    accepting = accept.Length(2.0, 2) if short else accept.Length()
    going = way.Length(4.0, 1) if short else way.Length()
    killing = kills.Length(6.0, silence=6.0) if short else kills.Length(seconds=12.0, kills=3)
    costing = cost.Length(100, 5) if short else cost.Length()
    bus = ("--seconds", "1") if short else ("--seconds", "3")
    return {
        "accept": lambda folder: accept.bench(folder, accepting),
        "cost": lambda folder: cost.bench(folder, costing),
        "opening": lambda folder: opening.bench(
            folder, opening.Length(60, 100) if short else opening.Length()
        ),
        "way": lambda folder: way.bench(folder, going),
        "kills": lambda folder: kills.bench(folder, killing),
        "start": lambda folder: start.bench(folder, start.Length(1 if short else 3)),
        "paint": lambda folder: paint.bench(folder, paint.Length(5) if short else paint.Length()),
        "bus": lambda _: _program("tests.bench.bus", *bus),
        "summary": lambda _: _program("tests.bench.summary", *SUMMARY),
        "proof": lambda _: _program("tests.bench.proof"),
        "deciding": lambda _: _program("tests.bench.deciding"),
    }


def _program(module: str, *arguments: str) -> Iterator[Row]:
    """A bench that is a program of its own and prints JSON lines."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode != 0:
        yield {"bench": module, "failed": done.stderr.strip().splitlines()[-1:]}
    for line in done.stdout.splitlines():
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = tuple(benches(short=True))
    parser.add_argument("--only", help=f"some of {', '.join(names)}, by commas")
    parser.add_argument("--short", action="store_true", help="short runs, one turn each")
    parser.add_argument("--lines", type=Path, help="append the JSON lines to this file")
    chosen = parser.parse_args()
    wanted = chosen.only.split(",") if chosen.only else names
    unknown = set(wanted) - set(names)
    if unknown:
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped
    print(json.dumps({"versions": versions()}))
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix=f"rueckhalt-{name}-") as folder:
            _run(benches(short=chosen.short)[name](Path(folder)), chosen.lines)


def _run(found: Iterator[Row], lines: Path | None) -> None:
    rows = []
    for row in found:
        line = json.dumps(row)
        print(line, flush=True)
        rows.append(row)
        if lines is not None:
            with lines.open("a") as book:
                book.write(line + "\n")
    print(table(rows), flush=True)


if __name__ == "__main__":
    main()
