# SPDX-License-Identifier: EUPL-1.2
"""The file of rules that make a report strict; every fault stops the start, nothing is guessed."""

import re
from pathlib import Path
from typing import Any

import yaml

from rueckhalt_intake.strict.domain import PERSON, UNIT, Rule
from rueckhalt_intake.units import CODE
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.settings import BadSettings

_ALLOWED: dict[str, Any] = {
    "accused": (PERSON, UNIT),
    "affected_groups": codes.AFFECTED_GROUPS,
    "forms": codes.FORMS,
    "relation": codes.RELATIONS,
}
_SPELLED = {"accused_unit": CODE, "municipality": re.compile(r"\d{12}", re.ASCII)}


class BadRules(BadSettings):
    """The file of strict rules cannot be used; the text says why."""

    def __init__(self, path: Path, told: str) -> None:
        super().__init__([f"RUECKHALT_INTAKE_STRICT: {path}: {told}"])


def read_rules(path: Path, *, must_exist: bool) -> tuple[Rule, ...]:
    """The rules of the file; none where there is no file. Raises BadRules."""
    if not must_exist and not path.exists():
        return ()
    try:
        told = yaml.BaseLoader(path.read_text("utf-8")).get_single_data()  # every scalar is text
    except (OSError, UnicodeDecodeError) as error:
        raise BadRules(path, type(error).__name__) from None
    except yaml.YAMLError:
        raise BadRules(path, "no YAML") from None
    if not isinstance(told, dict) or list(told) != ["strict"] or not _is_list(told["strict"], dict):
        raise BadRules(path, "must be one list of rules named strict")
    return tuple(_rule(path, n, each) for n, each in enumerate(told["strict"], start=1))


def _rule(path: Path, number: int, told: dict[str, Any]) -> Rule:
    known = (*_ALLOWED, *_SPELLED)
    if not set(told) - {"municipality"} or not set(told) <= set(known):
        raise BadRules(path, f"rule {number}: must name some of {', '.join(known)}")
    for name, values in told.items():
        if not _is_list(values, str) or not values:
            raise BadRules(path, f"rule {number}: {name}: must be a list of codes")
        wrong = [each for each in values if not _is_known(name, each)]
        if wrong:
            choice = f"; known: {', '.join(_ALLOWED[name])}" if name in _ALLOWED else ""
            raise BadRules(path, f"rule {number}: {name}: unknown {', '.join(wrong)}{choice}")
    return Rule(**{name: frozenset(values) for name, values in told.items()})


def _is_known(name: str, value: str) -> bool:
    if name in _ALLOWED:
        return value in _ALLOWED[name]
    return _SPELLED[name].fullmatch(value) is not None


def _is_list(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)
