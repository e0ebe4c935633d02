# SPDX-License-Identifier: EUPL-1.2
"""What routing has promised about an incident, in sentences with day and hour."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rueckhalt_intake.desk.showing import moment
from rueckhalt_intake.incidents.domain import Incident, Responsibility
from rueckhalt_shared.pages.words import words

BERLIN = ZoneInfo("Europe/Berlin")
TAKEN = ("taken_over", "handed_over")


def promises(incident: Incident, *, now: datetime) -> list[str]:
    """Who does what by when; nothing while routing has not said it, or when all is done."""
    fact = incident.responsibility
    if fact is None or incident.closed_at is not None or fact.state == "completed":
        return []
    return _taken(fact, now) if fact.state in TAKEN else _awaited(fact, now)


def spoken(at: datetime) -> str:
    """A time with its day of the week: "Montag, 23.11.2026, 08:00 Uhr"."""
    local = at.astimezone(BERLIN)
    return words(
        "standing.on_day", day=words("standing.days").split()[local.weekday()], at=moment(at)
    )


def _awaited(fact: Responsibility, now: datetime) -> list[str]:
    told = []
    if fact.held_until is not None and fact.held_until > now:
        told.append(words("standing.held", at=spoken(fact.held_until)))
    if (by := fact.take_over_by or fact.next_due_at) is not None:
        told.append(words("standing.late" if by < now else "standing.take_over", at=spoken(by)))
    return told


def _taken(fact: Responsibility, now: datetime) -> list[str]:
    told = [words("standing.taken" if fact.partner is None else "standing.taken_outside")]
    if (by := fact.next_due_at) is not None:
        told.append(words("standing.late_step" if by < now else "standing.step", at=spoken(by)))
    return told
