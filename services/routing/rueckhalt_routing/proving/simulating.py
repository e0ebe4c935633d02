# SPDX-License-Identifier: EUPL-1.2
"""A table of cases through a plan, and beside another one: who would be told, how soon."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.proving.explaining import as_document
from rueckhalt_routing.proving.people import Reach, reach_of
from rueckhalt_routing.proving.told import clock, lasting
from rueckhalt_routing.proving.trying import NotACase, Trial, case_of, trial_of

_MOST = 100_000


class BadCase(Exception):
    """A line of the table is no case; says which line and why."""


def simulated(
    table: str, plan: Plan, former: Plan | None, *, now: datetime, language: str
) -> tuple[dict[str, Any], list[str]]:
    """Figures for `--json`, and lines for people. Raises BadCase."""
    lines = list(_lines(table, plan, now))
    if not lines:
        raise BadCase("no cases")
    trials = _trials(plan, [case for _, case in lines])
    before = _trials(former, [case for _, case in lines]) if former else None
    rows, words = [], []
    for index, ((number, _), (trial, reach)) in enumerate(zip(lines, trials, strict=True)):
        old = before[index][0] if before else None
        moved = old is not None and _way(old) != _way(trial)
        rows.append({"line": number, "elsewhere": moved, **as_document(trial)})
        words.append(_line(number, trial, reach, old=old if moved else None, language=language))
    document = {
        "cases": len(rows),
        "late": sum(row["late"] for row in rows),
        "elsewhere": sum(row["elsewhere"] for row in rows),
        "results": rows,
    }
    return document, [*words, _total(document, compared=former is not None, language=language)]


def _lines(table: str, plan: Plan, now: datetime) -> Iterator[tuple[int, Case]]:
    table = table.removeprefix("\ufeff")
    head = table.partition("\n")[0]
    between = ";" if ";" in head and "," not in head else ","  # a German spreadsheet writes `;`
    reader = csv.DictReader(io.StringIO(table), delimiter=between)
    try:
        for row in reader:
            if reader.line_num > _MOST:
                raise BadCase(f"> {_MOST}")
            if None in row or None in row.values():
                raise BadCase(f"{reader.line_num}: columns")
            yield reader.line_num, case_of(row, plan, now)
    except NotACase as error:
        raise BadCase(f"{reader.line_num}: {error}") from None
    except csv.Error as error:
        raise BadCase(f"{reader.line_num}: {error}") from None


def _trials(plan: Plan, cases: list[Case]) -> list[tuple[Trial, Reach]]:
    compiled: CompiledPlan = compile_plan(plan, id="trial", version=0)
    instants = [case.registered_at for case in cases]
    days = (max(instants) - min(instants)) // timedelta(days=1) + 1
    if days > 3660:
        raise BadCase("at: > 10 years between the first and the last case")
    reach = reach_of(plan, min(instants), days)
    return [(trial_of(case, compiled, reach), reach) for case in cases]


def _way(trial: Trial) -> tuple[str, tuple[str, ...]]:
    """Where a case goes: the chain and the people it tells first."""
    return trial.decision.chain, tuple(told.member.key for told, after in trial.told if not after)


def _line(number: int, trial: Trial, reach: Reach, *, old: Trial | None, language: str) -> str:
    german = language == "de"
    at = clock(int(trial.case.registered_at.timestamp()), reach.zone, language)
    names = ", ".join(told.member.name for told, after in trial.told if not after)
    if trial.first is None:
        knows = "niemand erfährt davon" if german else "nobody ever knows"
    else:
        knows = f"{'bekannt nach' if german else 'known after'} {lasting(trial.first)}"
    late = (" – ZU SPÄT" if german else " – LATE") if trial.is_late else ""
    said = f"{number}: {at}: {trial.decision.verdict.leading.code} → {names}, {knows}{late}"
    if old is not None:
        former = ", ".join(told.member.name for told, after in old.told if not after)
        said += f" ({'bisher' if german else 'before'}: {former})"
    return said


def _total(document: dict[str, Any], *, compared: bool, language: str) -> str:
    cases, late, moved = (document[name] for name in ("cases", "late", "elsewhere"))
    if language == "de":
        said = f"{cases} Vorfälle, {late} zu spät"
        return said + (f", {moved} von {cases} gingen woandershin" if compared else "")
    said = f"{cases} incidents, {late} late"
    return said + (f", {moved} of {cases} would go elsewhere" if compared else "")
