# SPDX-License-Identifier: EUPL-1.2
"""The whole proof of one plan: what it has found, and the certificate if there can be one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rueckhalt_routing.duty.domain import NO_FACTS, Facts
from rueckhalt_routing.duty.fact_files import document_of
from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.proof.certificate import certificate, digest, table_part
from rueckhalt_routing.proof.covering import won
from rueckhalt_routing.proof.reaching import Worst
from rueckhalt_routing.proving.courses import Courses, people_of, rotas_of
from rueckhalt_routing.proving.cover import (
    LANGUAGES,
    Cover,
    Known,
    cover_of,
    covers_of,
    told_of_cover,
)
from rueckhalt_routing.proving.people import Reach, reach_of
from rueckhalt_routing.proving.tables import CATCH_ALL_TIER, Laid, told_of_table
from rueckhalt_routing.proving.told import Told, speech
from rueckhalt_routing.proving.ways import NO_CONFLICT, Route, routes_of

HORIZON_DAYS = 400
_GRAVE = frozenset({"gap", "overlap"})
_OF_PEOPLE = frozenset({"gap_in_time", "single_person"})


@dataclass(frozen=True)
class Proof:
    """What was found, and until when the plan holds."""

    draft: Draft
    laid: Laid
    told: tuple[Told, ...]
    covers: tuple[Cover, ...]
    courses: Courses
    until: int
    """The first instant at which somebody is missing, or the horizon."""
    certificate: Mapping[str, Any] | None
    """None when the plan does not hold even now."""

    @property
    def reach(self) -> Reach:
        """The people over the horizon."""
        return self.courses.reach

    @property
    def findings(self) -> tuple[Told, ...]:
        """What wants something done."""
        return tuple(each for each in self.told if not each.is_hint)

    @property
    def hints(self) -> tuple[Told, ...]:
        """What may stay."""
        return tuple(each for each in self.told if each.is_hint)


def prove(
    draft: Draft, start: datetime, days: int = HORIZON_DAYS, *, facts: Facts = NO_FACTS
) -> Proof:
    """Prove a plan from an instant on, with what is known of the days to come.

    Raises TooTangled where it cannot be cut into boxes.
    """
    laid = Laid(draft.plan)
    courses = Courses(reach_of(draft.plan, start, days, facts))
    covers = tuple(covers_of(routes_of(laid, _swapped(facts)), courses))
    return _concluded(draft, laid, tuple(told_of_table(laid)), covers=covers, courses=courses)


def recheck(previous: Proof, facts: Facts) -> Proof:
    """The same plan over the same horizon with other facts: only what they touch is done anew."""
    reach = previous.reach.with_facts(facts)
    absent = reach.roster.differing(previous.reach.roster)
    rotas = reach.roster.rotas_differing(previous.reach.roster)
    added, before = _swapped(facts), _swapped(previous.reach.facts)
    courses, known = Courses(reach), Known()
    plan = previous.draft.plan

    def is_touched(route: Route) -> bool:
        where = route.situation
        return bool(absent & people_of(plan, where, added) or rotas & rotas_of(plan, where))

    kept = {cover.route.situation: cover for cover in previous.covers}
    routes = (
        [cover.route for cover in previous.covers]
        if added == before
        else routes_of(previous.laid, added)
    )
    covers = tuple(
        kept[route.situation]
        if route.situation in kept and not is_touched(route)
        else cover_of(route, courses, known)
        for route in routes
    )
    of_table = tuple(each for each in previous.told if each.code not in _OF_PEOPLE)
    return _concluded(previous.draft, previous.laid, of_table, covers=covers, courses=courses)


def _swapped(facts: Facts) -> dict[str, frozenset[str]]:
    """Who has a duty by a change, by rota."""
    found: dict[str, set[str]] = {}
    for change in facts.changes:
        found.setdefault(change.rota, set()).add(change.person)
    return {rota: frozenset(people) for rota, people in found.items()}


def _concluded(
    draft: Draft,
    laid: Laid,
    of_table: tuple[Told, ...],
    *,
    covers: tuple[Cover, ...],
    courses: Courses,
) -> Proof:
    reach = courses.reach
    speeches = {language: speech(laid.dimensions, language) for language in LANGUAGES}
    told = (*of_table, *told_of_cover(list(covers), reach, speeches))
    until = min((cover.gaps[0][0] for cover in covers if cover.gaps), default=reach.within[1])
    grave = any(each.code in _GRAVE and not each.is_hint for each in of_table)
    document = None
    if not grave and until > reach.within[0]:
        chains = [_chain(cover, courses, until) for cover in covers]
        document = _certificate(draft, laid, chains, reach=reach, until=until)
    return Proof(draft, laid, told, covers, courses, until, document)


def _certificate(
    draft: Draft, laid: Laid, chains: list[dict[str, Any]], *, reach: Reach, until: int
) -> dict[str, Any]:
    cells = won(laid.boxes, len(laid.rules))
    weak = sum(n for n, rule in zip(cells, laid.rules, strict=True) if rule.tier == CATCH_ALL_TIER)
    signed = [laid.masks_of(each) for each in draft.plan.deliberate]
    unsigned = laid.without_catch_all(*signed).uncovered()
    return certificate(
        municipality=draft.plan.municipality,
        plan_hash=draft.hash,
        table=table_part(laid.dimensions, laid.covering, laid.codes),
        weak={"cells": weak, "signed": weak - unsigned},
        chains=chains,
        times={
            "from": _iso(reach.within[0]),
            "horizon": _iso(reach.within[1]),
            "valid_until": _iso(until),
        },
        inputs={
            "calendar_hash": digest({name: list(s) for name, s in reach.classes.items()}),
            "inputs_hash": digest({key: list(s) for key, s in reach.of.items()}),
            "facts_hash": digest(document_of(draft.plan, reach.facts)),
            "rotas_hash": digest({code: _shifts(reach, code) for code in draft.plan.rotas}),
        },
    )


def _chain(cover: Cover, courses: Courses, until: int) -> dict[str, Any]:
    """A chain without names: who stands in it is only a hash.

    The waits are those of the time in which the certificate holds: somebody is there, so a first
    human knows at once.
    """
    where = cover.route.situation
    return {
        "code": where.chain,
        "urgency": where.urgency,
        "conflict": where.conflict or None,
        "classes": sorted(cover.route.classes),
        "held": where.holds,
        "cover_hash": courses.hash_of(cover.course, cover.waits),
        "first_gap": _iso(cover.gaps[0][0]) if cover.gaps else None,
        "n_minus_1": None if where.conflict != NO_CONFLICT else not cover.alone,
        "promise_s": where.promise,
        "worst_s": {"1": 0, "2": _seconds(cover.second_until(until))},
    }


def _shifts(reach: Reach, rota: str) -> list[list[object]]:
    return [[s.start, s.end, [each.person for each in s.duties]] for s in reach.shifts(rota)]


def _seconds(worst: Worst | None) -> int | None:
    """None where somebody may never know; 0 where the chain is not needed in that time."""
    return worst.seconds if worst is not None else 0


def _iso(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()
