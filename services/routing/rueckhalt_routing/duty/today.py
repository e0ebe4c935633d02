# SPDX-License-Identifier: EUPL-1.2
"""What anybody may know of today: which roles answer, in which hours, which duty goes on.

Who is away, who stands in and who has night duty is never said here, whatever the plan allows.
"""

from dataclasses import dataclass
from datetime import datetime

from rueckhalt_routing.duty.house import House
from rueckhalt_routing.duty.roster import HOLDER, LEFT, NOT_WITH_US
from rueckhalt_routing.plan.domain import BY_NAME
from rueckhalt_routing.plan.opening import OFFICE_HOURS


@dataclass(frozen=True, kw_only=True)
class Open:
    """One role that answers; whose it is only where the plan lets names be seen."""

    role: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Today:
    """What the page says."""

    roles: tuple[Open, ...]
    duties: tuple[str, ...]
    """Titles of the rotas on duty at this instant."""
    contact: str
    opens: str
    closes: str
    is_open: bool
    is_closed_day: bool


def today_of(house: House, at: datetime) -> Today | None:
    """What may be seen at an instant; None where the plan lets nothing be seen."""
    public, calendar = house.plan.public, house.plan.calendar
    if not public.is_shown:
        return None
    second = int(at.timestamp())
    names = _names(house, second) if public.show == BY_NAME else {}
    days = house.compiled.days
    return Today(
        roles=tuple(Open(role=code, name=names.get(code, "")) for code in public.roles),
        duties=tuple(title for code, title in house.rotas() if house.roster.on_duty(code, second)),
        contact=public.contact,
        opens=f"{calendar.office_from:%H:%M}",
        closes=f"{calendar.office_until:%H:%M}",
        is_open=days.class_at(second) == OFFICE_HOURS,
        is_closed_day=days.is_closed(house.wall(at).date()) or house.wall(at).weekday() > 4,
    )


def _names(house: House, at: int) -> dict[str, str]:
    """Whose each role is by the plan, there or not; nobody's who has left, or has it by rota."""
    found = {}
    for code in house.plan.public.roles:
        first = next(iter(house.roster.holders(code, "", at)), None)
        if first is None or first.because != HOLDER:
            continue
        missing = house.roster.missing(first, at)
        if missing is None or missing.cause not in (LEFT, NOT_WITH_US):
            found[code] = house.name(first.person)
    return found
