# SPDX-License-Identifier: EUPL-1.2
"""A certificate held against its plan: the table by the independent verifier, the rest anew."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.proof import verify
from rueckhalt_routing.proving.concluding import prove

_SECONDS_A_DAY = 86400
_REPLAYED = (
    *("checker", "chains", "worst_by_urgency", "weak"),
    *("calendar_hash", "inputs_hash", "rotas_hash", "valid_until", "horizon"),
)


def verified(
    draft: Draft,
    certificate: Mapping[str, Any],
    now: datetime,
    language: str,
    *,
    key: str | None = None,
) -> tuple[list[str], list[str]]:
    """The faults, and the sentences for people. A signature there is must fit."""
    from rueckhalt_routing.certificates.signing import fault  # noqa: PLC0415 - only here

    domain = [(d.name, d.values) for d in dimensions(draft.plan.units)]
    faults = list(verify.faults(draft.document, domain, certificate))
    if not faults and (key is not None or "signature" in certificate or "key" in certificate):
        faults = [found for found in (fault(certificate, key=key),) if found is not None]
    if not faults:
        faults = _replayed(draft, certificate)
    if not faults and not verify.is_valid_at(certificate, now):
        faults = ["not valid at this time"]
    german = language == "de"
    if faults:
        return faults, [f"{'Ungültig' if german else 'Not valid'}: {fault}" for fault in faults]
    until = certificate["valid_until"]
    return [], [f"Der Nachweis gilt bis {until}." if german else f"Valid until {until}."]


def _replayed(draft: Draft, certificate: Mapping[str, Any]) -> list[str]:
    """People and times have no second prover: they are proved anew and must come out the same."""
    start, horizon = (datetime.fromisoformat(certificate[name]) for name in ("from", "horizon"))
    days = round((horizon - start).total_seconds() / _SECONDS_A_DAY)
    if not 0 < days <= 1500:
        return ["the horizon is out of reach"]
    again = prove(draft, start, days).certificate
    if again is None:
        return ["cannot be proved any more"]
    return [
        f"{name} comes out differently"
        for name in _REPLAYED
        if again[name] != certificate.get(name)
    ]
