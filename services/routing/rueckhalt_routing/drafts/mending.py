# SPDX-License-Identifier: EUPL-1.2
"""Holes of a plan's table, each with the smallest example and what would close it at one click."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rueckhalt_routing.plan.domain import Plan, Rule
from rueckhalt_routing.proof.covering import Covering, Masks, volume
from rueckhalt_routing.proof.proposing import proposals, widest_gaps
from rueckhalt_routing.proof.wording import Speech
from rueckhalt_routing.proving.tables import CATCH_ALL_TIER, Laid
from rueckhalt_routing.proving.told import speech

GAP, WEAK = "gap", "weak"
WIDEN, RESTORE, OWN_RULE, SIGN = "widen", "restore", "own_rule", "sign"
_MOST_HOLES = 20
_MOST_WIDENED = 3


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One way to close a hole: a rule made wider, one brought back, a new one, a signature."""

    act: str
    rule: str = ""
    title: str = ""
    dimension: str = ""
    values: tuple[str, ...] = ()
    said: str = ""
    """The added values in words."""


@dataclass(frozen=True, kw_only=True)
class Hole:
    """Cases nobody holds (gap) or only the catch-all rule does (weak)."""

    kind: str
    when: Mapping[str, tuple[str, ...]]
    example: str
    box: str
    share: float
    """Of all cases, 0 to 1."""
    offers: tuple[Offer, ...]


@dataclass(frozen=True, kw_only=True)
class _Search:
    """Where holes are looked for, and what would hold them."""

    kind: str
    laid: Laid
    searched: Covering
    bare: Covering
    """The rules that may be made wider."""
    former: Plan | None
    say: Speech


def holes(plan: Plan, former: Plan | None, language: str) -> list[Hole]:
    """Every hole, gaps first; rules of the former plan may be brought back. May be TooTangled."""
    laid = Laid(plan)
    say = speech(laid.dimensions, language)
    given: dict[str, Any] = {"laid": laid, "former": former, "say": say}
    searches = [_Search(kind=GAP, searched=laid.covering, bare=laid.covering, **given)]
    if any(rule.tier == CATCH_ALL_TIER for rule in laid.rules):
        unsigned = laid.without_catch_all(*(laid.masks_of(each) for each in plan.deliberate))
        bare = laid.without_catch_all()
        searches.append(_Search(kind=WEAK, searched=unsigned, bare=bare, **given))
    return [hole for search in searches for hole in _holes(search)]


def _holes(search: _Search) -> Iterator[Hole]:
    for masks in widest_gaps(search.searched, _MOST_HOLES):
        yield Hole(
            kind=search.kind,
            when=when_of(search.laid, masks),
            example=search.say.example(masks),
            box=search.say.box(masks),
            share=volume(masks) / search.laid.universe,
            offers=tuple(_offers(search, masks)),
        )


def when_of(laid: Laid, masks: Masks) -> dict[str, tuple[str, ...]]:
    """A box as the conditions of a rule: only the dimensions that matter."""
    return {
        d.name: d.named(mask)
        for d, mask in zip(laid.dimensions, masks, strict=True)
        if mask != d.full
    }


def _offers(search: _Search, masks: Masks) -> Iterator[Offer]:
    laid = search.laid
    for rule in _gone(laid, masks, search.former):
        yield Offer(act=RESTORE, rule=rule.code, title=rule.title)
    wider = (p for p in proposals(search.bare, masks, laid.earlier) if p.rule is not None)
    for proposal in islice(wider, _MOST_WIDENED):
        place, index = proposal.dimension or 0, proposal.rule or 0
        dimension, rule = laid.dimensions[place], laid.rules[index]
        added = proposal.masks[place] & ~search.bare.rules[index][place]
        yield Offer(
            act=WIDEN,
            rule=rule.code,
            title=rule.title,
            dimension=dimension.name,
            values=dimension.named(added),
            said=search.say.values(dimension, added),
        )
    yield Offer(act=OWN_RULE)
    if search.kind == WEAK:
        yield Offer(act=SIGN)


def _gone(laid: Laid, masks: Masks, former: Plan | None) -> Iterator[Rule]:
    """Rules of the former plan that this one has not, and that hold some of these cases."""
    if former is None or former.units != laid.plan.units:
        return
    known = {rule.code for rule in laid.plan.rules}
    for rule in former.ordered_rules:
        held = laid.masks_of(rule)
        if rule.code not in known and all(a & b for a, b in zip(held, masks, strict=True)):
            yield rule
