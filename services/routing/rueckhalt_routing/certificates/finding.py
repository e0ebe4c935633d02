# SPDX-License-Identifier: EUPL-1.2
"""From a proof to what is kept of it: the holes somebody must close, and the figures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rueckhalt_routing.certificates import domain
from rueckhalt_routing.certificates.domain import Hole, key_of
from rueckhalt_routing.proving.concluding import Proof
from rueckhalt_routing.proving.told import Told

_KINDS = {
    "gap": domain.RULE,
    "overlap": domain.OVERLAP,
    "gap_in_time": domain.TIME,
    "single_person": domain.SINGLE,
    "late": domain.LATE,
}


def holes_of(proof: Proof) -> list[Hole]:
    """Everything that wants somebody, each once; weak cells are no hole but want a signature."""
    found = {hole.key: hole for told in proof.findings for hole in _holes(told)}
    return list(found.values())


@dataclass(frozen=True)
class Cells:
    """How many cases nobody holds, only the catch-all holds, and of these without a signature."""

    none: int
    weak: int
    unsigned: int


def cells_of(proof: Proof) -> Cells:
    """The cases that are not held by a rule of their own."""
    weak = (proof.certificate or {}).get("weak", {})
    none = sum(int(t.detail["cells"]) for t in proof.findings if t.code == "gap")
    bare = sum(int(t.detail["cells"]) for t in proof.findings if t.code == "weak")
    return Cells(none=none, weak=int(weak.get("cells", bare)), unsigned=bare)


def worst_of(document: Mapping[str, Any] | None) -> dict[str, int]:
    """Minutes until a human knows at worst, by urgency, conflicts of interest taken in.

    Begun minutes count as whole ones; an urgency at which nobody may ever know is left out.
    """
    found: dict[str, list[int | None]] = {}
    for name in ("worst_by_urgency", "worst_in_conflict"):
        for urgency, waits in (document or {}).get(name, {}).items():
            found.setdefault(urgency, []).append(waits["1"])
    return {
        urgency: -(-max(int(each or 0) for each in waits) // 60)
        for urgency, waits in found.items()
        if None not in waits
    }


def _holes(told: Told) -> Iterator[Hole]:
    kind = _KINDS.get(told.code)
    if kind is None:
        return
    detail = told.detail
    if kind in (domain.RULE, domain.OVERLAP):
        yield Hole(key=key_of(kind, told.de), kind=kind, de=told.de, en=told.en)
        return
    if detail.get("conflict"):
        kind = domain.CONFLICT
    spans = detail.get("spans") or [[detail.get("from"), None]]
    yield Hole(
        key=key_of(kind, told.code, detail["chain"], detail["urgency"], detail.get("conflict")),
        kind=kind,
        de=told.de,
        en=told.en,
        from_at=_instant(spans[0][0]),
        until_at=_instant(spans[0][1]),
    )


def _instant(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
