# SPDX-License-Identifier: EUPL-1.2
"""Corrections: the account as it was, with what the sender now says instead."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.reception import (
    Reception,
    account_of,
    coded_state,
    particulars_of,
)
from rueckhalt_intake.vault.pool import IncidentKey
from rueckhalt_intake.vault.sealing import SealedStrictly

_SEALED = {"narrative", "reporter", "accused"}


def corrected(
    reception: Reception, before: Incident, body: Mapping[str, Any], *, now: datetime
) -> Incident:
    """The incident as corrected; `before` itself when nothing is new. Raises Problem."""
    if reception.vault.is_strict(before.key_id):
        return _corrected_shut(reception, before, body, now=now)
    known = reception.particulars(before)
    account = account_of(_body_of(before, known) | dict(body))
    reception.check(before.municipality, account, now=now)
    reception.strict.note(before.municipality, account, before.key_id)
    coded = coded_state(account)
    particulars = particulars_of(account, known.get("reference"))
    after = replace(before, version=before.version + 1, coded=coded)
    narrative = body.get("narrative")
    new_narrative = "narrative" in body and (narrative or None) != reception.narrative(before)
    if new_narrative:
        after = replace(after, narrative=None)
    if particulars != known:
        after = replace(after, particulars=None)
    if not new_narrative and particulars == known:
        return before if coded == before.coded else after
    return reception.sealed(
        after,
        _key_of(reception, before),
        narrative if new_narrative else None,
        particulars if particulars != known else {},
    )


def _corrected_shut(
    reception: Reception, before: Incident, body: Mapping[str, Any], *, now: datetime
) -> Incident:
    """A strict report: its codes are corrected, what is sealed stays as it is and is not opened."""
    if not _SEALED.isdisjoint(body):
        raise SealedStrictly(
            "narrative, reporter and accused of this report are open to the holders of the role "
            "key alone; please report again and say that it belongs to this one"
        )
    account = account_of(_body_of(before, {}) | dict(body))
    reception.check(before.municipality, account, now=now)
    coded, kept = coded_state(account), before.coded
    coded = replace(
        coded,
        excluded=kept.excluded,
        exclude_supervisor=coded.exclude_supervisor or kept.exclude_supervisor,
        reporter_kind="anonymous" if "anonymous" in account.wishes else kept.reporter_kind,
    )
    return before if coded == kept else replace(before, version=before.version + 1, coded=coded)


def _key_of(reception: Reception, incident: Incident) -> IncidentKey:
    return reception.vault.key_of(incident.key_id)


def _body_of(incident: Incident, particulars: Mapping[str, Any]) -> dict[str, Any]:
    """The report this state comes from, as its sender would send it now."""
    coded = incident.coded
    return {
        "occurred_at": coded.occurred_at,
        "forms": coded.forms,
        "channel": coded.channel,
        "place": coded.place,
        "affected_groups": coded.affected_groups,
        "relation": coded.relation,
        "motives": coded.motives,
        "severity": None if coded.severity_derived else coded.severity,
        "danger": coded.danger,
        "organisation_unit": coded.organisation_unit,
        "wishes": coded.wishes,
        "reporter": {"role": coded.reporter_role} | dict(particulars.get("reporter", {})),
        "accused": particulars.get("accused"),
    }
