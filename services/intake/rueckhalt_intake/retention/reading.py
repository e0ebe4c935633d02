# SPDX-License-Identifier: EUPL-1.2
"""The file of deletion classes; every fault stops the run, nothing is guessed."""

from dataclasses import fields
from datetime import date
from importlib.resources import files
from pathlib import Path

import yaml

from rueckhalt_intake.retention.domain import BadClasses, Classes, Concept

_AGREED = ("agreed_on", "agreed_by")
_NEVER = "never"
_LONGEST = 1200  # months


def read_classes(path: Path | None) -> Classes:
    """The classes of the operator's file, else the defaults; raises BadClasses."""
    return read_concept(path).classes


def read_concept(path: Path | None) -> Concept:
    """The classes, and who has agreed to them; raises BadClasses."""
    default = files("rueckhalt_intake") / "content" / "loeschkonzept.yaml"
    try:
        text = default.read_text("utf-8") if path is None else path.read_text("utf-8")
        told = yaml.BaseLoader(text).get_single_data()  # every scalar is text
    except (OSError, UnicodeDecodeError) as error:
        raise BadClasses(f"{path}: {type(error).__name__}") from None
    except yaml.YAMLError:
        raise BadClasses(f"{path}: no YAML") from None
    names = [each.name for each in fields(Classes)]
    if not isinstance(told, dict) or sorted({*told} - {*_AGREED}) != sorted(names):
        raise BadClasses(f"must name exactly: {', '.join(names)} (and may name who agreed)")
    on, by = (told.get(name) or None for name in _AGREED)
    if (on is None) != (by is None):
        raise BadClasses(f"{' and '.join(_AGREED)}: both or none")
    return Concept(
        classes=Classes(**{name: _months(name, told[name]) for name in names}),
        agreed_on=_day(on),
        agreed_by=_line(by),
    )


def _day(told: object) -> date | None:
    try:
        return date.fromisoformat(str(told)) if told is not None else None
    except ValueError:
        raise BadClasses("agreed_on: must be a day such as 2026-11-23") from None


def _line(told: object) -> str | None:
    if told is None or (isinstance(told, str) and len(told) <= 120 and told.isprintable()):
        return told
    raise BadClasses("agreed_by: must be one line of at most 120 characters")


def _months(name: str, told: object) -> int | None:
    if told == _NEVER:
        return None
    if isinstance(told, str) and told.isdecimal() and 1 <= int(told) <= _LONGEST:
        return int(told)
    raise BadClasses(f"{name}: must be months (1 to {_LONGEST}) or {_NEVER}")
