# SPDX-License-Identifier: EUPL-1.2
"""Makes a report ready outside the transaction: checked, coded, sealed, its answer prepared.

What is left for the transaction is one select (only where a reference or an Idempotency-Key was
given), the inserts and the commit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from rueckhalt_intake.incidents import domain
from rueckhalt_intake.incidents.announcing import accepted
from rueckhalt_intake.incidents.domain import (
    UNKNOWN,
    Account,
    Accused,
    Anachronism,
    Coded,
    Incident,
    Reporter,
    kept_sender,
)
from rueckhalt_intake.incidents.handlers import Registration
from rueckhalt_intake.incidents.known import KnownRequest
from rueckhalt_intake.mailbox.codes import Mailbox, new_mailbox
from rueckhalt_intake.strict.choosing import Strictness
from rueckhalt_intake.units import Units
from rueckhalt_intake.vault.domain import Place
from rueckhalt_intake.vault.pool import IncidentKey
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_intake.waves.domain import names_danger
from rueckhalt_intake.waves.gauge import Gauge
from rueckhalt_shared.contracts import danger_level, derived_severity
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.problems import FieldProblem, Problem
from rueckhalt_shared.web import Caller

_PATIENCE = timedelta(seconds=60)
_LONGEST_KEY = 200
_LISTS = ("affected_groups", "motives", "wishes")
_CODES = ("channel", "place", "relation")


@dataclass(frozen=True, kw_only=True)
class Reception:
    """Where reports come in: what checking, coding and sealing them needs."""

    vault: Vault
    units: Units
    known_ags: Mapping[str, str]
    base_url: str
    routing_deployed: bool
    gauge: Gauge
    strict: Strictness = field(default_factory=Strictness)

    def register(
        self,
        body: Mapping[str, Any],
        caller: Caller,
        *,
        now: datetime,
        network: str,
        idempotency_key: str | None,
        mailbox: Mailbox | None = None,
        key: IncidentKey | None = None,
        number: str | None = None,
    ) -> Registration:
        """The report as it will be kept; raises Problem for what cannot be accepted.

        With `mailbox` the reporter has its code already, and the answer names none. `key` is that
        of a draft: erasing the incident then also shuts what was drafted. `number` is the id of an
        arrival, to whose files it belongs.
        """
        municipality = self._municipality(body["municipality"])
        caller.must_reach(municipality)
        imported = body.get("registered_at")
        registered_at = _registered_at(imported, caller, now=now)
        account = account_of(body)
        self.check(municipality, account, now=now)
        key = self.strict.key_for(municipality, account) or key or self.vault.new_key()
        incident = Incident(
            id=number or str(uuid4()),
            municipality=municipality,
            sender=kept_sender(caller.sender, account.wishes, uuid4().hex),
            mode=caller.mode,
            version=1,
            registered_at=registered_at,
            imported=imported is not None,
            closed_at=registered_at if imported is not None else None,
            close_reason="imported" if imported is not None else None,
            coded=coded_state(account),
            key_id=key.id,
        )
        incident = self.sealed(
            incident, key, body.get("narrative"), particulars_of(account, body.get("reference"))
        )
        registration = self._registration(
            incident,
            body,
            idempotency_key,
            sender=caller.sender,
            anonymous="anonymous" in account.wishes and mailbox is None,
        )
        if mailbox is not None:
            registration = replace(registration, mailbox=mailbox)
        return replace(registration, above=self._above(incident, caller, network, now=now))

    def check(self, municipality: str, account: Account, *, now: datetime) -> None:
        """What the installation knows and a schema cannot; raises FieldProblem."""
        if account.occurred_at is not None:
            _check_time("occurred_at", account.occurred_at, now=now)
        allowed = self.units.allowed(municipality)
        told = {
            "organisation_unit": account.organisation_unit,
            "accused.unit": account.accused.unit,
        }
        for name, unit in told.items():
            if allowed is not None and unit is not None and unit not in allowed:
                raise FieldProblem(name, f"unknown unit {unit!r}", allowed=allowed)

    def sealed(
        self,
        incident: Incident,
        key: IncidentKey,
        narrative: str | None,
        particulars: dict[str, Any],
    ) -> Incident:
        """The incident with its texts sealed, each bound to the version that writes it."""
        version = incident.version
        if narrative:
            place = Place(incident.id, "narrative", version)
            blob = self.vault.seal(key, narrative, place)
            incident = replace(incident, narrative=blob, narrative_version=version)
        if particulars:
            place = Place(incident.id, "particulars", version)
            blob = self.vault.seal(key, json.dumps(particulars, ensure_ascii=False), place)
            incident = replace(incident, particulars=blob, particulars_version=version)
        return incident

    def narrative(self, incident: Incident, *, by: IncidentKey | None = None) -> str | None:
        """The narrative in clear, for those who may read it; strict ones open `by` a key only."""
        if incident.narrative is None:
            return None
        place = Place(incident.id, "narrative", incident.narrative_version)
        return self.vault.open(incident.narrative, place, by=by)

    def particulars(self, incident: Incident, *, by: IncidentKey | None = None) -> dict[str, Any]:
        """Reference, reporter and accused in clear, for those who may read them."""
        if incident.particulars is None:
            return {}
        place = Place(incident.id, "particulars", incident.particulars_version)
        opened: dict[str, Any] = json.loads(self.vault.open(incident.particulars, place, by=by))
        return opened

    @property
    def incidents_url(self) -> str:
        """Where the state of incidents can be asked."""
        return f"{self.base_url}/v1/incidents"

    def _above(
        self, incident: Incident, caller: Caller, network: str, *, now: datetime
    ) -> str | None:
        """The limit this report is above; machines have none, and a named danger passes."""
        if caller.account is None or names_danger(incident.coded.danger):
            return None
        return self.gauge.cause(network, now=now)

    def _municipality(self, told: str) -> str:
        try:
            region = RegionKey.parse(told, known_ags=self.known_ags)
        except InvalidRegionKey as error:
            raise FieldProblem("municipality", str(error)) from None
        if not region.is_municipality:
            told = "send the ARS with 12 digits (a Kreis fills its 5 up with zeros)"
            raise FieldProblem("municipality", told)
        return region.ars

    def _registration(
        self,
        incident: Incident,
        body: Mapping[str, Any],
        key: str | None,
        *,
        sender: str,
        anonymous: bool,
    ) -> Registration:
        answer = accepted(incident, f"{self.incidents_url}/{incident.id}")
        mailbox = None
        if anonymous and not incident.imported:
            answer["mailbox_code"], mailbox = new_mailbox()
        names = {"reference": body.get("reference"), "key": key}
        named = {kind: name for kind, name in names.items() if name is not None}
        waits = self.routing_deployed and not incident.imported
        return Registration(
            incident=incident,
            answer=answer,
            incidents_url=self.incidents_url,
            requests=self._requests(incident, body, answer, named, sender=sender) if named else (),
            names=tuple(named.values()),
            mailbox=mailbox,
            announce_again_at=incident.registered_at + _PATIENCE if waits else None,
        )

    def _requests(
        self,
        incident: Incident,
        body: Mapping[str, Any],
        answer: Mapping[str, Any],
        named: Mapping[str, str],
        *,
        sender: str,
    ) -> tuple[KnownRequest, ...]:
        content = json.dumps(body, sort_keys=True, default=str)
        fingerprint = self.vault.mark_of("body", content)
        text = json.dumps(answer).encode()
        requests = []
        for kind, name in named.items():
            mark = self.vault.mark_of(kind, sender, incident.mode, name)
            requests.append(
                KnownRequest(
                    mark=mark,
                    kind=kind,
                    incident_id=incident.id,
                    fingerprint=fingerprint,
                    answer=self.vault.seal_answer(text, key=name, mark=mark),
                )
            )
        return tuple(requests)


def account_of(body: Mapping[str, Any]) -> Account:
    """The account in a request; what it leaves out or says nothing about counts as unknown."""
    reporter, accused = body.get("reporter") or {}, body.get("accused") or {}
    contact = {name: reporter.get(name) for name in ("name", "email", "phone")}
    lists: dict[str, Any] = {name: tuple(body.get(name) or (UNKNOWN,)) for name in _LISTS}
    single: dict[str, Any] = {name: body.get(name) or UNKNOWN for name in _CODES}
    danger = body.get("danger")
    return Account(
        occurred_at=body.get("occurred_at"),
        forms=tuple(body["forms"]),
        severity=body.get("severity"),
        danger=None if danger is None else tuple(danger),
        organisation_unit=body.get("organisation_unit"),
        reporter=Reporter(
            role=reporter.get("role") or UNKNOWN, person=_text(reporter.get("person")), **contact
        ),
        accused=Accused(
            persons=tuple(dict.fromkeys(str(p) for p in accused.get("persons") or ())),
            unit=accused.get("unit"),
        ),
        **single,
        **lists,
    )


def coded_state(account: Account) -> Coded:
    """The coded state of an account, graded by the published rules."""
    return domain.coded(
        account,
        severity=derived_severity(account.forms, targeted=account.names_a_target),
        danger_level=danger_level(account.danger, place=account.place),
    )


def particulars_of(account: Account, reference: str | None) -> dict[str, Any]:
    """What names somebody, to be sealed; empty where nothing does."""
    reporter = domain.kept_contact(account.reporter, account.wishes)
    if account.reporter.person:
        reporter["person"] = account.reporter.person
    accused: dict[str, Any] = {}
    if account.accused.persons:
        accused["persons"] = list(account.accused.persons)
    if account.accused.unit:
        accused["unit"] = account.accused.unit
    found = {"reference": reference, "reporter": reporter, "accused": accused}
    return {name: value for name, value in found.items() if value}


def checked_key(told: str | None) -> str | None:
    """The Idempotency-Key header; raises FieldProblem."""
    if told is None:
        return None
    if not told.strip() or len(told) > _LONGEST_KEY or not told.isprintable():
        raise FieldProblem("Idempotency-Key", f"must have 1 to {_LONGEST_KEY} printable characters")
    return told


def _registered_at(told: date | datetime | None, caller: Caller, *, now: datetime) -> datetime:
    if told is None:
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
    if "incident:import" not in caller.scopes:
        detail = "registered_at: only a key with the scope incident:import may tell it."
        raise Problem(403, "Not allowed", detail, kind="missing-scope")
    if not isinstance(told, datetime):
        told = datetime.combine(told, time(12), domain.BERLIN)
    _check_time("registered_at", told, now=now)
    told = told.astimezone(UTC)
    return told.replace(microsecond=told.microsecond // 1000 * 1000)


def _check_time(name: str, moment: date | datetime, *, now: datetime) -> None:
    try:
        domain.within_living_memory(moment, now=now)
    except Anachronism as error:
        raise FieldProblem(name, str(error)) from None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
