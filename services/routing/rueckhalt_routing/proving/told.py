# SPDX-License-Identifier: EUPL-1.2
"""What a proof tells people: findings that want something done, and hints that may stay."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_routing.plan.calendar import TIME_CLASSES
from rueckhalt_routing.proof.clock import wall_of
from rueckhalt_routing.proof.table import Dimension
from rueckhalt_routing.proof.wording import Speech
from rueckhalt_shared.contracts import codes

_LISTS = {
    "form": codes.FORMS,
    "group": codes.AFFECTED_GROUPS,
    "urgency": codes.URGENCIES,
    "relation": codes.RELATIONS,
    "wish": codes.WISHES,
}
_NAMES = {
    "de": {
        "form": "Form",
        "group": "Betroffene",
        "urgency": "Dringlichkeit",
        "relation": "Quelle",
        "bias": "Vorurteilsmotiv",
        "wish": "Wunsch",
        "unit": "Bereich",
        "time_class": "Zeit",
    },
    "en": {
        "form": "form",
        "group": "affected",
        "urgency": "urgency",
        "relation": "source",
        "bias": "bias motive",
        "wish": "wish",
        "unit": "unit",
        "time_class": "time",
    },
}
_BIAS = {
    "de": {"set": "mit Vorurteilsmotiv", "none": "ohne Vorurteilsmotiv"},
    "en": {"set": "with bias motive", "none": "without bias motive"},
}
_TIMES = {
    "de": ("zur Öffnungszeit", "am Rand des Arbeitstags", "nachts", "am Wochenende", "feiertags"),
    "en": ("in office hours", "early or late on a workday", "at night", "at weekends", "holidays"),
}
_CRISIS = {"de": "in einer Krise", "en": "in a crisis"}
_DAYS = {
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


@dataclass(frozen=True)
class Told:
    """One thing a proof has found: a stable code, two sentences, and the figures behind them."""

    code: str
    de: str
    en: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    is_hint: bool = False

    def words(self, language: str = "de") -> str:
        """The sentence for a person."""
        return self.de if language == "de" else self.en

    def as_dict(self, language: str = "de") -> dict[str, Any]:
        """For `--json`."""
        return {"code": self.code, "told": self.words(language), **self.detail}


def speech(dimensions: tuple[Dimension, ...], language: str) -> Speech:
    """The words for cells of a plan, from the labels of the published codes."""
    labels = {
        (name, code): _short(found.label(code, language))
        for name, found in _LISTS.items()
        for code in found.codes
    }
    labels |= {("bias", code): label for code, label in _BIAS[language].items()}
    times = (*_TIMES[language], _CRISIS[language])
    labels |= {("time_class", code): t for code, t in zip(TIME_CLASSES, times, strict=True)}
    unknown = "unbekannt" if language == "de" else "unknown"
    labels |= {(name, "unknown"): f"{said} {unknown}" for name, said in _NAMES[language].items()}
    return Speech(dimensions, _NAMES[language], labels, language)


def _short(label: str) -> str:
    """The first words of a label, so that a list of them can be read."""
    return re.split(r" \(|,|: ", label)[0].rstrip(".")


def clock(instant: int, zone: ZoneInfo, language: str = "de") -> str:
    """`Sa 26.12.2026 22:10`, as a clock on the wall there reads."""
    wall: datetime = wall_of(instant, zone)
    return f"{_DAYS[language][wall.weekday()]} {wall:%d.%m.%Y %H:%M}"


def lasting(seconds: int) -> str:
    """`10 min`, `2 h 5 min` or `72 h`; what is begun counts as a whole minute."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    if hours and minutes:
        return f"{hours} h {minutes} min"
    return f"{hours} h" if hours else f"{minutes} min"
