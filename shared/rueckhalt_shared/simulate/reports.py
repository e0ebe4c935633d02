# SPDX-License-Identifier: EUPL-1.2
"""From figures to single reports as a municipal system would send them: seeded, always the same.

Only the margins were published. Which office goes with which class, and the day within the year,
are drawn by the seed; what the publication does not tell is left out and counts as unknown.
"""

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_shared.simulate.figures import Figures, FormClass

_BERLIN = ZoneInfo("Europe/Berlin")
_OPENING, _CLOSING = 7 * 60, 18 * 60  # minutes of a day
UNKNOWN = "unknown"


def reports(figures: Figures, *, municipality: str, seed: int = 1) -> Iterator[dict[str, Any]]:
    """The bodies for `POST /v1/incidents`, in the order of their registration."""
    dice = random.Random(f"{figures.name}/{seed}")  # noqa: S311 - a replay, no secret
    classes = [each for each in figures.forms for _ in range(each.count)]
    units = [each.unit for each in figures.units for _ in range(each.count)]
    dice.shuffle(units)
    moments = [_moment(figures.year, dice) for _ in classes]
    drawn = sorted(zip(moments, classes, units, strict=True), key=lambda each: each[0])
    for number, (at, kind, unit) in enumerate(drawn, start=1):
        yield {
            "municipality": municipality,
            "reference": f"{figures.name}/{seed}/{number}",
            "registered_at": at.isoformat(),
            "occurred_at": at.date().isoformat(),
            "narrative": f"Demodaten: nachgestellt nach {figures.title}; {kind.published}.",
            **_coded(kind, unit),
        }


def _coded(kind: FormClass, unit: str) -> dict[str, Any]:
    given: dict[str, Any] = {"forms": [kind.form]}
    if kind.severity is not None:
        given["severity"] = kind.severity
    if kind.danger is not None:
        given["danger"] = [kind.danger]
    if unit != UNKNOWN:
        given["organisation_unit"] = unit
    return given


def _moment(year: int, dice: random.Random) -> datetime:
    """A minute of an office day: never near midnight or the change of the clocks."""
    first = datetime.combine(datetime(year, 1, 1).date(), time(), _BERLIN)  # noqa: DTZ001
    days = (first.replace(year=year + 1) - first).days
    minute = dice.randrange(_OPENING, _CLOSING)
    day = first + timedelta(days=dice.randrange(days))
    return day.replace(hour=minute // 60, minute=minute % 60)
