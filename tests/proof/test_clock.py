# SPDX-License-Identifier: EUPL-1.2
"""Wall clocks across both changes of the clock in Europe/Berlin, minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_routing.plan.calendar import time_class
from rueckhalt_routing.plan.domain import Calendar
from rueckhalt_routing.proof.clock import class_spans, instant_of, wall_of
from rueckhalt_routing.proof.spans import contains

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2027-03-28 01:59", utc(2027, 3, 28, 0, 59)),
        ("2027-03-28 02:00", utc(2027, 3, 28, 1, 0)),
        ("2027-03-28 02:30", utc(2027, 3, 28, 1, 0)),  # skipped: the first after it
        ("2027-03-28 03:00", utc(2027, 3, 28, 1, 0)),
        ("2026-10-25 02:30", utc(2026, 10, 25, 0, 30)),  # twice: the first of them
        ("2026-10-25 03:00", utc(2026, 10, 25, 2, 0)),
        ("2028-02-29 00:00", utc(2028, 2, 28, 23, 0)),
    ],
)
def test_a_wall_clock_stands_for_the_first_instant_that_reads_at_least_it(
    wall: str, instant: int
) -> None:
    assert instant_of(datetime.fromisoformat(wall), BERLIN) == instant


AROUND = [datetime.fromisoformat(day) for day in ("2026-10-24", "2026-10-27")]


@given(st.datetimes(*AROUND), st.timedeltas(timedelta(0), timedelta(hours=5)))
def test_a_later_wall_clock_never_becomes_an_earlier_instant(
    wall: datetime, more: timedelta
) -> None:
    wall = wall.replace(microsecond=0, fold=0)
    later = (wall + more).replace(microsecond=0)

    assert instant_of(wall, BERLIN) <= instant_of(later, BERLIN)
    assert wall_of(instant_of(wall, BERLIN), BERLIN) >= wall


@pytest.mark.parametrize("around", [SPRING, AUTUMN, date(2028, 2, 29), date(2026, 12, 31)])
@pytest.mark.parametrize("night", [(time(20), time(6)), (time(2, 30), time(2, 45)), (time(0),) * 2])
def test_time_classes_agree_with_the_routers_at_every_minute(
    around: date, night: tuple[time, time]
) -> None:
    calendar = Calendar(night_from=night[0], night_until=night[1], closing_days=frozenset({around}))
    first = int(datetime.combine(around - timedelta(days=1), time(0), BERLIN).timestamp())
    within = (first, first + 4 * 86400 + 17)
    times = (calendar.office_from, calendar.office_until, *night)

    found = class_spans(within, BERLIN, times=times, class_of=lambda at: time_class(at, calendar))

    for instant in range(*within, 60):
        there = [name for name, spans in found.items() if contains(spans, instant)]
        assert there == [time_class(datetime.fromtimestamp(instant, UTC), calendar)]


@pytest.mark.parametrize("around", [SPRING, AUTUMN])
@pytest.mark.parametrize("bell", [(time(2, 30), time(2, 45)), (time(1), time(2, 30))])
def test_what_the_clock_alone_decides_changes_where_the_clock_is_changed(
    around: date, bell: tuple[time, time]
) -> None:
    def is_between(at: datetime) -> str:
        return str(bell[0] <= at.astimezone(BERLIN).time() < bell[1])

    first = int(datetime.combine(around, time(0), BERLIN).timestamp())
    within = (first, first + 86400)

    found = class_spans(within, BERLIN, times=bell, class_of=is_between)

    for instant in range(*within, 60):
        there = [name for name, spans in found.items() if contains(spans, instant)]
        assert there == [is_between(datetime.fromtimestamp(instant, UTC))]
