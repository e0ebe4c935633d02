# SPDX-License-Identifier: EUPL-1.2
"""Why this person: the decision in plain values, kept beside it for good."""

from datetime import UTC, datetime
from typing import Any

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import Decision
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.plan.domain import Rule


def explain(decision: Decision, compiled: CompiledPlan) -> dict[str, Any]:
    """Rule, tier, values, who and in place of whom. People in conflict are kept apart."""
    verdict = decision.verdict
    chain = compiled.plan.chains[decision.chain].steps_at(decision.urgency)
    return {
        "rule": _rule(verdict.leading),
        "weak": verdict.weak,
        "red": decision.red,
        "values": {name: list(values) for name, values in verdict.values.items()},
        "combinations": verdict.cells,
        "response_steps": list(decision.response_steps),
        "immediate": [_rule(rule) for rule in verdict.immediate],
        "regular": _rule(verdict.winner),
        "other_leads": [rule.code for rule in verdict.others],
        "matched": list(verdict.matched),
        "plan": {
            "id": compiled.id,
            "version": compiled.version,
            "municipality": compiled.plan.municipality,
            "title": compiled.plan.title,
        },
        "chain": {
            "code": decision.chain,
            "steps": [[str(target) for target in step.targets] for step in chain],
            "started_at_step": decision.step,
            "empty_steps": list(decision.skipped),
        },
        "recipients": [
            {
                "part": part.part,
                "role": part.told.role,
                part.told.member.kind: part.told.member.id,
                "because": part.told.because,
                **({"instead_of": part.told.instead_of} if part.told.instead_of else {}),
            }
            for part in decision.parts
        ],
        "passed_over": [
            {
                passed.member.kind: passed.member.id,
                "because": passed.cause,
                "until": _iso(passed.until),
            }
            for passed in decision.passed
        ],
        "suggested": [
            {"partner": told.member.id, "role": told.role, "needs": "consent"}
            for told in decision.suggested
        ],
    }


def _iso(instant: int | None) -> str | None:
    return datetime.fromtimestamp(instant, UTC).isoformat() if instant is not None else None


def values_of(case: Case, urgency: str) -> dict[str, list[str]]:
    """What is known of the case where no plan could look at it."""
    return {
        "form": list(case.forms) or ["unknown"],
        "group": list(case.affected_groups) or ["unknown"],
        "urgency": [urgency],
        "relation": [case.relation],
        "bias": [case.bias],
        "unit": [case.unit],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    told = {"code": rule.code, "tier": rule.tier, "title": rule.title}
    more = {"reason": rule.reason, "source": rule.source}
    return told | {name: text for name, text in more.items() if text}
