# SPDX-License-Identifier: EUPL-1.2
"""The dimensions of a summary, in the order they are shown, and how their values read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rueckhalt_reporting.summaries.domain import Band, Period
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.codes import CodeList
from rueckhalt_shared.messages import Catalogue

LANGUAGES = ("de", "en", "einfach")

# Without a code list the labels are in this package's messages, or the code is shown as it is.
DIMENSIONS: Mapping[str, CodeList | None] = {
    "forms": codes.FORMS,
    "forms_all": codes.FORMS,
    "outer_class": codes.OUTER_FORMS,
    "severity": codes.SEVERITIES,
    "danger_level": codes.DANGER_LEVELS,
    "urgency": codes.URGENCIES,
    "unit": None,
    "cluster": None,
    "place": codes.PLACES,
    "channel": codes.CHANNELS,
    "affected_groups": codes.AFFECTED_GROUPS,
    "affected_groups_all": codes.AFFECTED_GROUPS,
    "relation": codes.RELATIONS,
    "motives": codes.MOTIVES,
    "motives_all": codes.MOTIVES,
    "reporter_kind": codes.REPORTER_KINDS,
    "status": None,
    "close_reason": codes.CLOSE_REASONS,
    "feedback": None,
    "responsibility": None,
    "taken_over": None,
    "minutes_to_take_over": None,
    "escalations": None,
    "notices": None,
}
# Every value of a list is counted here, so their sum may pass the total.
OVERLAPPING = frozenset({"forms_all", "affected_groups_all", "motives_all"})
_OWN = ("status", "feedback", "responsibility", "taken_over", "escalations", "notices")


def text(message: str, lang: str, **values: Any) -> str:
    """A text of this service."""
    return Catalogue.of_package("rueckhalt_reporting").text(message, lang, **values)


def dimension_label(dimension: str, lang: str) -> str:
    """What a dimension is called."""
    return text(f"dimension.{dimension}", lang)


def value_label(dimension: str, value: str, lang: str, units: Mapping[str, str]) -> str:
    """What a value is called; units and clusters carry the municipality's own codes.

    `units` are the labels it has given to its units; a code without one is made readable.
    """
    listed = DIMENSIONS.get(dimension)
    if listed is not None:
        return listed.label(value, lang)
    if dimension in _OWN:
        return text(f"value.{dimension}.{value}", lang)
    if dimension == "minutes_to_take_over":
        return text("value.minutes", lang, minutes=value)
    if value == "unknown":
        return text("value.unknown", lang)
    return units.get(value, readable(value)) if dimension == "unit" else readable(value)


def readable(code: str) -> str:
    """`rathaus_empfang` as "Rathaus empfang"."""
    words = code.replace("_", " ").strip()
    return f"{words[:1].upper()}{words[1:]}"


def ordered(dimension: str, counts: Mapping[str, int]) -> dict[str, int]:
    """The counts in the order of the code list; numbers rising, the rest by count."""
    listed = DIMENSIONS.get(dimension)
    if listed is not None:
        return dict(sorted(counts.items(), key=lambda item: (listed.order(item[0]), item[0])))
    if all(value.partition("_")[0].isdigit() for value in counts):
        return dict(sorted(counts.items(), key=lambda item: int(item[0].partition("_")[0])))
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def heading(period: Period, lang: str) -> str:
    """The period in words."""
    if period.month is None:
        return text("heading.year", lang, year=period.year)
    return text("heading.month", lang, month=text(f"month.{period.month}", lang), year=period.year)


def month_text(month: str, lang: str) -> str:
    """The name of a month that is spelled `2026-10`."""
    return text(f"month.{int(month[-2:])}", lang)


def count_text(count: int | Band, lang: str) -> str:
    """A count, or a band in words."""
    if isinstance(count, int):
        return str(count)
    if count.upper is None:
        return text("band.open", lang, lower=count.lower)
    return text("band.closed", lang, lower=count.lower, upper=count.upper)


def number(value: float | None, lang: str) -> str:
    """A number as the language writes it, without an empty decimal."""
    written = f"{value or 0:g}"
    return written if lang == "en" else written.replace(".", ",")


def date_text(at: datetime, lang: str) -> str:
    """A day in words."""
    return text("date", lang, day=at.day, month=text(f"month.{at.month}", lang), year=at.year)
