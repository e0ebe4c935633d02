# SPDX-License-Identifier: EUPL-1.2
"""How long does the proof of a city's plan take, and one decision by the proved table?

    python -m tests.bench.proof            # 200 rules, 60 people, 40 chains, 8 rotas, 400 days

Prints one JSON line: CPU milliseconds (the best of some turns) of the table alone, of the whole
proof with people and time, of the proof after one more absence, of the independent verifier; and
microseconds of one decision. `others` is the share of the cores that other programs took.
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psutil

from rueckhalt_routing.duty.domain import Away, Facts
from rueckhalt_routing.plan.compiled import compile_plan
from rueckhalt_routing.plan.handlers import Draft, draft_of
from rueckhalt_routing.plan.vocabulary import FORMS, ROLES, dimensions
from rueckhalt_routing.proof.certificate import canonical
from rueckhalt_routing.proof.verify import faults
from rueckhalt_routing.proving.concluding import prove, recheck
from rueckhalt_routing.proving.tables import Laid, told_of_table

START = datetime(2026, 11, 23, 7, tzinfo=UTC)
PEOPLE, CHAINS, UNITS, RULES, ROTAS = 60, 40, 40, 200, 8


def city(seed: int = 5, *, absences: int = 120) -> dict[str, Any]:
    """A plan of a made-up city: each unit has a chain of its own and five rules."""
    dice = random.Random(seed)
    people = [f"p{number}" for number in range(PEOPLE)]
    units = [f"unit{number}" for number in range(UNITS)]
    groups = [FORMS[place::5] for place in range(RULES // UNITS)]
    return {
        "format": "1",
        "municipality": "160770999999",
        "catch_all": {"person": people[0], "stand_in": people[1]},
        "units": units,
        "persons": [
            {"key": key, "name": key.upper()}
            | ({"reachable": ["office_hours", "fringe"]} if number % 3 == 2 else {})
            for number, key in enumerate(people)
        ],
        "roles": {
            role: {"holder": people[i % PEOPLE], "stand_ins": [people[(i + 7) % PEOPLE]]}
            for i, role in enumerate(ROLES)
        },
        "chains": {
            f"chain{number}": {
                "steps": [
                    {"targets": [{"rota": f"rota{number % ROTAS}"}]},
                    *({"targets": [{"person": p}]} for p in dice.sample(people, 4)),
                ]
            }
            for number in range(CHAINS)
        },
        "rules": [
            {
                "code": f"{unit}_{place}",
                "tier": "2",
                "when": {"unit": [unit], "form": list(forms)},
                "then": {"chain": f"chain{number % CHAINS}", "steps": [f"step{place}"]},
            }
            for number, unit in enumerate(units)
            for place, forms in enumerate(groups)
        ]
        + [{"code": "auffang", "tier": "3", "then": {"chain": "chain0"}}],
        "rotas": {
            f"rota{number}": {
                "members": dice.sample(people, 6),
                "every": "7 d",
                "starts": "2026-11-20 14:00",
                "windows": [
                    {"days": ["mon", "tue", "wed", "thu"], "from": "16:00", "until": "08:00"},
                    {"days": ["fri"], "from": "14:00", "until": "08:00"},
                    {"days": ["sat", "sun", "holiday"], "from": "08:00", "until": "08:00"},
                ],
            }
            for number in range(ROTAS)
        },
        "absences": list(_absences(dice, people, absences)),
    }


def _absences(dice: random.Random, people: list[str], count: int) -> Iterator[dict[str, str]]:
    """So many, none of which overlaps another one of the same person."""
    known: list[dict[str, str]] = []
    while len(known) < count:
        new = _absence(dice, dice.choice(people))
        mine = [each for each in known if each["person"] == new["person"]]
        if all(new["until"] < each["from"] or each["until"] < new["from"] for each in mine):
            known.append(new)
            yield new


def _absence(dice: random.Random, person: str) -> dict[str, str]:
    first = date(2026, 11, 23) + timedelta(days=dice.randrange(380))
    last = first + timedelta(days=dice.randrange(1, 20))
    return {"person": person, "from": first.isoformat(), "until": last.isoformat()}


def best(work: Callable[[], object], turns: int) -> float:
    """CPU milliseconds of the quickest turn; they vary less than the clock on a shared machine."""
    spent = []
    for _ in range(turns):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return round(min(spent) * 1000, 2)


def deciding(draft: Draft) -> float:
    """Microseconds of one decision by the table of a plan."""
    compiled = compile_plan(draft.plan, id="bench", version=1)
    dice = random.Random(1)
    cells = [tuple(dice.randrange(d.size) for d in compiled.dimensions) for _ in range(20_000)]
    start = time.process_time()
    for cell in cells:
        compiled.table.decide(cell)
    return round((time.process_time() - start) / len(cells) * 1e6, 2)


def measured(turns: int) -> dict[str, Any]:
    """All figures of the city."""
    draft = draft_of(json.dumps(city()))
    start = START + timedelta(days=100)
    away = Facts(away=(Away(person="p7", start=start, end=start + timedelta(days=9)),))
    proof = prove(draft, START)
    certificate = json.loads(canonical(proof.certificate)) if proof.certificate else {}
    domain = [(d.name, d.values) for d in dimensions(draft.plan.units)]
    return {
        "bench": "proof",
        "rules": len(draft.plan.rules),
        "boxes": len(certificate.get("boxes", ())),
        "findings": len(proof.findings),
        "table_ms": best(lambda: list(told_of_table(Laid(draft.plan))), turns),
        "whole_ms": best(lambda: prove(draft, START), turns),
        "one_absence_more_ms": best(lambda: recheck(proof, away), turns),
        "verify_ms": best(lambda: list(faults(draft.document, domain, certificate)), turns),
        "decision_us": deciding(draft),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    own, busy = psutil.Process().cpu_times(), psutil.cpu_times()
    start = time.perf_counter()
    row = measured(turns)
    spent, mine, all_ = (
        time.perf_counter() - start,
        psutil.Process().cpu_times(),
        psutil.cpu_times(),
    )
    used = sum(all_[:3]) - sum(busy[:3]) - (mine.user + mine.system - own.user - own.system)
    print(json.dumps(row | {"others": round(max(0.0, used) / spent, 2)}))


if __name__ == "__main__":
    main()
