# SPDX-License-Identifier: EUPL-1.2
"""What is weak about a plan that can be used all the same: told at checking and at loading."""

from collections.abc import Iterable
from dataclasses import dataclass

from rueckhalt_routing.plan.domain import HEAD_ROLE, Plan

_LEGAL_ROLE = "rechtsamt"
_WORDS = {
    "no_holder": ("hat keine Inhaber:in, wird aber gebraucht", "is needed but has no holder"),
    "no_stand_in": ("hat keine Vertretung", "has no stand-in"),
    "no_police": ("kein Kontakt zur Polizei", "no police contact"),
    "no_night": ("niemand für die Nächte", "nobody for the nights"),
    "head_is_legal": ("ist zugleich Leitung der Verwaltung", "is head of the house as well"),
    "no_role": ("hat keine Rolle", "has no role"),
}


@dataclass(frozen=True)
class Finding:
    """One weakness: which, and at whom or what."""

    code: str
    subject: str

    def words(self, language: str = "de") -> str:
        """The sentence for a person."""
        return f"{self.subject}: {_WORDS[self.code][0 if language == 'de' else 1]}"


def findings(plan: Plan) -> tuple[Finding, ...]:
    """Everything worth a look, in the order of the plan."""
    return tuple(_findings(plan))


def _findings(plan: Plan) -> Iterable[Finding]:
    for code in _needed_roles(plan):
        if code not in plan.roles:
            yield Finding("no_holder", code)
    for code in plan.without_stand_in():
        yield Finding("no_stand_in", code)
    for code, role in (("no_police", "allianz_polizei"), ("no_night", "leitung_bereitschaft")):
        if role not in plan.roles:
            yield Finding(code, role)
    holders = {code: role.holders[:1] for code, role in plan.roles.items()}
    if holders.get(_LEGAL_ROLE) and holders.get(_LEGAL_ROLE) == holders.get(HEAD_ROLE):
        yield Finding("head_is_legal", _LEGAL_ROLE)
    busy = {key for role in plan.roles.values() for key in role.holders}
    busy |= {k for role in plan.roles.values() for people in role.units.values() for k in people}
    for key in [p.key for p in plan.persons] + [p.key for p in plan.partners]:
        if key not in busy:
            yield Finding("no_role", key)


def _needed_roles(plan: Plan) -> dict[str, None]:
    chains = (
        target for chain in plan.chains.values() for step in chain.steps for target in step.targets
    )
    needed = [target.key for target in chains if target.kind in ("role", "stand_in")]
    for rule in plan.rules:
        needed += [*rule.outcome.signs, *rule.outcome.asked, *rule.outcome.told]
    return dict.fromkeys(needed)
