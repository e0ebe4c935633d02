# SPDX-License-Identifier: EUPL-1.2
"""A copy as a document: everything about the report, and of other people their role only."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rueckhalt_intake.copies.handlers import REPORTER, Taken
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.showing import coded_facts
from rueckhalt_intake.retention import domain as retention
from rueckhalt_intake.retention.domain import Classes
from rueckhalt_intake.retention.handlers import aged_of
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.keys import PEOPLE

FORMAT = "rueckhalt-copy-1"
SYSTEM, OPERATOR = "system", "operator"
RoleOf = Callable[[str, str], str]  # (account id, municipality) -> role


def document(
    taken: Taken, reception: Reception, classes: Classes, *, role_of: RoleOf, now: datetime
) -> dict[str, Any]:
    """The complete copy; texts are opened for this document only."""
    incident = taken.incident
    is_shut = reception.vault.is_strict(incident.key_id)
    opened = {} if is_shut else reception.particulars(incident)
    accused = opened.get("accused", {})
    return {
        "format": FORMAT,
        "made_at": spell_instant(now),
        "incident": coded_facts(incident),
        "reference": opened.get("reference"),
        "narrative": None if is_shut else reception.narrative(incident),
        **({"strict": True} if is_shut else {}),
        "reporter": {"role": incident.coded.reporter_role} | opened.get("reporter", {}),
        # Who is accused is another person: how many were named, and where, not who.
        "accused": {"persons": len(accused.get("persons", [])), "unit": accused.get("unit")},
        "responsible": _responsible(incident),
        "seen": [
            {
                "at": row["at"],
                "role": _role(row["who"], incident.municipality, role_of),
                "act": row["act"],
                "why": row["why"],
            }
            for row in taken.seen
        ],
        "retention": _retention(incident, classes),
        "erasure": _erasure(taken),
    }


def _responsible(incident: Incident) -> dict[str, Any] | None:
    fact = incident.responsibility
    if fact is None:
        return None
    times = {
        "since": fact.at,
        "take_over_by": fact.take_over_by,
        "held_until": fact.held_until,
        "next_due_at": fact.next_due_at,
    }
    told = {"state": fact.state, "role": fact.role}
    return told | {name: _spelled(at) for name, at in times.items()}


def _role(who: str, municipality: str, role_of: RoleOf) -> str:
    if who == REPORTER:
        return REPORTER
    if who.startswith(PEOPLE):
        return role_of(who.removeprefix(PEOPLE).partition("/")[0], municipality)
    return OPERATOR if who.startswith("cli:") else SYSTEM


def _retention(incident: Incident, classes: Classes) -> dict[str, Any]:
    found = retention.ends(aged_of(incident), classes)
    return {
        "class": found.class_,
        "months_after_closing": getattr(classes, found.class_),
        "case_until": _spelled(found.case_at),
        "source_until": _spelled(found.source_at),
        "source_months_if_closed": classes.source_identity if found.source_waits else None,
    }


def _erasure(taken: Taken) -> dict[str, Any]:
    return {
        "source_forgotten": taken.is_source_forgotten,
        "requests": [
            {
                "scope": each.scope,
                "reason": each.reason,
                "asked_at": spell_instant(each.asked_at),
                "state": each.state,
                "answer": each.answer,
            }
            for each in taken.requests
        ],
        "holds": [
            {"ground": each.ground, "reason": each.reason, "set_at": spell_instant(each.set_at)}
            for each in taken.holds
        ],
    }


def _spelled(at: datetime | None) -> str | None:
    return spell_instant(at) if at is not None else None
