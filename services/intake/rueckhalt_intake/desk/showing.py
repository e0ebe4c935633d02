# SPDX-License-Identifier: EUPL-1.2
"""An incident for the people at the desk: codes by their labels, times as people read them."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from rueckhalt_intake.incidents.domain import BERLIN, Incident
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.codes import CodeList
from rueckhalt_shared.pages.words import language, words

_LISTS: tuple[tuple[str, CodeList], ...] = (
    ("forms", codes.FORMS),
    ("channel", codes.CHANNELS),
    ("place", codes.PLACES),
    ("affected_groups", codes.AFFECTED_GROUPS),
    ("relation", codes.RELATIONS),
    ("motives", codes.MOTIVES),
    ("danger", codes.DANGERS),
    ("danger_level", codes.DANGER_LEVELS),
    ("wishes", codes.WISHES),
    ("reporter_role", codes.REPORTER_ROLES),
)


def row(incident: Incident, urgency: str | None) -> dict[str, Any]:
    """One line of the list: codes and times only."""
    return {
        "id": incident.id,
        "registered": moment(incident.registered_at),
        "forms": _labels(codes.FORMS, incident.coded.forms),
        "status": codes.STATUSES.label(incident.status, language()),
        "urgency": codes.URGENCIES.label(urgency or "unknown", language()),
        "is_urgent": urgency not in ("u0", "u1"),  # unknown is never harmless
        "due": _due(incident),
    }


def facts(incident: Incident, urgency: str | None) -> list[tuple[str, str]]:
    """What is known of the incident, as pairs of name and value."""
    coded = incident.coded
    told = [
        (words("desk.status"), codes.STATUSES.label(incident.status, language())),
        (words("desk.urgency"), codes.URGENCIES.label(urgency or "unknown", language())),
        (words("desk.registered_at"), moment(incident.registered_at)),
    ]
    if coded.occurred_at is not None:
        told.append((words("desk.occurred_at"), moment(coded.occurred_at)))
    for name, codelist in _LISTS:
        value = getattr(coded, name)
        values = value if isinstance(value, tuple) else (value,) if value is not None else ()
        if values:
            told.append((words(f"desk.{name}"), _labels(codelist, values)))
    if coded.severity is not None:
        label = codes.SEVERITIES.label(str(coded.severity), language())
        told.append((words("desk.severity"), label))
    if coded.organisation_unit is not None:
        told.append((words("desk.unit"), coded.organisation_unit))
    return told


def responsible(incident: Incident, me: str | None) -> list[tuple[str, str]]:
    """Who has it and until when what is due."""
    fact = incident.responsibility
    if fact is None:
        return []
    told = [(words("desk.role"), codes.ROLES.label(fact.role or "unknown", language()))]
    whose = "desk.you" if me is not None and fact.person == me else "desk.somebody_else"
    told.append((words("desk.who"), words(whose)))
    if fact.take_over_by is not None:
        told.append((words("desk.take_over_by"), moment(fact.take_over_by)))
    if fact.next_due_at is not None:
        told.append((words("desk.next_due_at"), moment(fact.next_due_at)))
    return told


def texts(incident: Incident, reception: Reception) -> dict[str, Any]:
    """Narrative and contact data in clear, for this answer only."""
    opened = reception.particulars(incident)
    return {
        "narrative": reception.narrative(incident),
        "reporter": list(_reporter(opened.get("reporter", {}))),
        "accused": bool(opened.get("accused")),
    }


def reasons() -> list[tuple[str, str]]:
    """Why an incident may be closed; `imported` is for history."""
    chosen = (code for code in codes.CLOSE_REASONS if code not in ("imported", "unknown"))
    return [(code, codes.CLOSE_REASONS.label(code, language())) for code in chosen]


def moment(at: date | datetime) -> str:
    """A time as people here read it."""
    if isinstance(at, datetime):
        return words("desk.time", at=at.astimezone(BERLIN))
    return words("desk.day", at=at)


def _due(incident: Incident) -> str:
    fact = incident.responsibility
    due = (fact.next_due_at or fact.take_over_by) if fact is not None else None
    return moment(due) if due is not None and incident.closed_at is None else ""


def _reporter(told: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name in ("name", "email", "phone"):
        if name in told:
            yield words(f"desk.reporter_{name}"), told[name]


def _labels(codelist: CodeList, values: Collection[str]) -> str:
    return ", ".join(codelist.label(value, language()) for value in values)
