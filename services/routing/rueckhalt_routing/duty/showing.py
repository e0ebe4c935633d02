# SPDX-License-Identifier: EUPL-1.2
"""Duties in words: who, until when, why; and who looks at them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_routing.duty import entries
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.entries import Absence, RotaChange
from rueckhalt_routing.duty.house import House, house_in
from rueckhalt_routing.duty.reading_csv import FIRST_YEAR, LAST_YEAR
from rueckhalt_routing.duty.roster import Duty, Missing
from rueckhalt_routing.duty.standing import Lead, Standing
from rueckhalt_shared.contracts.codes import ROLES
from rueckhalt_shared.identity.roles import OWN_DUTY, SEE_DUTY
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.problems import Problem
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import caller, database, settings

PLANS = "plan:write"
_BERLIN = ZoneInfo("Europe/Berlin")
STAFF = (SEE_DUTY, PLANS)
OWN = (PLANS, OWN_DUTY)


@dataclass(frozen=True)
class Looker:
    """Who looks: whether they keep the plan, and who they are in it."""

    house: House
    plans: bool
    own: str | None

    @property
    def actor(self) -> Actor:
        """As whom they enter something. Raises a 403 for whom the plan does not name."""
        who = caller()
        name = f"{who.sender}/{who.key_id}" if who.key_id else who.sender
        return Actor(name=name, only=None if self.plans else self.me, me=self.own)

    @property
    def me(self) -> str:
        """Their key in the plan. Raises a 403 for whom the plan does not name."""
        if self.own is None:
            raise Problem(403, words("duty.nobody"), words("duty.nobody_text"), kind="nobody")
        return self.own

    def whom(self, person: str) -> str:
        """Whom an entry is about: whoever keeps the plan chooses, all others are it themselves."""
        return person if self.plans else (self.own or "")


def town() -> str:
    """The town these pages are about: the installation's, else the caller's."""
    own: str = settings().municipality
    return own if own and caller().reaches(own) else caller().municipalities[0]


def looker() -> Looker:
    """Who looks at which house. Raises NoPlan."""
    house = database().read(house_in, town())
    return Looker(house, PLANS in caller().scopes, house.key_of(caller().person))


# ------------------------------------------------------------------------------------- words
def at_words(at: int | datetime) -> str:
    """An instant by German clocks, with its weekday."""
    instant = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else at
    local = instant.astimezone(_BERLIN)
    day = words("duty.weekdays").split()[local.weekday()]
    return words("duty.instant", day=day, at=local)


def role_words(code: str, unit: str = "") -> str:
    """A role in words, with its unit; the code where it is one of the plan's own."""
    label = ROLES.label(code, language()) if code in ROLES else code
    return f"{label} – {unit}" if unit else label


def because(house: House, lead: Lead) -> str:
    """Why it is this person: by what, and who before them is not there."""
    if lead.first is None:
        told = [_gone(house, duty, why) for duty, why in lead.missing]
        return "; ".join(told) or words("duty.no_duty")
    duty = lead.first
    instead = house.name(duty.instead_of) if duty.instead_of else ""
    kind = f"duty.because.{duty.because}"
    reason = words(f"{kind}_of", name=instead) if instead else words(kind)
    gone = [_gone(house, duty, why) for duty, why in lead.missing]
    return "; ".join([reason, *gone])


def _gone(house: House, duty: Duty, why: Missing) -> str:
    return words(f"duty.missing.{why.cause}", name=house.name(duty.person))


def standing_row(house: House, each: Standing, title: str) -> dict[str, Any]:
    """A role or rota as a line of the table."""
    now, after = each.now, each.next
    following = after.first if after is not None else None
    return {
        "title": title,
        "now": house.name(now.first.person) if now.first else "",
        "because": because(house, now),
        "behind": house.name(now.behind[0].person) if now.behind else "",
        "until": at_words(each.until) if each.until is not None else "",
        "next": house.name(following.person) if following else "",
        "ends": after is not None and following is None,
    }


def lead_row(house: House, lead: Lead) -> dict[str, Any]:
    """One stretch of a rota."""
    return {
        "start": at_words(lead.start),
        "end": at_words(lead.end),
        "who": house.name(lead.first.person) if lead.first else "",
        "because": because(house, lead),
        "behind": ", ".join(house.name(duty.person) for duty in lead.behind),
    }


def absence_rows(house: House, found: Iterable[Absence], mine: Looker) -> list[dict[str, Any]]:
    """Absences as lines, with whether this reader may remove them."""
    return [
        {
            "id": each.id,
            "name": house.name(each.person),
            "start": at_words(each.start_at),
            "end": at_words(each.end_at),
            "source": words(f"absence.source.{each.source}"),
            "may_remove": each.source != entries.FEED and (mine.plans or each.person == mine.own),
        }
        for each in found
    ]


def change_row(house: House, each: RotaChange, mine: Looker) -> dict[str, Any]:
    """A change of a rota, with what this reader may do about it."""
    titles = dict(house.rotas())
    asked, waits_for = each.state == entries.ASKED, each.waits_for
    return {
        "id": each.id,
        "rota": titles.get(each.rota, each.rota),
        "kind": words(f"swap.kind.{each.kind}"),
        "state": words(f"swap.state.{each.state}"),
        "state_kind": {"agreed": "success", "asked": "warning"}.get(each.state, ""),
        "start": at_words(each.start_at),
        "end": at_words(each.end_at),
        "taker": house.name(each.person),
        "giver": house.name(each.instead_of) if each.instead_of else "",
        "back": (at_words(each.back_start_at), at_words(each.back_end_at))
        if each.back_start_at and each.back_end_at
        else None,
        "answer_by": at_words(each.lapses_at) if asked else "",
        "waits_for": ", ".join(sorted(house.name(key) for key in waits_for)),
        "may_answer": mine.own in waits_for,
        "may_withdraw": each.state in (entries.ASKED, entries.AGREED)
        and (mine.plans or (asked and mine.own is not None and mine.own == each.instead_of)),
    }


def hours(seconds: int) -> str:
    """A load in hours."""
    return words("duty.hours", hours=f"{seconds / 3600:.0f}")


def month_of(text: str, now: datetime) -> datetime:
    """The first of a month, by `2026-12`; anything else is this month."""
    this = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    try:
        wanted = datetime.strptime(text, "%Y-%m")  # noqa: DTZ007 - a wall clock
    except ValueError:
        return this
    return wanted if FIRST_YEAR < wanted.year < LAST_YEAR else this


def next_month(first: datetime, by: int = 1) -> datetime:
    """The first of the next month, or of the one before."""
    return (first + timedelta(days=31 if by > 0 else -1)).replace(day=1)
