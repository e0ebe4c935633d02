# SPDX-License-Identifier: EUPL-1.2
"""What changes from one plan to another, as cases and as people, in sentences."""

from collections.abc import Hashable, Iterator
from dataclasses import replace

from rueckhalt_routing.plan.domain import Plan, Rule
from rueckhalt_routing.plan.vocabulary import UNKNOWN
from rueckhalt_routing.proof.comparing import Change, Side, changes
from rueckhalt_routing.proof.covering import full_masks, volume
from rueckhalt_routing.proving.tables import Laid
from rueckhalt_routing.proving.told import Told, speech


class OtherTown(Exception):
    """The plans are of two municipalities; what differs between them means nothing."""


def differences(old: Plan, new: Plan) -> Iterator[Told]:
    """Every set of cases with another outcome, then immediate rules, people and times.

    Raises OtherTown.
    """
    if old.municipality != new.municipality:
        raise OtherTown(f"{old.municipality} / {new.municipality}")
    joint = _joint(old, new)
    yield from _cases(old, new, joint)
    yield from _immediate(old, new)
    yield from _people(old, new)
    yield from _times(old, new)


def _joint(old: Plan, new: Plan) -> Laid:
    """One space for both: the units of either."""
    units = (*old.units, *(unit for unit in new.units if unit not in old.units))
    return Laid(replace(new, units=units))


def _cases(old: Plan, new: Plan, joint: Laid) -> Iterator[Told]:
    sides = [
        Side(
            [joint.masks_of(rule) for rule in plan.ordered_rules],
            [_says(plan, rule) for rule in plan.ordered_rules],
        )
        for plan in (old, new)
    ]
    found = changes(joint.sizes, *sides)
    universe = volume(full_masks(joint.sizes))
    for change in sorted(found, key=lambda each: -volume(each.masks)):
        yield _change(change, (old, new), joint, universe)


def _change(change: Change, plans: tuple[Plan, Plan], joint: Laid, universe: int) -> Told:
    old, new = plans
    before = old.ordered_rules[change.old] if change.old is not None else None
    after = new.ordered_rules[change.new] if change.new is not None else None
    box = {lang: speech(joint.dimensions, lang).box(change.masks) for lang in ("de", "en")}
    cells = volume(change.masks)
    share = f"{cells * 100 / universe:.1f}"
    return Told(
        "case",
        f"{box['de']} ({share.replace('.', ',')} %): bisher {_who(before, 'niemand')}, "
        f"neu {_who(after, 'niemand')}.",
        f"{box['en']} ({share} %): before {_who(before, 'nobody')}, now {_who(after, 'nobody')}.",
        {
            "cells": cells,
            "old": before.code if before else None,
            "new": after.code if after else None,
        },
    )


def _who(rule: Rule | None, nobody: str) -> str:
    return f"{rule.code} → {rule.outcome.chain}" if rule else nobody


def _says(plan: Plan, rule: Rule) -> Hashable:
    """What is equal where nothing changes for a case: outcome and chain."""
    return rule.outcome, plan.chains[rule.outcome.chain or ""].steps


def _immediate(old: Plan, new: Plan) -> Iterator[Told]:
    before = {rule.code: rule for rule in old.immediate_rules}
    after = {rule.code: rule for rule in new.immediate_rules}
    for code in {**before, **after}:
        first, second = before.get(code), after.get(code)
        same = (
            first
            and second
            and (dict(first.when), _says_immediate(old, first))
            == (
                dict(second.when),
                _says_immediate(new, second),
            )
        )
        if not same:
            word = "fällt weg" if second is None else "kommt hinzu" if first is None else "anders"
            said = "gone" if second is None else "new" if first is None else "changed"
            yield Told(
                "immediate_rule",
                f"Sofortregel {code}: {word}.",
                f"Immediate rule {code}: {said}.",
                {"rule": code, "change": said},
            )


def _says_immediate(plan: Plan, rule: Rule) -> Hashable:
    return _says(plan, rule) if rule.outcome.chain else rule.outcome


def _people(old: Plan, new: Plan) -> Iterator[Told]:
    for role in {**old.roles, **new.roles}:
        for unit in ("", *dict.fromkeys([*_units(old, role), *_units(new, role)])):
            before, after = _holders(old, role, unit), _holders(new, role, unit)
            if before != after:
                where = f"{role}@{unit}" if unit else role
                names = [", ".join(people) or "–" for people in (before, after)]
                yield Told(
                    "role",
                    f"Rolle {where}: bisher {names[0]}, neu {names[1]}.",
                    f"Role {where}: before {names[0]}, now {names[1]}.",
                    {"role": role, "unit": unit or None, "old": before, "new": after},
                )
    if old.catch_all != new.catch_all:
        pairs = [f"{p.catch_all.person}, {p.catch_all.stand_in}" for p in (old, new)]
        yield Told(
            "catch_all",
            f"Auffangperson: bisher {pairs[0]}, neu {pairs[1]}.",
            f"Catch-all person: before {pairs[0]}, now {pairs[1]}.",
            {"old": pairs[0], "new": pairs[1]},
        )


def _times(old: Plan, new: Plan) -> Iterator[Told]:
    for urgency in new.times:
        if old.times.get(urgency) != new.times[urgency]:
            said, english = f"Zeiten für {urgency}: anders.", f"Times of {urgency}: changed."
            yield Told("times", said, english, {"urgency": urgency})
    if old.calendar != new.calendar:
        yield Told("calendar", "Kalender: anders.", "Calendar: changed.")
    for code in {**old.rotas, **new.rotas}:
        if old.rotas.get(code) != new.rotas.get(code):
            said, english = f"Bereitschaftsplan {code}: anders.", f"Rota {code}: changed."
            yield Told("rota", said, english, {"rota": code})


def _units(plan: Plan, role: str) -> tuple[str, ...]:
    return tuple(plan.roles[role].units) if role in plan.roles else ()


def _holders(plan: Plan, role: str, unit: str) -> tuple[str, ...]:
    if role not in plan.roles:
        return ()
    found = plan.roles[role]
    holders = (f"rota:{found.rota}", *found.holders) if found.rota else found.holders
    return found.units.get(unit, holders) if unit and unit != UNKNOWN else holders
