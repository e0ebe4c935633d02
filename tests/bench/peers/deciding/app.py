# SPDX-License-Identifier: EUPL-1.2
"""One rule engine decides the cells of a file, as its own pages show it: rules from the top.

    python app.py FILE zen|rule_engine|cel

Prints one JSON line: microseconds of CPU a decision (the best of some turns), and how many
decisions differ from the expected ones.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Rule = dict[str, list[str]]
Decide = Callable[[dict[str, str]], int]


def with_cel(rules: list[Rule]) -> Decide:
    import cel

    programs = [
        cel.compile(" && ".join(f"{name} in {json.dumps(v)}" for name, v in r.items()) or "true")
        for r in rules
    ]

    def decide(cell: dict[str, str]) -> int:
        return next(n for n, program in enumerate(programs) if program.execute(cell))

    return decide


def with_rule_engine(rules: list[Rule]) -> Decide:
    import rule_engine

    known = [
        rule_engine.Rule(
            " and ".join(f"{name} in {json.dumps(v)}" for name, v in r.items()) or "true"
        )
        for r in rules
    ]

    def decide(cell: dict[str, str]) -> int:
        return next(n for n, rule in enumerate(known) if rule.matches(cell))

    return decide


def with_zen(rules: list[Rule]) -> Decide:
    import zen

    names = list(dict.fromkeys(name for rule in rules for name in rule))
    place = {"x": 0, "y": 0}
    inputs = [{"id": n, "name": n, "field": n, "type": "expression"} for n in names]
    rows: list[dict[str, str]] = [
        {"_id": str(number), "out": str(number)}
        | {name: ", ".join(json.dumps(v) for v in rule.get(name, [])) for name in names}
        for number, rule in enumerate(rules)
    ]
    table = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "out", "name": "rule", "field": "rule", "type": "expression"}],
        "rules": rows,
    }
    graph = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {"id": "table", "type": "decisionTableNode", "name": "table", "position": place,
             "content": table},
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }  # fmt: skip
    decision: Any = zen.ZenEngine().create_decision(json.dumps(graph))

    def decide(cell: dict[str, str]) -> int:
        return int(decision.evaluate(cell)["result"]["rule"])

    return decide


ENGINES = {"cel": with_cel, "rule_engine": with_rule_engine, "zen": with_zen}


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    decide = ENGINES[sys.argv[2]](task["rules"])
    spent = []
    for _ in range(task["turns"]):
        start = time.process_time()
        found = [decide(cell) for cell in task["cells"]]
        spent.append(time.process_time() - start)
    wrong = sum(a != b for a, b in zip(found, task["expected"], strict=True))
    us = round(min(spent) / len(found) * 1e6, 2)
    print(json.dumps({"decision_us": us, "wrong": wrong}))


if __name__ == "__main__":
    main()
