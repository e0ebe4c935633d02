# SPDX-License-Identifier: EUPL-1.2
"""Ask the proof about a text, and keep what it says. Takes about a second: a step of its own."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rueckhalt_routing.drafts.domain import Check
from rueckhalt_routing.duty.domain import NO_FACTS, Facts
from rueckhalt_routing.plan.findings import findings
from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.proof.covering import MOST_BOXES, TooTangled
from rueckhalt_routing.proving.concluding import prove
from rueckhalt_routing.proving.told import Told, speech
from rueckhalt_shared.contracts import ids


def checked(draft: Draft, *, now: datetime, facts: Facts = NO_FACTS) -> Check:
    """The whole proof of a text with what is known of the coming days; nothing is stored."""
    try:
        proof = prove(draft, now.replace(microsecond=0), facts=facts)
    except TooTangled as error:
        told, certificate, until = [_tangled(draft, error)], None, None
    else:
        told, certificate = list(proof.told), proof.certificate
        until = datetime.fromtimestamp(proof.until, now.tzinfo)
    return Check(
        id=ids.uuid7(),
        municipality=draft.plan.municipality,
        hash=draft.hash,
        checked_at=now,
        valid_until=until if certificate is not None else None,
        findings=tuple(_kept(each) for each in (*told, *_lint(draft))),
        certificate=certificate,
    )


def _kept(told: Told) -> Mapping[str, Any]:
    return {
        **told.detail,
        "code": told.code,
        "de": told.de,
        "en": told.en,
        "is_hint": told.is_hint,
    }


def _lint(draft: Draft) -> Iterator[Told]:
    for found in findings(draft.plan):
        yield Told(f"lint_{found.code}", found.words("de"), found.words("en"), is_hint=True)


def _tangled(draft: Draft, error: TooTangled) -> Told:
    name = dimensions(draft.plan.units)[error.dimension].name
    said = [speech(dimensions(draft.plan.units), language).names[name] for language in ("de", "en")]
    return Told(
        "tangled",
        f"Zu verwickelt für einen Nachweis: {error.boxes} Fallgruppen, höchstens {MOST_BOXES}. "
        f"Die Regeln unterscheiden „{said[0]}“ zu fein.",
        f"Too tangled to certify: {error.boxes} boxes, at most {MOST_BOXES}. "
        f"The rules tell too many values of {said[1]} apart.",
    )
