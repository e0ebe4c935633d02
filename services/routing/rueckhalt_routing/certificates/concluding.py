# SPDX-License-Identifier: EUPL-1.2
"""The one proof of a plan, draft or in force, as it is kept: findings, people, certificate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rueckhalt_routing.certificates.domain import TANGLED, Conclusion
from rueckhalt_routing.duty.domain import NO_FACTS, Facts
from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.plan.lint import lint
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.proof.covering import MOST_BOXES, TooTangled
from rueckhalt_routing.proving.concluding import Proof, prove
from rueckhalt_routing.proving.told import Told, speech


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a proof is made of: the plan, what changes daily, and when contacts were confirmed."""

    draft: Draft
    facts: Facts = NO_FACTS
    confirmed: Mapping[str, datetime | None] = field(default_factory=dict)


def concluded(basis: Basis, *, now: datetime) -> Conclusion:
    """The whole proof; nothing is stored. Takes about a second: a step of its own."""
    try:
        proof = prove(basis.draft, start_of(now), facts=basis.facts)
    except TooTangled as error:
        return tangled(basis, error, now=now)
    return conclusion_of(proof, basis, now=now)


def start_of(now: datetime) -> datetime:
    """A proof begins with the minute."""
    return now.astimezone(UTC).replace(second=0, microsecond=0)


def conclusion_of(proof: Proof, basis: Basis, *, now: datetime) -> Conclusion:
    """What is kept of a proof."""
    holds = proof.certificate is not None
    return Conclusion(
        proved_at=now,
        valid_until=datetime.fromtimestamp(proof.until, UTC) if holds else None,
        findings=tuple(_kept(each) for each in (*proof.told, *_lint(basis, now))),
        document=proof.certificate,
    )


def tangled(basis: Basis, error: TooTangled, *, now: datetime) -> Conclusion:
    """A plan that falls into too many boxes cannot be certified; its people are looked at."""
    found = (_tangled(basis.draft, error), *_lint(basis, now))
    findings = tuple(_kept(each) for each in found)
    return Conclusion(proved_at=now, valid_until=None, findings=findings, document=None)


def _kept(told: Told) -> Mapping[str, Any]:
    return {
        **told.detail,
        "code": told.code,
        "de": told.de,
        "en": told.en,
        "is_hint": told.is_hint,
    }


def _lint(basis: Basis, now: datetime) -> Iterator[Told]:
    """What is weak about the people behind the plan is warned of and keeps no plan from holding."""
    plan, facts, confirmed = basis.draft.plan, basis.facts, basis.confirmed
    for found in lint(plan, facts=facts, confirmed=confirmed, now=now):
        kind = "hint" if found.is_hint else "lint"
        yield Told(f"{kind}_{found.code}", found.words("de"), found.words("en"), is_hint=True)


def _tangled(draft: Draft, error: TooTangled) -> Told:
    name = dimensions(draft.plan.units)[error.dimension].name
    said = [speech(dimensions(draft.plan.units), language).names[name] for language in ("de", "en")]
    return Told(
        TANGLED,
        f"Zu verwickelt für einen Nachweis: {error.boxes} Fallgruppen, höchstens {MOST_BOXES}. "
        f"Die Regeln unterscheiden „{said[0]}“ zu fein.",
        f"Too tangled to certify: {error.boxes} boxes, at most {MOST_BOXES}. "
        f"The rules tell too many values of {said[1]} apart.",
    )
