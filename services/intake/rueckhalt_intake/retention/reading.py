# SPDX-License-Identifier: EUPL-1.2
"""The file of deletion classes; every fault stops the run, nothing is guessed."""

from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import yaml

from rueckhalt_intake.retention.domain import BadClasses, Classes

_NEVER = "never"
_LONGEST = 1200  # months


def read_classes(path: Path | None) -> Classes:
    """The operator's file, else the defaults; raises BadClasses."""
    default = files("rueckhalt_intake") / "content" / "loeschkonzept.yaml"
    try:
        text = default.read_text("utf-8") if path is None else path.read_text("utf-8")
        told = yaml.BaseLoader(text).get_single_data()  # every scalar is text
    except (OSError, UnicodeDecodeError) as error:
        raise BadClasses(f"{path}: {type(error).__name__}") from None
    except yaml.YAMLError:
        raise BadClasses(f"{path}: no YAML") from None
    names = [each.name for each in fields(Classes)]
    if not isinstance(told, dict) or sorted(told) != sorted(names):
        raise BadClasses(f"must name exactly: {', '.join(names)}")
    return Classes(**{name: _months(name, told[name]) for name in names})


def _months(name: str, told: object) -> int | None:
    if told == _NEVER:
        return None
    if isinstance(told, str) and told.isdecimal() and 1 <= int(told) <= _LONGEST:
        return int(told)
    raise BadClasses(f"{name}: must be months (1 to {_LONGEST}) or {_NEVER}")
