# SPDX-License-Identifier: EUPL-1.2
"""The gate "Bin ich in Gefahr?": eight answers, a level, and why. Nothing of it is kept."""

from collections.abc import Collection
from dataclasses import dataclass

from rueckhalt_shared.contracts.codes import DANGERS
from rueckhalt_shared.contracts.grading import danger_level

QUESTIONS: tuple[str, ...] = tuple(code for code in DANGERS if code != "unknown")
_EFFECTS = ("acute", "high", "shown")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How dangerous it may be, and which answers say so, the gravest first."""

    level: str
    reasons: tuple[str, ...]


def assess(ticked: Collection[str]) -> Answer:
    """What the ticked questions amount to."""
    known = [code for code in QUESTIONS if code in ticked]
    known.sort(key=lambda code: _EFFECTS.index(DANGERS[code].attributes["effect"]))
    return Answer(level=danger_level(known), reasons=tuple(known))
