# SPDX-License-Identifier: EUPL-1.2
"""A certificate held against its plan: the table by the independent verifier, the rest anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rueckhalt_routing.duty.domain import NO_FACTS, Facts
from rueckhalt_routing.duty.fact_files import BadFacts, document_of, read_document
from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.proof import verify
from rueckhalt_routing.proving.concluding import prove

_SECONDS_A_DAY = 86400
_REPLAYED = (
    *("checker", "chains", "worst_by_urgency", "weak"),
    *("calendar_hash", "inputs_hash", "facts_hash", "rotas_hash", "valid_until", "horizon"),
)
_UNKNOWN = {
    False: (
        "Der Nachweis ist nicht unterschrieben: Er stimmt, aber jeder kann ihn gemacht haben.",
        "The certificate is not signed: it is right, but anybody may have made it.",
    ),
    True: (
        "Wessen Unterschrift es ist, wurde nicht geprüft: --key nennt den Schlüssel.",
        "Whose signature it is was not checked: --key names the key.",
    ),
}
_NO_FACTS = "made with facts of the day that are not here: give `--facts`, or the exported file"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A certificate, the plan it is about, and the facts of the day it was made with."""

    draft: Draft
    certificate: Mapping[str, Any]
    facts: Mapping[str, Any] | None = None
    """Their document; None: none were given."""
    must_be_signed: bool = False
    """What the server has written always is: without a signature somebody has taken it off."""


def verified(
    claim: Claim, now: datetime, language: str, *, key: str | None = None
) -> tuple[list[str], list[str]]:
    """The faults, and the sentences for people. A signature there is must fit; whose it is only
    a key tells, so without one the sentence says that nobody has asked."""
    faults = _faults(claim, key)
    if not faults and not verify.is_valid_at(claim.certificate, now):
        faults = ["not valid at this time"]
    german = language == "de"
    if faults:
        return faults, [f"{'Ungültig' if german else 'Not valid'}: {fault}" for fault in faults]
    until = claim.certificate["valid_until"]
    told = [f"Der Nachweis gilt bis {until}." if german else f"Valid until {until}."]
    if key is None:
        told.append(_UNKNOWN["signature" in claim.certificate][0 if german else 1])
    return [], told


def _faults(claim: Claim, key: str | None) -> list[str]:
    """The cheap and independent questions first; what has failed one is not proved anew."""
    from rueckhalt_routing.certificates.signing import fault  # noqa: PLC0415 - only here

    draft, certificate = claim.draft, claim.certificate
    domain = [(d.name, d.values) for d in dimensions(draft.plan.units)]
    if found := list(verify.faults(draft.document, domain, certificate, facts=claim.facts)):
        return found
    is_signed = (
        key is not None
        or claim.must_be_signed
        or "signature" in certificate
        or "key" in certificate
    )
    if is_signed and (wrong := fault(certificate, key=key)) is not None:
        return [wrong]
    if claim.facts is None:
        none = document_of(draft.plan, NO_FACTS)
        if list(verify.faults(draft.document, domain, certificate, facts=none)):
            return [_NO_FACTS]
        return _replayed(claim, NO_FACTS)
    try:
        facts = read_document(dict(claim.facts), draft.plan).facts
    except BadFacts as error:
        return [f"facts: {each.words('en')}" for each in error.problems[:20]]
    return _replayed(claim, facts)


def _replayed(claim: Claim, facts: Facts) -> list[str]:
    """People and times have no second prover: they are proved anew and must come out the same."""
    certificate = claim.certificate
    start, horizon = (datetime.fromisoformat(certificate[name]) for name in ("from", "horizon"))
    days = round((horizon - start).total_seconds() / _SECONDS_A_DAY)
    if not 0 < days <= 1500:
        return ["the horizon is out of reach"]
    again = prove(claim.draft, start, days, facts=facts).certificate
    if again is None:
        return ["cannot be proved any more"]
    return [
        f"{name} comes out differently"
        for name in _REPLAYED
        if again[name] != certificate.get(name)
    ]
