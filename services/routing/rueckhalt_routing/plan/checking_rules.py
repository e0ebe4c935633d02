# SPDX-License-Identifier: EUPL-1.2
"""From entries to the moving parts of a Plan: chains, rules, times."""

import re
from collections.abc import Mapping

from rueckhalt_routing.plan.domain import (
    DEFAULT_TIMES,
    HOLDS,
    NO_HOLD,
    Chain,
    Outcome,
    Rule,
    Step,
    Target,
    Times,
)
from rueckhalt_routing.plan.reading import Entry, Problem, Reader
from rueckhalt_routing.plan.vocabulary import ROLES, URGENCIES, dimensions

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TIERS = ("0", "1", "2", "3")
_LISTS = ("signs", "asked", "told", "without_consent")


def read_chains(
    reader: Reader, entry: Entry | None, known: Mapping[str, tuple[str, ...]]
) -> dict[str, Chain]:
    """The chains by code; `known` holds the allowed keys of each kind of target."""
    chains = {}
    for code, item in reader.mapping(entry).items():
        if not _CODE.fullmatch(code):
            reader.problems.append(
                Problem(item.line, item.path, "bad_form", code[:60], ("a-z 0-9 _",))
            )
        found = reader.fields(item, ("steps",), ("hold",))
        steps = tuple(_step(reader, child, known) for child in reader.items(found.get("steps")))
        if "steps" in found and not steps:
            reader.refuse(found["steps"], "empty")
        hold = reader.code(found["hold"], HOLDS) if "hold" in found else NO_HOLD
        chains[code] = Chain(code=code, steps=steps, hold=hold)
    return chains


def _step(reader: Reader, entry: Entry, known: Mapping[str, tuple[str, ...]]) -> Step:
    found = reader.fields(entry, ("targets",), ("wait", "urgency"))
    targets = []
    for item in reader.items(found.get("targets")):
        for kind, child in reader.mapping(item).items():
            if kind in known:
                targets.append(Target(kind, reader.code(child, known[kind])))
            else:
                reader.problems.append(
                    Problem(child.line, child.path, "unknown_field", kind[:60], tuple(known))
                )
    if "targets" in found and not targets:
        reader.refuse(found["targets"], "empty")
    return Step(
        targets=tuple(targets),
        wait=reader.duration(found["wait"]) if "wait" in found else None,
        urgencies=frozenset(reader.codes(found.get("urgency"), URGENCIES)),
    )


def read_rules(
    reader: Reader,
    entry: Entry | None,
    *,
    chains: Mapping[str, Chain],
    units: tuple[str, ...],
) -> tuple[Rule, ...]:
    """The rules in their order; exactly one of tier 3, and that one without conditions."""
    known = {dimension.name: dimension.values for dimension in dimensions(units)}
    rules: list[Rule] = []
    taken: set[str] = set()
    for item in reader.items(entry):
        found = reader.fields(item, ("code", "tier", "then"), ("when", "title", "reason", "source"))
        code = reader.text(found.get("code"), longest=40)
        if "code" in found and code in taken:
            reader.refuse(found["code"], "twice")
        elif "code" in found and not _CODE.fullmatch(code):
            reader.refuse(found["code"], "bad_form", allowed=("a-z 0-9 _",))
        taken.add(code)
        tier = reader.code(found["tier"], _TIERS) if "tier" in found else ""
        rules.append(
            Rule(
                code=code,
                tier=int(tier) if tier in _TIERS else 2,
                when=read_when(reader, found.get("when"), known),
                outcome=_outcome(reader, found.get("then"), chains),
                title=reader.text(found.get("title")),
                reason=reader.text(found.get("reason")),
                source=reader.text(found.get("source")),
            )
        )
        if rules[-1].tier > 0 and rules[-1].outcome.chain is None:
            reader.refuse(item, "chain_needed", allowed=tuple(chains))
    catch_all = [rule for rule in rules if rule.tier == 3]
    if entry is not None and (len(catch_all) != 1 or catch_all[0].when):
        reader.refuse(entry, "one_catch_all")
    return tuple(rules)


def read_when(
    reader: Reader, entry: Entry | None, known: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """The values named of each dimension; `known` holds all of them."""
    when = {}
    for name, item in reader.mapping(entry).items():
        if name not in known:
            reader.problems.append(
                Problem(item.line, item.path, "unknown_field", name[:60], tuple(known))
            )
            continue
        when[name] = reader.codes(item, known[name])
        if not when[name]:
            reader.refuse(item, "empty", allowed=known[name])
    return when


def _outcome(reader: Reader, entry: Entry | None, chains: Mapping[str, Chain]) -> Outcome:
    if entry is None:
        return Outcome()
    found = reader.fields(entry, (), ("chain", *_LISTS, "take_over_within", "steps"))
    lists = {name: reader.codes(found.get(name), ROLES) for name in _LISTS}
    steps = []
    for item in reader.items(found.get("steps")):
        steps.append(reader.text(item))
        if not _CODE.fullmatch(steps[-1]):
            reader.refuse(item, "bad_form", allowed=("a-z 0-9 _",))
    within = found.get("take_over_within")
    return Outcome(
        chain=reader.code(found["chain"], chains) if "chain" in found else None,
        take_over_within=reader.duration(within) if within is not None else None,
        steps=tuple(steps),
        **lists,
    )


def read_times(reader: Reader, entry: Entry | None) -> dict[str, Times]:
    """The times by urgency; what the plan leaves out keeps the default."""
    times = dict(DEFAULT_TIMES)
    for urgency, item in reader.mapping(entry).items():
        if urgency not in URGENCIES:
            reader.problems.append(
                Problem(item.line, item.path, "unknown_code", urgency[:60], URGENCIES)
            )
            continue
        found = reader.fields(item, ("take_over_within", "talk_within", "waits", "repeat"))
        waits = tuple(reader.duration(wait) for wait in reader.items(found.get("waits")))
        if len(found) == 4 and waits:
            times[urgency] = Times(
                take_over_within=reader.duration(found["take_over_within"]),
                talk_within=reader.duration(found["talk_within"]),
                waits=waits,
                repeat=reader.duration(found["repeat"]),
            )
        elif "waits" in found:
            reader.refuse(found["waits"], "empty")
    if entry is not None and isinstance(entry.value, dict) and "u2" in entry.value:
        times.setdefault("unknown", times["u2"])
        if "unknown" not in entry.value:
            times["unknown"] = times["u2"]
    return times
