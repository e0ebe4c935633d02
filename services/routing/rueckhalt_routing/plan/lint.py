# SPDX-License-Identifier: EUPL-1.2
"""Everything weak about a plan, with what changes daily: who is away, left, or cannot be reached.

`findings` looks at the plan alone; this looks at the people behind it, too. What the proof of the
plan answers better (who is left when a whole unit is in conflict) is only a hint here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rueckhalt_routing.duty.domain import NO_FACTS, Facts
from rueckhalt_routing.plan.domain import SUPERVISOR_ROLE, Plan
from rueckhalt_routing.plan.findings import NIGHT_ROLE, Finding, findings, needed_roles
from rueckhalt_routing.proof.spans import Spans, intersect, union

CONFIRMED_FOR = timedelta(days=180)
_MANY_ROLES = 3


def lint(
    plan: Plan,
    *,
    facts: Facts = NO_FACTS,
    confirmed: Mapping[str, datetime | None] | None = None,
    now: datetime | None = None,
) -> tuple[Finding, ...]:
    """Findings of the plan and of its people, then hints.

    `confirmed` says when somebody last proved that notices arrive (None: never), by key; whoever
    is not in it is not asked about. Without `now` past absences count, too.
    """
    found = [
        *findings(plan),
        *_nobody_reads_at_night(plan),
        *_many_roles(plan),
        *_all_away(plan, facts, now),
        *_gone(plan, facts, now),
        *_unconfirmed(plan, confirmed or {}, now),
        *_same_line(plan),
        *_unused(plan),
    ]
    return tuple(sorted(found, key=lambda finding: finding.is_hint))


def _people(plan: Plan) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each role of the house and of a unit: its name, its place in the plan, all who act in it."""
    yield "catch_all", "catch_all", (plan.catch_all.person, plan.catch_all.stand_in)
    for code, role in plan.roles.items():
        yield code, f"roles.{code}", tuple(dict.fromkeys((*plan.on_rota(role), *role.holders)))
        for unit, keys in role.units.items():
            yield f"{code}@{unit}", f"roles.{code}.units.{unit}", keys


def _nobody_reads_at_night(plan: Plan) -> Iterator[Finding]:
    role = plan.roles.get(NIGHT_ROLE)
    if role is None:
        return
    terms = {person.key: person.term for person in plan.persons}
    terms |= {partner.key: partner.term for partner in plan.partners}
    reading = [terms[key].reachable for key in role.holders] if not role.rota else [()]
    if not any(not classes or "night" in classes for classes in reading):
        yield Finding("no_night", NIGHT_ROLE, where=f"roles.{NIGHT_ROLE}")


def _many_roles(plan: Plan) -> Iterator[Finding]:
    held = Counter(
        role.holders[0] for role in plan.roles.values() if role.holders and not role.rota
    )
    for key, count in held.items():
        if count >= _MANY_ROLES:
            codes = (c for c, r in plan.roles.items() if r.holders[:1] == (key,) and not r.rota)
            yield Finding("many_roles", key, ", ".join(codes), where=f"persons.{key}")


def _all_away(plan: Plan, facts: Facts, now: datetime | None) -> Iterator[Finding]:
    away = _away(plan, facts)
    zone = ZoneInfo(plan.calendar.zone)
    for name, where, people in _people(plan):
        if len(people) < 2 or not all(key in away for key in people):
            continue
        together = away[people[0]]
        for key in people[1:]:
            together = intersect(together, away[key])
        for start, end in together:
            if now is None or end > now.timestamp():
                first = datetime.fromtimestamp(start, zone).date()
                last = datetime.fromtimestamp(end - 1, zone).date()
                days = str(first) if first == last else f"{first} – {last}"
                yield Finding("all_away", name, days, where=where)


def _away(plan: Plan, facts: Facts) -> dict[str, Spans]:
    """When each person is away, by plan and by what was entered since."""
    zone = ZoneInfo(plan.calendar.zone)
    spans: dict[str, list[tuple[int, int]]] = {}
    for planned in plan.absences:
        start, end = planned.start.replace(tzinfo=zone), planned.end.replace(tzinfo=zone)
        spans.setdefault(planned.person, []).append(_span(start, end))
    for entered in facts.away:
        spans.setdefault(entered.person, []).append(_span(entered.start, entered.end))
    return {key: union(found) for key, found in spans.items()}


def _span(start: datetime, end: datetime) -> tuple[int, int]:
    return int(start.timestamp()), int(end.timestamp())


def _gone(plan: Plan, facts: Facts, now: datetime | None) -> Iterator[Finding]:
    roles = _roles_of(plan)
    for key, since in facts.left.items():
        if key in roles and (now is None or since <= now):
            yield Finding("left", key, roles[key], where=f"persons.{key}")
    for each in facts.unreachable:
        if each.person in roles and (now is None or each.since <= now):
            yield Finding("unreachable", each.person, roles[each.person], f"persons.{each.person}")


def _unconfirmed(
    plan: Plan, confirmed: Mapping[str, datetime | None], now: datetime | None
) -> Iterator[Finding]:
    roles = _roles_of(plan)
    until = (now or datetime.now(UTC)) - CONFIRMED_FOR
    for key, last in confirmed.items():
        if key in roles and (last is None or last < until):
            about = str(last.date()) if last is not None else ""
            yield Finding("unconfirmed", key, about, where=f"persons.{key}")


def _roles_of(plan: Plan) -> dict[str, str]:
    """Who acts in which roles, by key."""
    found: dict[str, list[str]] = {}
    for name, _, people in _people(plan):
        for key in people:
            found.setdefault(key, []).append(name)
    return {key: ", ".join(names) for key, names in found.items()}


def _same_line(plan: Plan) -> Iterator[Finding]:
    """Roles where one accused unit, with whoever leads it, takes everybody out at once."""
    supervisor = plan.roles.get(SUPERVISOR_ROLE)
    units = {person.key: person.unit for person in plan.persons}
    for name, where, people in _people(plan):
        for unit in dict.fromkeys(units.get(key) for key in people):
            if unit is None or len(people) < 2:
                continue
            leading = supervisor.leading(unit) if supervisor is not None else ()
            if all(units.get(key) == unit or key in leading for key in people):
                yield Finding("same_line", name, unit, where=where, is_hint=True)
                break


def _unused(plan: Plan) -> Iterator[Finding]:
    """Chains no rule starts and roles nothing names: mostly what a deleted rule has left behind."""
    started = {rule.outcome.chain for rule in plan.rules}
    for code in plan.chains:
        if code not in started:
            yield Finding("unused", code, where=f"chains.{code}", is_hint=True)
    needed = needed_roles(plan)
    for code in plan.roles:
        if code not in needed:
            yield Finding("unused", code, where=f"roles.{code}", is_hint=True)
