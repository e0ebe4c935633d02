# SPDX-License-Identifier: EUPL-1.2
"""The plan as a table: who wins which cells, what only the catch-all holds, what never wins."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from rueckhalt_routing.plan.domain import Deliberate, Plan, Rule
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.proof.covering import (
    Box,
    Covering,
    Masks,
    fewest_boxes,
    full_masks,
    volume,
    won,
)
from rueckhalt_routing.proof.overlaps import Overlap, overlaps
from rueckhalt_routing.proof.proposing import widest_gaps
from rueckhalt_routing.proof.table import Dimension
from rueckhalt_routing.proof.wording import Speech
from rueckhalt_routing.proving.proposals import proposed
from rueckhalt_routing.proving.told import Told, speech

CATCH_ALL_TIER = 3
_MOST_GAPS = 20


@dataclass(frozen=True)
class Laid:
    """A plan laid out over its finite space of cases."""

    plan: Plan

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The space of cases."""
        return dimensions(self.plan.units)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """How many values each dimension has."""
        return tuple(dimension.size for dimension in self.dimensions)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Tiers 1 to 3 in the order in which they win."""
        return self.plan.ordered_rules

    @cached_property
    def masks(self) -> tuple[Masks, ...]:
        """The rules as boxes."""
        return tuple(self.masks_of(rule) for rule in self.rules)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The names of the rules."""
        return tuple(rule.code for rule in self.rules)

    @cached_property
    def earlier(self) -> tuple[int, ...]:
        """Of each rule: the bitset of those it may overlap, because they win before it."""
        if not self.plan.is_unique:
            return tuple((1 << place) - 1 for place in range(len(self.rules)))
        tiers = [rule.tier for rule in self.rules]
        return tuple((1 << tiers.index(tier)) - 1 for tier in tiers)

    @cached_property
    def covering(self) -> Covering:
        """The rules in the order of dimensions that makes the fewest boxes; may be TooTangled."""
        return fewest_boxes(self.sizes, self.masks)

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """Every case once, with the rule that wins it."""
        return tuple(self.covering.boxes())

    @cached_property
    def specific(self) -> int:
        """How many rules stand before the catch-all rule."""
        return sum(rule.tier < CATCH_ALL_TIER for rule in self.rules)

    @property
    def universe(self) -> int:
        """How many cases there are."""
        return volume(full_masks(self.sizes))

    def masks_of(self, said: Rule | Deliberate) -> Masks:
        """Whatever has conditions, as a box."""
        return tuple(d.mask(said.when.get(d.name, ())) for d in self.dimensions)

    def without_catch_all(self, *further: Masks) -> Covering:
        """Tiers 1 and 2 alone, and further boxes behind them."""
        return Covering(self.sizes, (*self.masks[: self.specific], *further))


def told_of_table(laid: Laid) -> Iterator[Told]:
    """Gaps, cells without a rule of their own, overlaps and dead rules, in words."""
    speeches = _speeches(laid)
    yield from told_of_gaps(laid)
    yield from _weak(laid, speeches)
    yield from _overlaps(laid, speeches)
    yield from _dead(laid)
    yield from _immediate(laid, speeches)


def told_of_gaps(laid: Laid) -> Iterator[Told]:
    """Cases that no rule holds, each set of them with an example."""
    speeches = _speeches(laid)
    for masks in widest_gaps(laid.covering, _MOST_GAPS):
        cells, share = volume(masks), _share(volume(masks), laid)
        box = {language: say.box(masks) for language, say in speeches.items()}
        case = {language: say.example(masks) for language, say in speeches.items()}
        yield Told(
            "gap",
            f"Lücke: {case['de']}: niemand. Ohne Regel ({share['de']}): {box['de']}.",
            f"Gap: {case['en']}: nobody. Without a rule ({share['en']}): {box['en']}.",
            {"cells": cells},
        )


def _speeches(laid: Laid) -> dict[str, Speech]:
    return {language: speech(laid.dimensions, language) for language in ("de", "en")}


def _weak(laid: Laid, speeches: dict[str, Speech]) -> Iterator[Told]:
    signed = [laid.masks_of(each) for each in laid.plan.deliberate]
    bare = laid.without_catch_all()
    for masks in widest_gaps(laid.without_catch_all(*signed), _MOST_GAPS):
        yield _unsigned(laid, bare, masks, speeches)
    for each, masks in zip(laid.plan.deliberate, signed, strict=True):
        cells = bare.uncovered(masks)
        de, en = (speeches[language].box(masks) for language in ("de", "en"))
        share = _share(cells, laid)
        yield Told(
            "deliberate" if cells else "deliberate_idle",
            f"Bewusst so ({each.signed_by}): {share['de']} nur durch die Auffangregel: {de}."
            if cells
            else f"„Bewusst so“ ohne Wirkung, eine Regel gilt dort schon: {de}.",
            f"On purpose ({each.signed_by}): {share['en']} by the catch-all rule only: {en}."
            if cells
            else f"Signed for nothing, a rule holds there already: {en}.",
            {"cells": cells},
            is_hint=bool(cells),
        )


def _unsigned(laid: Laid, bare: Covering, masks: Masks, speeches: dict[str, Speech]) -> Told:
    words = {}
    for language, say in speeches.items():
        offers = proposed(bare, masks, codes=laid.codes, earlier=laid.earlier, say=say)
        share = _share(volume(masks), laid)[language]
        if language == "de":
            words[language] = (
                f"Nur durch die Auffangregel gedeckt ({share}): {say.box(masks)}. "
                f"Beispiel: {say.example(masks)}. Vorschlag: {offers}; "
                f"oder als bewusst so unterschreiben (`deliberate`)."
            )
        else:
            words[language] = (
                f"Held by the catch-all rule only ({share}): {say.box(masks)}. "
                f"Example: {say.example(masks)}. Proposal: {offers}; "
                f"or sign it as deliberate (`deliberate`)."
            )
    box = {
        d.name: list(d.named(mask))
        for d, mask in zip(laid.dimensions, masks, strict=True)
        if mask != d.full
    }
    return Told("weak", words["de"], words["en"], {"cells": volume(masks), "box": box})


def _share(cells: int, laid: Laid) -> dict[str, str]:
    tenths = -(-cells * 1000 // laid.universe)
    figure = f"{tenths // 10}.{tenths % 10}"
    return {"de": f"{figure.replace('.', ',')} % der Fälle", "en": f"{figure} % of the cases"}


def found_overlaps(laid: Laid) -> list[Overlap]:
    """Pairs of rules of one tier that share a case."""
    outcomes = [rule.outcome for rule in laid.rules]
    tiers = [rule.tier for rule in laid.rules]
    return list(overlaps(laid.sizes, laid.masks, tiers=tiers, outcomes=outcomes))


def _overlaps(laid: Laid, speeches: dict[str, Speech]) -> Iterator[Told]:
    for overlap in found_overlaps(laid):
        first, second = laid.rules[overlap.first].code, laid.rules[overlap.second].code
        de, en = (speeches[language].example(overlap.masks) for language in ("de", "en"))
        detail = {"rules": [first, second], "cells": volume(overlap.masks)}
        if overlap.is_harmless:
            said = f"Doppelt: „{first}“ und „{second}“ sagen dasselbe für: {de}."
            english = f"Redundant: {first} and {second} say the same for: {en}."
        elif laid.plan.is_unique:
            said = f"Widerspruch: „{first}“ und „{second}“ gelten beide für: {de}."
            english = f"Overlap: {first} and {second} both hold for: {en}."
        else:
            said = f"Reihenfolge: für {de} gilt „{first}“, weil es vor „{second}“ steht."
            english = f"Order: for {en} rule {first} holds, as it stands before {second}."
        is_hint = overlap.is_harmless or not laid.plan.is_unique
        yield Told("overlap", said, english, detail, is_hint=is_hint)


def _dead(laid: Laid) -> Iterator[Told]:
    cells = won(laid.boxes, len(laid.rules))
    for index, rule in enumerate(laid.rules):
        if cells[index] or rule.tier == CATCH_ALL_TIER:
            continue
        above = [
            laid.rules[i].code
            for i, masks in enumerate(laid.masks[:index])
            if all(a & b for a, b in zip(masks, laid.masks[index], strict=True))
        ]
        before = ", ".join(above)
        yield Told(
            "dead_rule",
            f"Tote Regel: „{rule.code}“ gilt nie, vorher gelten: {before}.",
            f"Dead rule: {rule.code} never holds, before it hold: {before}.",
            {"rule": rule.code, "hidden_by": above},
        )


def _immediate(laid: Laid, speeches: dict[str, Speech]) -> Iterator[Told]:
    """What the rules of tier 0 add, and where: they hold beside all others."""
    for rule in laid.plan.immediate_rules:
        masks, chain = laid.masks_of(rule), rule.outcome.chain
        share = _share(volume(masks), laid)
        de, en = (speeches[language].box(masks) for language in ("de", "en"))
        yield Told(
            "immediate",
            f"Sofortregel „{rule.code}“ kommt hinzu ({share['de']}): {de}"
            + (f"; dort läuft die Meldekette „{chain}“." if chain else "."),
            f"Immediate rule {rule.code} comes on top ({share['en']}): {en}"
            + (f"; the chain {chain} runs there." if chain else "."),
            {"rule": rule.code, "cells": volume(masks)},
            is_hint=True,
        )
