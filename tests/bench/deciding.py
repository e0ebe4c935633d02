# SPDX-License-Identifier: EUPL-1.2
"""One decision by 200 rules beside three rule engines of PyPI, and a plan with 2,000 rules.

    python -m tests.bench.deciding

Everybody decides the same random cells by the same rules in the same run; the peers live in an
environment of their own and look their rules through from the top. Prints JSON lines: CPU
microseconds of a decision; for the large plan seconds to read, to compile and to prove its table,
and the memory of the process.
"""

import argparse
import json
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_routing.plan.handlers import draft_of
from rueckhalt_routing.plan.writing import to_yaml
from rueckhalt_routing.proof.covering import TooTangled
from rueckhalt_routing.proving.tables import Laid, told_of_table
from tests.bench.environments import PEERS, environment_of
from tests.bench.proof import city

_ENGINES = ("zen", "cel", "rule_engine")
_GROUPS = (
    *("staff_front", "staff_field", "staff_back", "rescue", "management"),
    *("volunteer", "apprentice", "contractor", "family", "institution"),
)


def beside(cells: int, turns: int) -> Iterator[dict[str, Any]]:
    """Ours and the peers on the same cells."""
    plan = draft_of(json.dumps(city(absences=0))).plan
    compiled = compile_plan(plan, id="bench", version=1)
    dice = random.Random(1)
    drawn = [tuple(dice.randrange(d.size) for d in compiled.dimensions) for _ in range(cells)]
    spent, expected = [], []
    for _ in range(turns):
        start = time.process_time()
        expected = [compiled.table.decide(cell) for cell in drawn]
        spent.append(time.process_time() - start)
    us = round(min(spent) / cells * 1e6, 2)
    yield {"bench": "deciding", "who": "rueckhalt", "rules": len(compiled.rules),
           "decision_us": us, "wrong": 0}  # fmt: skip
    task = {
        "rules": [{name: list(values) for name, values in r.when.items()} for r in compiled.rules],
        "cells": [_named(compiled, cell) for cell in drawn],
        "expected": expected,
        "turns": turns,
    }
    python = environment_of("deciding") / "bin/python"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.json"
        file.write_text(json.dumps(task), "utf-8")
        for engine in _ENGINES:
            command = [str(python), str(PEERS / "deciding/app.py"), str(file), engine]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            yield {"bench": "deciding", "who": engine, "rules": len(compiled.rules),
                   **json.loads(done.stdout)}  # fmt: skip


def _named(compiled: CompiledPlan, cell: tuple[int, ...]) -> dict[str, str]:
    return {d.name: d.values[v] for d, v in zip(compiled.dimensions, cell, strict=True)}


def large() -> dict[str, Any]:
    """The city with two thousand rules: each of its rules told apart by ten groups."""
    document = city(absences=0)
    own, last = document["rules"][:-1], document["rules"][-1]
    document["rules"] = [
        rule | {"code": f"{rule['code']}_{group}"[:40], "when": rule["when"] | {"group": [group]}}
        for group in _GROUPS
        for rule in own
    ] + [last]
    text = to_yaml(document)
    start = time.process_time()
    draft = draft_of(text)
    read = time.process_time()
    compile_plan(draft.plan, id="bench", version=1)
    compiled = time.process_time()
    try:
        told = f"{len(list(told_of_table(Laid(draft.plan))))} findings and hints"
    except TooTangled as tangled:
        told = f"too tangled: {tangled.boxes} boxes"
    proved = time.process_time()
    return {
        "bench": "deciding",
        "who": "large plan",
        "rules": len(draft.plan.rules),
        "read_s": round(read - start, 2),
        "compile_s": round(compiled - read, 2),
        "table_s": round(proved - compiled, 2),
        "told": told,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=2_000)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    for row in (*beside(given.cells, given.turns), large()):
        print(json.dumps(row | {"load": round(psutil.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
