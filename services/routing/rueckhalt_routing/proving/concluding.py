# SPDX-License-Identifier: EUPL-1.2
"""The whole proof of one plan: what it has found, and the certificate if there can be one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.proof.certificate import certificate, digest, table_part
from rueckhalt_routing.proof.covering import won
from rueckhalt_routing.proof.reaching import Worst
from rueckhalt_routing.proving.cover import LANGUAGES, Cover, covers_of, told_of_cover
from rueckhalt_routing.proving.people import Reach, reach_of
from rueckhalt_routing.proving.tables import CATCH_ALL_TIER, Laid, told_of_table
from rueckhalt_routing.proving.told import Told, speech
from rueckhalt_routing.proving.ways import NO_CONFLICT, routes_of

HORIZON_DAYS = 400
_GRAVE = frozenset({"gap", "overlap"})


@dataclass(frozen=True)
class Proof:
    """What was found, and until when the plan holds."""

    laid: Laid
    told: tuple[Told, ...]
    covers: tuple[Cover, ...]
    reach: Reach
    until: int
    """The first instant at which somebody is missing or a promise breaks, or the horizon."""
    certificate: Mapping[str, Any] | None
    """None when the plan does not hold even now."""

    @property
    def findings(self) -> tuple[Told, ...]:
        """What wants something done."""
        return tuple(each for each in self.told if not each.is_hint)

    @property
    def hints(self) -> tuple[Told, ...]:
        """What may stay."""
        return tuple(each for each in self.told if each.is_hint)


def prove(draft: Draft, start: datetime, days: int = HORIZON_DAYS) -> Proof:
    """Prove a plan from an instant on. Raises TooTangled where it cannot be cut into boxes."""
    laid = Laid(draft.plan)
    of_table = list(told_of_table(laid))
    reach = reach_of(draft.plan, start, days)
    routes = routes_of(laid)
    covers = list(covers_of(routes, reach))
    speeches = {language: speech(laid.dimensions, language) for language in LANGUAGES}
    told = (*of_table, *told_of_cover(covers, reach, speeches))
    until = min((first_hole(cover) for cover in covers), default=reach.within[1])
    until = min(until, reach.within[1])
    grave = any(each.code in _GRAVE and not each.is_hint for each in of_table)
    holds = not grave and until > reach.within[0]
    document = None
    if holds:
        valid = covers
        if until < reach.within[1]:  # the waits are promised for the time in which it holds
            valid = list(covers_of(routes, Reach(draft.plan, (reach.within[0], until))))
        chains = [_chain(*pair, reach) for pair in zip(covers, valid, strict=True)]
        document = _certificate(draft, laid, chains, reach=reach, until=until)
    return Proof(laid, told, tuple(covers), reach, until, document)


def first_hole(cover: Cover) -> int:
    """When somebody is missing for the first time, or a promise breaks."""
    ends = [cover.gaps[0][0]] if cover.gaps else []
    if cover.late_at is not None:
        ends.append(cover.late_at)
    return min(ends, default=1 << 62)


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
        },
    )


def _chain(cover: Cover, valid: Cover, reach: Reach) -> dict[str, Any]:
    """A chain without names: who stands in it is only a hash.

    `cover` looks at the whole horizon, `valid` at the time in which the certificate holds.
    """
    where = cover.route.situation
    told = [[telling.person, telling.after] for telling in where.tellings]
    return {
        "code": where.chain,
        "urgency": where.urgency,
        "conflict": where.conflict or None,
        "classes": sorted(cover.route.classes),
        "cover_hash": digest([told, {t.person: list(reach.of[t.person]) for t in where.tellings}]),
        "first_gap": _iso(cover.gaps[0][0]) if cover.gaps else None,
        "n_minus_1": None if where.conflict != NO_CONFLICT else not cover.alone,
        "promise_s": where.promise,
        "worst_s": {"1": _seconds(valid.first), "2": _seconds(valid.second)},
    }


def _seconds(worst: Worst | None) -> int | None:
    """None where somebody may never know; 0 where the chain is not needed in that time."""
    return worst.seconds if worst is not None else 0


def _iso(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()
