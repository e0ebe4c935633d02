# SPDX-License-Identifier: EUPL-1.2
"""What a proof leaves behind: a certificate with an end, gaps with an owner, and a light."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

RULE, OVERLAP, TIME, SINGLE, CONFLICT = "rule", "overlap", "time", "n1", "conflict"
KINDS = (RULE, OVERLAP, TIME, SINGLE, CONFLICT)
TANGLED = "tangled"
_KINDS = {"gap": RULE, "overlap": OVERLAP, "gap_in_time": TIME, "single_person": SINGLE}
REMINDED = (28, 14, 7, 3, 1, 0)
"""Days before a gap begins at which its owner is reminded; from then on each day."""
SOON = timedelta(days=14)
_DAY = timedelta(days=1)
STALE = timedelta(seconds=60)
GREEN, AMBER, RED = "green", "amber", "red"
LIGHTS = (GREEN, AMBER, RED)


@dataclass(frozen=True, kw_only=True)
class Hole:
    """One thing a proof has found that somebody must close; `key` names it from proof to proof."""

    key: str
    kind: str
    de: str
    en: str
    from_at: datetime | None = None
    until_at: datetime | None = None

    @property
    def is_told(self) -> bool:
        """Does an owner get a notice? A chain that hangs on one person is shown only."""
        return self.kind != SINGLE

    def words(self, language: str) -> str:
        """The sentence for a person."""
        return self.en if language == "en" else self.de


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """What the proof has said about a plan, be it a draft or in force: one proof, one light.

    Findings hold `code`, a sentence by language, `is_hint` and the figures behind them.
    """

    proved_at: datetime
    valid_until: datetime | None
    """None where the plan does not hold even now."""
    findings: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any] | None

    def of_code(self, *codes: str) -> tuple[Mapping[str, Any], ...]:
        """The findings of these kinds."""
        return tuple(each for each in self.findings if each["code"] in codes)

    @property
    def hints(self) -> tuple[Mapping[str, Any], ...]:
        """What may stay."""
        return tuple(each for each in self.findings if each["is_hint"])

    @property
    def holes(self) -> tuple[Hole, ...]:
        """Everything that wants somebody, each once; weak cells are no hole but want signing."""
        found = {hole.key: hole for each in self.findings for hole in _holes(each)}
        return tuple(found.values())

    @property
    def cells(self) -> "Cells":
        """The cases that are not held by a rule of their own."""
        weak = (self.document or {}).get("weak", {})
        none = sum(int(each["cells"]) for each in self.of_code("gap"))
        bare = sum(int(each["cells"]) for each in self.of_code("weak"))
        return Cells(none=none, weak=int(weak.get("cells", bare)), unsigned=bare)

    @property
    def worst(self) -> dict[str, int]:
        """Minutes until a human knows at worst, by urgency, conflicts of interest taken in.

        Begun minutes count as whole ones; an urgency at which nobody may ever know is left out.
        """
        found: dict[str, list[int | None]] = {}
        for name in ("worst_by_urgency", "worst_in_conflict"):
            for urgency, waits in (self.document or {}).get(name, {}).items():
                found.setdefault(urgency, []).append(waits["1"])
        return {
            urgency: -(-max(int(each or 0) for each in waits) // 60)
            for urgency, waits in found.items()
            if None not in waits
        }


@dataclass(frozen=True)
class Cells:
    """How many cases nobody holds, only the catch-all holds, and of these without a signature."""

    none: int
    weak: int
    unsigned: int


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A hole as a task: it has an owner and is reminded of until it is closed."""

    id: str
    municipality: str
    hole: Hole
    owner: str
    version: int
    found_at: datetime
    reminded: int | None = None
    """The smallest number of days before its begin at which somebody was told; negative after."""
    closed_at: datetime | None = None

    @property
    def is_told(self) -> bool:
        """Does its owner get a notice?"""
        return self.hole.is_told

    def begins_at(self) -> datetime:
        """When it begins: a case without a rule is one from the moment it was found."""
        return self.hole.from_at or self.found_at

    def has_begun(self, now: datetime) -> bool:
        """Is somebody missing already?"""
        return self.begins_at() <= now

    def reminder_due(self, now: datetime) -> int | None:
        """The reminder to be sent now, once for all that were missed; none if nothing is due."""
        if self.closed_at is not None or not self.is_told:
            return None
        left = -((now - self.begins_at()) // _DAY)  # begun days ahead, whole days behind
        due = left if left <= 0 else min((days for days in REMINDED if days >= left), default=None)
        if due is None or (self.reminded is not None and due >= self.reminded):
            return None
        return due


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The last proof of the plan in force; without a document the plan does not hold."""

    id: str
    municipality: str
    plan_id: str
    plan_version: int
    facts_version: int
    proved_at: datetime
    valid_until: datetime
    cells_weak: int
    cells_unsigned: int
    cells_none: int
    worst: Mapping[str, int] = field(default_factory=dict)
    """By urgency, the minutes until a human knows at worst."""
    document: str | None = None
    """The signed certificate as canonical JSON."""
    findings: tuple[Mapping[str, Any], ...] = ()
    inputs: Mapping[str, Any] | None = None
    """The facts of the day it was made with, by key; forgotten some time after it is void."""
    void_at: datetime | None = None
    void_reason: str | None = None

    @property
    def conclusion(self) -> Conclusion:
        """What the proof has said."""
        document = json.loads(self.document) if self.document is not None else None
        return Conclusion(
            proved_at=self.proved_at,
            valid_until=self.valid_until if document is not None else None,
            findings=self.findings,
            document=document,
        )


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a plan stands now: a light, and why it is not green, as codes."""

    light: str
    reasons: tuple[str, ...]
    conclusion: Conclusion | None
    """What the last proof has said; None before the first."""
    certificate: Certificate | None = None
    """Of a plan in force: what is kept of that proof."""
    is_pending: bool = False
    """Has something changed that is not proved yet?"""


@dataclass(frozen=True, kw_only=True)
class Around:
    """What counts for the light of a plan beside its proof; of a draft only `pending_since`."""

    pending_since: datetime | None = None
    """Since when something has changed that is not proved yet."""
    is_emergency: bool = False
    is_swept: bool = True


BY_ITSELF = Around()


def standing_of(
    conclusion: Conclusion | None, *, now: datetime, around: Around = BY_ITSELF
) -> Standing:
    """The light of a plan: red is a gap now, amber is one to come or something left open."""
    red = [code for code, is_so in _red(conclusion, now, around) if is_so]
    amber = [code for code, is_so in _amber(conclusion, now, around) if is_so]
    light = RED if red else AMBER if amber else GREEN
    return Standing(light=light, reasons=(*red, *amber), conclusion=conclusion)


def _red(said: Conclusion | None, now: datetime, around: Around) -> Iterator[tuple[str, bool]]:
    until = said.valid_until if said is not None else None
    yield "gap_now", said is not None and any(begins <= now for begins in _told(said))
    yield "no_certificate", until is None or until <= now
    yield "emergency", around.is_emergency
    yield "auditor", not around.is_swept


def _amber(said: Conclusion | None, now: datetime, around: Around) -> Iterator[tuple[str, bool]]:
    since = around.pending_since
    if said is not None:
        until = said.valid_until
        yield "ends_soon", until is not None and now < until <= now + SOON
        yield "gap_to_come", any(begins > now for begins in _told(said))
        yield "unsigned", bool(said.of_code("weak"))
        yield "single_person", any(hole.kind == SINGLE for hole in said.holes)
    yield "pending", since is not None and now - since > STALE


def _told(said: Conclusion) -> Iterator[datetime]:
    """When each hole that somebody is told of begins."""
    return (hole.from_at or said.proved_at for hole in said.holes if hole.is_told)


def hole_key(finding: Mapping[str, Any]) -> str | None:
    """The key of the hole a finding tells of; none where it is no hole."""
    return next((hole.key for hole in _holes(finding)), None)


def _holes(finding: Mapping[str, Any]) -> Iterator[Hole]:
    kind = _KINDS.get(finding["code"])
    if kind is None or finding["is_hint"]:
        return
    de, en = finding["de"], finding["en"]
    if kind in (RULE, OVERLAP):
        yield Hole(key=key_of(kind, de), kind=kind, de=de, en=en)
        return
    code, conflict = finding["code"], finding["conflict"]
    kind = CONFLICT if conflict else kind
    first = finding["spans"][0]
    yield Hole(
        key=key_of(kind, code, finding["chain"], finding["urgency"], conflict),
        kind=kind,
        de=de,
        en=en,
        from_at=datetime.fromtimestamp(first[0], UTC),
        until_at=datetime.fromtimestamp(first[1], UTC),
    )


def key_of(*named: object) -> str:
    """What tells one hole from another, the same in each proof."""
    return hashlib.sha256("\0".join(map(str, named)).encode()).hexdigest()[:32]
