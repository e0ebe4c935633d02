# SPDX-License-Identifier: EUPL-1.2
"""What a draft of a plan is, and when it may be published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rueckhalt_routing.certificates.domain import OVERLAP, SOON, TANGLED, Conclusion

OPEN, PUBLISHED, DROPPED = "open", "published", "dropped"
EMERGENCY_FOR = timedelta(hours=72)
_SERIOUS = frozenset({"gap", OVERLAP, TANGLED})


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


def refusals_of(said: Conclusion) -> tuple[Reason, ...]:
    """What keeps a plan of which the proof has said this from being published."""
    near = (said.proved_at + SOON).timestamp()
    return tuple(
        Reason("refused." + each["code"], sentences(each))
        for each in said.findings
        if not each["is_hint"] and _refuses(each, near)
    )


def _refuses(each: Mapping[str, Any], near: float) -> bool:
    """A hole in time keeps it back when it is near, or where somebody is in conflict."""
    if each["code"] == "gap_in_time":
        return bool(each["conflict"]) or float(each["spans"][0][0]) < near
    return each["code"] in _SERIOUS


def warnings_of(said: Conclusion) -> tuple[Reason, ...]:
    """What a plan may be published with, but whoever publishes it should know: its people."""
    return tuple(
        Reason(each["code"], sentences(each))
        for each in said.findings
        if each["code"].startswith("lint_") or each["code"] == "single_person"
    )


def weak_of(said: Conclusion) -> tuple[Reason, ...]:
    """Cases that only the catch-all rule holds, and nobody has signed for it."""
    return tuple(Reason("weak", sentences(each)) for each in said.of_code("weak"))


def sentences(finding: Mapping[str, Any]) -> dict[str, str]:
    """What a finding says, by language."""
    return {"de": finding["de"], "en": finding["en"]}
