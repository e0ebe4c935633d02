# SPDX-License-Identifier: EUPL-1.2
"""Deadlines as people read them: labels, days, and why a day is this day."""

from datetime import date
from typing import Any

from rueckhalt_intake.deadlines.domain import PROPOSAL, Clock, Deadline
from rueckhalt_intake.deadlines.pack import pack
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.pages.words import language, words

_SOON = 21  # days


def shown(deadline: Deadline, today: date) -> dict[str, Any]:
    """One deadline for a page."""
    left = deadline.days_left(today)
    return {
        "code": deadline.code,
        "entitled": deadline.entitled,
        "offender": deadline.offender,
        "name": codes.DEADLINES.label(deadline.code, language()),
        "whose": codes.ENTITLED.label(deadline.entitled, language()),
        "safe_until": day(deadline.safe_until),
        "legal_end": day(deadline.legal_end),
        "is_law": deadline.rule.kind != PROPOSAL,
        "is_soon": left <= _SOON and not deadline.is_settled,
        "state": _state(deadline, left, today),
        "text": _told(deadline.rule.texts),
        "why": [words(f"deadlines.why.{each}") for each in deadline.why],
        "starts_on": day(deadline.starts_on),
        "offences": [_offence(each) for each in deadline.offences],
        "quelle": deadline.rule.quelle,
        "stand": day(deadline.rule.stand),
    }


def hints() -> list[dict[str, str]]:
    """What is still to be checked: no dates."""
    return [{"text": _told(each.texts), "quelle": each.quelle} for each in pack().hints]


def caution() -> str:
    """How old the texts of law are, and that this is no legal advice."""
    return _told(pack().caution)


def values(clock: Clock) -> dict[str, str]:
    """A clock as the values of its form."""
    told: dict[str, Any] = {
        "knows_deed_on": clock.knows_deed_on,
        "knows_offender_on": clock.knows_offender_on,
        "settled_on": clock.settled_on,
    }
    if clock.pause is not None:
        told |= {"pause_since": clock.pause.since, "pause_until": clock.pause.until}
        told |= {"pause_reason": clock.pause.reason}
    return {name: str(value) for name, value in told.items() if value is not None}


def day(at: date) -> str:
    """A day as people here read it."""
    return words("desk.day", at=at)


def _state(deadline: Deadline, left: int, today: date) -> str:
    if deadline.clock.settled_on is not None:
        return words("deadlines.settled", at=deadline.clock.settled_on)
    if today > deadline.legal_end:
        return words("deadlines.over")
    if left < 0:
        return words("deadlines.last_days")
    return words("deadlines.days_left", count=left)


def _offence(offence: Any) -> str:
    need = words(f"deadlines.application.{offence.application}")
    return f"{offence.norm} ({_told(offence.name)}): {need}"


def _told(texts: Any) -> str:
    return str(texts.get(language()) or texts["de"])
