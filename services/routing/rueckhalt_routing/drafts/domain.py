# SPDX-License-Identifier: EUPL-1.2
"""What a draft of a plan is, what a check of it says, and when it may be published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

OPEN, PUBLISHED, DROPPED = "open", "published", "dropped"
GREEN, AMBER, RED = "green", "amber", "red"
EMERGENCY_FOR = timedelta(hours=72)
NEAR = timedelta(days=14)
"""A hole inside this time keeps a plan from being published and turns its light amber."""
_SERIOUS = frozenset({"gap", "overlap", "tangled"})


class NoSuchDraft(Exception):
    """There is no such draft within the caller's reach."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed the draft since this page was loaded."""


class SamePerson(Exception):
    """Whoever has worked on a draft does not publish it: that takes a second person."""


class NotReady(Exception):
    """The draft may not be published; says why, as ids of texts with their values."""

    def __init__(self, reasons: Sequence["Reason"]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(", ".join(reason.code for reason in reasons))


@dataclass(frozen=True)
class Reason:
    """Why something is so: the id of a text, and the sentence of the proof behind it, if any."""

    code: str
    told: Mapping[str, str] = field(default_factory=dict)
    """The sentence by language; empty where the code says it all."""


@dataclass(frozen=True, kw_only=True)
class PlanDraft:
    """A plan that does not count yet, as text. Whoever has saved it is one of its authors."""

    id: str
    municipality: str
    name: str
    source: str
    based_on: str | None
    state: str = OPEN
    authors: tuple[str, ...]
    emergency_by: str | None = None
    emergency_reason: str | None = None
    created_at: datetime
    changed_at: datetime
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Check:
    """What the proof has said about one text of a plan; it holds for that text only."""

    id: str
    municipality: str
    hash: str
    checked_at: datetime
    valid_until: datetime | None
    findings: tuple[Mapping[str, Any], ...]
    certificate: Mapping[str, Any] | None

    @property
    def refusals(self) -> tuple[Reason, ...]:
        """What keeps such a plan from being published."""
        return tuple(
            Reason("refused." + each["code"], _sentences(each))
            for each in self.findings
            if not each["is_hint"] and self._refuses(each)
        )

    def _refuses(self, each: Mapping[str, Any]) -> bool:
        if each["code"] in _SERIOUS:
            return True
        if each["code"] != "gap_in_time":
            return bool(each["code"] == "late")
        first = _first(each)
        return bool(each.get("conflict")) or first is None or first < self._near

    @property
    def _near(self) -> float:
        return (self.checked_at + NEAR).timestamp()

    @property
    def worst(self) -> Mapping[str, Mapping[str, int | None]]:
        """The longest waits until one and two humans know, by urgency."""
        found: Mapping[str, Any] = (self.certificate or {}).get("worst_by_urgency", {})
        return found

    def of_code(self, *codes: str) -> tuple[Mapping[str, Any], ...]:
        """The findings of these kinds."""
        return tuple(each for each in self.findings if each["code"] in codes)


@dataclass(frozen=True)
class Light:
    """Green, amber or red, and why."""

    colour: str
    reasons: tuple[Reason, ...] = ()


def light_of(check: Check | None, *, now: datetime) -> Light:
    """How a draft stands now, by what the newest check of its text has said."""
    if check is None:
        return Light(RED, (Reason("light.unchecked"),))
    if check.certificate is None or check.valid_until is None or check.valid_until <= now:
        reasons = check.refusals or (Reason("light.no_certificate"),)
        return Light(RED, reasons)
    amber = [
        *(Reason("light.weak", _sentences(each)) for each in check.of_code("weak")),
        *(Reason("light.single", _sentences(each)) for each in check.of_code("single_person")),
    ]
    if check.valid_until <= now + NEAR:
        amber.append(Reason("light.ends_soon"))
    return Light(AMBER, tuple(amber)) if amber else Light(GREEN)


def _sentences(finding: Mapping[str, Any]) -> dict[str, str]:
    return {"de": finding["de"], "en": finding["en"]}


def _first(finding: Mapping[str, Any]) -> float | None:
    """The first instant of a hole in time; none where the finding has none."""
    spans = finding.get("spans")
    return float(spans[0][0]) if spans else None
