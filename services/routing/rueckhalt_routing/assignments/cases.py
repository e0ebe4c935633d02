# SPDX-License-Identifier: EUPL-1.2
"""What routing knows of an incident, and where it lies in the finite space of the plan."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any

from rueckhalt_routing.plan.calendar import time_class
from rueckhalt_routing.plan.domain import Calendar
from rueckhalt_routing.proof.table import Dimension

UNKNOWN = "unknown"
_WISHES = ("anonymous", "advice_only", "complaint", "contact")
_LEVELS = {"u0": 0, "u1": 1, "u2": 2, UNKNOWN: 2, "u3": 3}


@dataclass(frozen=True, kw_only=True)
class Case:
    """The coded facts of one incident. No narrative, no name."""

    municipality: str
    registered_at: datetime
    forms: tuple[str, ...] = ()
    affected_groups: tuple[str, ...] = ()
    relation: str = UNKNOWN
    bias: str = UNKNOWN
    severity: int | None = None
    danger_level: str = UNKNOWN
    wishes: tuple[str, ...] = ()
    unit: str = UNKNOWN
    excluded: frozenset[str] = field(default_factory=frozenset)
    exclude_supervisor: bool = False
    excluded_unit: str | None = None
    in_crisis: bool = False
    """Was it held when a crisis began? Then the rules of a crisis decide, whenever it came."""


def urgency_of(severity: int | None, danger_level: str) -> str:
    """How fast somebody must act, from what happened and what may come."""
    if severity == 3 or danger_level == "acute":
        return "u3"
    if severity == 2 or danger_level == "high":
        return "u2"
    if severity is None:
        return UNKNOWN
    return "u1" if severity == 1 else "u0"


def rises(before: str, after: str) -> bool:
    """Is the second urgency higher? An unknown one counts like u2."""
    return _LEVELS.get(after, 2) > _LEVELS.get(before, 2)


def bias_of(motives: Iterable[str], hate_motives: Collection[str]) -> str:
    """Only whether a bias motive is named; which one is not needed and not kept."""
    named = set(motives) - {UNKNOWN}
    if named & set(hate_motives):
        return "set"
    return "none" if named else UNKNOWN


def wish_of(wishes: Collection[str]) -> str:
    """The first wish in the order in which it binds."""
    return next((wish for wish in _WISHES if wish in wishes), UNKNOWN)


def answers(
    case: Case, space: Sequence[Dimension], calendar: Calendar
) -> dict[str, tuple[str, ...]]:
    """The case's values per dimension; forms and groups may be several, the rest is one."""
    given = {
        "form": case.forms,
        "group": case.affected_groups,
        "urgency": (urgency_of(case.severity, case.danger_level),),
        "relation": (case.relation,),
        "bias": (case.bias,),
        "wish": (wish_of(case.wishes),),
        "unit": (case.unit,),
        "time_class": (time_class(case.registered_at, calendar),),
    }
    return {dimension.name: _known(dimension, given[dimension.name]) for dimension in space}


def _known(dimension: Dimension, values: Iterable[str]) -> tuple[str, ...]:
    """Values outside the dimension count as unknown, never as an error."""
    positions = dimension.positions
    named = {value if value in positions else UNKNOWN for value in values} or {UNKNOWN}
    return tuple(sorted(named, key=lambda value: positions.get(value, 0)))


def cells(
    values: dict[str, tuple[str, ...]], space: Sequence[Dimension]
) -> Iterable[tuple[int, ...]]:
    """Every combination of the case's values, as positions in the table."""
    return product(*([d.positions[v] for v in values[d.name]] for d in space))


def as_document(case: Case) -> dict[str, Any]:
    """The case as JSON, kept with its decision so that it can be decided again."""
    return {
        **vars(case),
        "registered_at": case.registered_at.isoformat(),
        "excluded": sorted(case.excluded),
    }


def from_document(document: Mapping[str, Any]) -> Case:
    """A kept case."""
    lists = {name: tuple(document[name]) for name in ("forms", "affected_groups", "wishes")}
    return Case(
        **dict(document)
        | lists
        | {
            "registered_at": datetime.fromisoformat(document["registered_at"]),
            "excluded": frozenset(document["excluded"]),
        }
    )
