# SPDX-License-Identifier: EUPL-1.2
"""What is weak about a plan that can be used all the same: told at checking and at loading."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rueckhalt_routing.plan.domain import HEAD_ROLE, Plan, Target

_LEGAL_ROLE = "rechtsamt"
NIGHT_ROLE = "leitung_bereitschaft"
_WORDS = {
    "no_holder": ("hat keine Inhaber:in, wird aber gebraucht", "is needed but has no holder"),
    "no_stand_in": ("hat keine Vertretung", "has no stand-in"),
    "no_police": ("kein Kontakt zur Polizei", "no police contact"),
    "no_night": ("niemand für die Nächte", "nobody for the nights"),
    "head_is_legal": ("ist zugleich Leitung der Verwaltung", "is head of the house as well"),
    "no_role": ("hat keine Rolle", "has no role"),
    "many_roles": ("hält drei Rollen oder mehr", "holds three roles or more"),
    "all_away": ("alle sind zugleich abwesend", "all are away at once"),
    "left": ("ist nicht mehr im Haus, hat aber Rollen", "has left the house but has roles"),
    "unreachable": (
        "ist nicht erreichbar (kein brauchbarer Kontaktweg)",
        "cannot be reached (no usable contact)",
    ),
    "unconfirmed": (
        "hat seit 180 Tagen nicht bestätigt, dass Nachrichten ankommen",
        "has not confirmed for 180 days that notices arrive",
    ),
    "unused": ("wird von keiner Regel gebraucht", "is needed by no rule"),
    "same_line": (
        "Inhaber:in und Vertretung sind gemeinsam befangen, wenn es um diese Einheit geht",
        "holder and stand-in are in conflict together when this unit is accused",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One weakness: which, and at whom or what."""

    code: str
    subject: str
    about: str = ""
    """Days, roles or a unit that make the sentence exact."""
    where: str = field(default="", compare=False)
    """Its place in the plan, as `roles.hvb`."""
    is_hint: bool = field(default=False, compare=False)

    def words(self, language: str = "de") -> str:
        """The sentence for a person."""
        said = f"{self.subject}: {_WORDS[self.code][0 if language == 'de' else 1]}"
        return f"{said} ({self.about})" if self.about else said


def findings(plan: Plan) -> tuple[Finding, ...]:
    """Everything worth a look, in the order of the plan."""
    return tuple(_findings(plan))


def _findings(plan: Plan) -> Iterable[Finding]:
    for code in needed_roles(plan):
        if code not in plan.roles:
            yield Finding("no_holder", code, where="roles")
    for code in plan.without_stand_in():
        yield Finding("no_stand_in", code, where=f"roles.{code}")
    for code, role in plan.roles.items():
        for unit, people in role.units.items():
            if len(people) < 2:
                yield Finding("no_stand_in", f"{code}@{unit}", where=f"roles.{code}.units.{unit}")
    for code, wanted in (("no_police", "allianz_polizei"), ("no_night", NIGHT_ROLE)):
        if wanted not in plan.roles:
            yield Finding(code, wanted, where="roles")
    holders = {code: role.holders[:1] for code, role in plan.roles.items() if not role.rota}
    if holders.get(_LEGAL_ROLE) and holders.get(_LEGAL_ROLE) == holders.get(HEAD_ROLE):
        yield Finding("head_is_legal", _LEGAL_ROLE, where=f"roles.{_LEGAL_ROLE}")
    yield from _without_role(plan)


def _without_role(plan: Plan) -> Iterable[Finding]:
    busy = {key for role in plan.roles.values() for key in role.holders}
    busy |= {k for role in plan.roles.values() for people in role.units.values() for k in people}
    busy |= {key for rota in plan.rotas.values() for key in rota.people}
    busy |= {target.key for target in _targets(plan) if target.kind in ("person", "partner")}
    busy |= {plan.catch_all.person, plan.catch_all.stand_in, *plan.emergency}
    for key in [p.key for p in plan.persons] + [p.key for p in plan.partners]:
        if key not in busy:
            yield Finding("no_role", key, where=f"persons.{key}")


def _targets(plan: Plan) -> Iterable[Target]:
    steps = (step for chain in plan.chains.values() for step in chain.steps)
    return (target for step in steps for target in step.targets)


def needed_roles(plan: Plan) -> dict[str, None]:
    """Every role that a chain or a rule names."""
    needed = [target.key for target in _targets(plan) if target.kind in ("role", "stand_in")]
    for rule in plan.rules:
        needed += [*rule.outcome.signs, *rule.outcome.asked, *rule.outcome.told]
    return dict.fromkeys(needed)
