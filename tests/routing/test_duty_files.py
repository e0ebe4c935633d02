# SPDX-License-Identifier: EUPL-1.2
"""Files of absences: tables and calendars, whole and hostile. Nothing of a refused one is taken."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rueckhalt_routing.duty import entries, handlers, importing, store
from rueckhalt_routing.duty.absence_files import FileRefused, Found, Window
from rueckhalt_routing.duty.importing import Import, Wanted
from rueckhalt_routing.duty.reading_csv import read_table
from rueckhalt_routing.duty.reading_ical import OUT, read_calendar
from tests.routing.town import ARS, Town
from tests.support import NOON

BERLIN = ZoneInfo("Europe/Berlin")
PEOPLE = ("anna.aydin", "lars.lind")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WINDOW = Window(start=NOW, end=NOW + timedelta(days=500))


def spans(found: tuple[Found, ...]) -> list[tuple[str, str]]:
    """Begin and end by German clocks."""
    return [
        (f"{a.start.astimezone(BERLIN):%d.%m. %H:%M}", f"{a.end.astimezone(BERLIN):%d.%m. %H:%M}")
        for a in found
    ]


def table(text: str) -> tuple[Found, ...]:
    return read_table(text, people=PEOPLE, zone=BERLIN)


def event(*lines: str, uid: str = "a@b") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"])


def calendar(*events: str, **how: Any) -> tuple[Found, ...]:
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""])
    return read_calendar(text, person="anna.aydin", zone=BERLIN, window=WINDOW, **how)


def refused(work: Any, *given: Any, **how: Any) -> list[tuple[int, str, str]]:
    with pytest.raises(FileRefused) as caught:
        work(*given, **how)
    for problem in caught.value.problems:
        assert problem.words("de")
        assert problem.words("en")
    return [(each.line, each.field, each.code) for each in caught.value.problems]


# ------------------------------------------------------------------------------------ tables
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("anna.aydin;2026-12-24;2026-12-26", ("24.12. 00:00", "27.12. 00:00")),
        ("anna.aydin;24.12.2026;24.12.2026", ("24.12. 00:00", "25.12. 00:00")),
        ("Anna.Aydin;24.12.2026 08:00;24.12.2026 12:30", ("24.12. 08:00", "24.12. 12:30")),
        ("anna.aydin;2026-12-24T08:00;2026-12-24T24:00", ("24.12. 08:00", "25.12. 00:00")),
        ("anna.aydin;28.03.2027 02:30;28.03.2027 03:30", ("28.03. 03:00", "28.03. 03:30")),
    ],
)
def test_a_line_says_who_is_away_by_days_or_by_clocks(line: str, wanted: tuple[str, str]) -> None:
    assert spans(table(f"Person;von;bis\n{line}\n")) == [wanted]


def test_any_separator_and_a_name_beside_the_key_will_do() -> None:
    assert len(table("person,name,from,until\nanna.aydin,Anna,2026-12-24,2026-12-24\n")) == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("person;von\nanna.aydin;2026-12-24\n", [(1, "until", "missing_column")]),
        ("person;von;bis;grund\n", [(1, "file", "unknown_column")]),
        ("person;von;bis\n;2026-12-24;2026-12-25\n", [(2, "person", "missing")]),
        ("person;von;bis\nniemand;2026-12-24;2026-12-25\n", [(2, "person", "unknown_person")]),
        ("person;von;bis\nanna.aydin;24.13.2026;25.12.2026\n", [(2, "from", "bad_time")]),
        ("person;von;bis\nanna.aydin;24.12.2026 8:61;25.12.2026\n", [(2, "from", "bad_time")]),
        ("person;von;bis\nanna.aydin;2026-12-26;2026-12-24\n", [(2, "until", "ends_before")]),
        (
            "person;von;bis\nanna.aydin;2026-12-01;2026-12-09\n\nanna.aydin;2026-12-09;2026-12-10",
            [(4, "from", "overlaps")],
        ),
    ],
)
def test_a_wrong_table_is_refused_with_line_and_field(
    text: str, wanted: list[tuple[int, str, str]]
) -> None:
    assert refused(table, text) == wanted


def test_a_table_without_end_is_refused() -> None:
    text = "person;von;bis\n" + "anna.aydin;2026-12-24;2026-12-24\n" * 10_001

    assert refused(table, text) == [(10_001, "file", "too_many_lines")]


# --------------------------------------------------------------------------------- calendars
def test_a_whole_day_of_a_calendar_is_one_of_the_plans_zone() -> None:
    found = calendar(event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227"))

    assert spans(found) == [("24.12. 00:00", "27.12. 00:00")]


@pytest.mark.parametrize(
    "start",
    [
        "DTSTART:20261224T070000Z",
        "DTSTART:20261224T080000",
        "DTSTART;TZID=Europe/Berlin:20261224T080000",
        'DTSTART;TZID="W. Europe Standard Time":20261224T080000',
        "DTSTART;TZID=Europe/London:20261224T070000",
    ],
)
def test_times_are_read_in_their_zone(start: str) -> None:
    assert spans(calendar(event(start, "DURATION:PT2H"))) == [("24.12. 08:00", "24.12. 10:00")]


def test_repetitions_keep_the_clock_across_its_change() -> None:
    found = calendar(
        event(
            "DTSTART;TZID=Europe/Berlin:20270325T220000",
            "DURATION:PT8H",
            "RRULE:FREQ=DAILY;COUNT=4",
        )
    )

    assert spans(found)[2:] == [
        ("27.03. 22:00", "28.03. 06:00"),
        ("28.03. 22:00", "29.03. 06:00"),
    ]


def test_exceptions_move_and_remove_single_days() -> None:
    found = calendar(
        event(
            "DTSTART;VALUE=DATE:20261201",
            "RRULE:FREQ=WEEKLY;UNTIL=20261222",
            "EXDATE;VALUE=DATE:20261215",
        ),
        event("RECURRENCE-ID;VALUE=DATE:20261208", "DTSTART;VALUE=DATE:20261209"),
    )

    assert [start for start, _ in spans(found)] == [
        *("01.12. 00:00", "09.12. 00:00", "22.12. 00:00"),
    ]


@pytest.mark.parametrize(
    ("line", "all_busy", "only_away"),
    [
        ("X-MICROSOFT-CDO-BUSYSTATUS:OOF", 1, 1),
        ("X-MICROSOFT-CDO-BUSYSTATUS:BUSY", 1, 0),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", 0, 0),
        ("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", 0, 0),
        ("TRANSP:TRANSPARENT", 0, 0),
        ("TRANSP:OPAQUE", 1, 0),
        ("STATUS:CANCELLED", 0, 0),
    ],
)
def test_only_busy_times_count(line: str, all_busy: int, only_away: int) -> None:
    text = event("DTSTART:20261224T070000Z", "DURATION:PT2H", line)

    assert (len(calendar(text)), len(calendar(text, counts=OUT))) == (all_busy, only_away)


def test_free_busy_without_titles_is_read() -> None:
    found = calendar(
        "BEGIN:VFREEBUSY",
        "FREEBUSY;FBTYPE=BUSY:20261224T070000Z/PT2H,20261225T070000Z/20261225T080000Z",
        "FREEBUSY;FBTYPE=FREE:20261226T070000Z/PT2H",
        "END:VFREEBUSY",
    )

    assert spans(found) == [("24.12. 08:00", "24.12. 10:00"), ("25.12. 08:00", "25.12. 09:00")]


def test_what_a_calendar_says_beside_times_is_not_kept() -> None:
    text = event(
        "DTSTART:20261224T070000Z",
        "DURATION:PT2H",
        "SUMMARY:Kur in Bad Berka",
        "DESCRIPTION:geheim",
        "BEGIN:VALARM",
        "DTSTART:garbage",
        "END:VALARM",
    )

    (found,) = calendar(text)

    assert "Kur" not in repr(found)
    assert "a@b" not in repr(found)


def test_folded_lines_are_one() -> None:
    assert len(calendar(event("DTSTART:2026122\r\n 4T070000Z", "DURATION:\r\n\tPT2H"))) == 1


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["SUMMARY:x"], (3, "DTSTART", "missing")),
        (["DTSTART:gestern"], (5, "DTSTART", "bad_time")),
        (["DTSTART;TZID=Mittelerde/Auenland:20261224T070000"], (5, "TZID", "unknown_zone")),
        (["DTSTART;TZID=../../etc/passwd:20261224T070000"], (5, "TZID", "unknown_zone")),
        (["DTSTART:20261224T070000Z", "DTEND:20261223T070000Z"], (6, "DTEND", "ends_before")),
        (["DTSTART:20261224T070000Z", "DURATION:ewig"], (6, "DURATION", "bad_time")),
        (["DTSTART:20261224T070000Z", "DURATION:P9999D"], (6, "DURATION", "too_far")),
        (["DTSTART:20261224T070000Z", "RRULE:FREQ=FOO"], (6, "RRULE", "bad_rule")),
        (["DTSTART:20261224T070000Z", "RRULE:COUNT=2"], (6, "RRULE", "bad_rule")),
        (["DTSTART:20261224T070000Z", "RRULE:FREQ=DAILY;INTERVAL=0"], (6, "RRULE", "bad_rule")),
        (["DTSTART:20261224T070000Z", "RRULE:FREQ=DAILY;COUNT=x"], (6, "RRULE", "bad_rule")),
        (
            ["DTSTART:20261224T070000Z", "RRULE:FREQ=SECONDLY;COUNT=100000"],
            (6, "RRULE", "rule_too_fine"),
        ),
        (
            ["DTSTART:20261224T070000Z", "RRULE:FREQ=DAILY;BYSECOND=0,1,2,3"],
            (6, "RRULE", "rule_too_fine"),
        ),
        (["DTSTART:19010101T070000Z", "RRULE:FREQ=DAILY"], (5, "DTSTART", "too_far")),
    ],
)
def test_a_broken_entry_is_refused_with_line_and_field(
    lines: list[str], wanted: tuple[int, str, str]
) -> None:
    assert refused(calendar, event(*lines)) == [wanted]


def test_a_file_torn_in_the_middle_is_refused() -> None:
    assert refused(calendar, "BEGIN:VEVENT", "DTSTART:20261224T070000Z")[0][2] == "broken"


def test_a_hundred_thousand_repetitions_stay_inside_the_window() -> None:
    found = calendar(
        event("DTSTART:20261001T070000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=100000")
    )

    assert len(found) == 500


def test_more_absences_than_anybody_has_are_refused() -> None:
    many = [
        event("DTSTART:20261201T070000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", uid=f"{n}")
        for n in range(20)
    ]

    assert refused(calendar, *many)[0][2] == "too_many"


def test_a_calendar_that_takes_too_long_is_given_up() -> None:
    ticks = iter(range(1000))
    many = [event("DTSTART:20261201T070000Z", "DURATION:PT1H", uid=f"{n}") for n in range(9)]

    found = refused(calendar, *many, clock=lambda: float(next(ticks)))

    assert found[0][2] == "too_long"


def test_a_rule_that_never_fits_ends() -> None:
    assert (
        calendar(
            event(
                "DTSTART:20261201T070000Z",
                "DURATION:PT1H",
                "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
            )
        )[1:]
        == ()
    )


def test_damaged_calendars_are_read_or_refused_and_nothing_else() -> None:
    whole = "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            event("DTSTART;TZID=Europe/Berlin:20261201T070000", "DTEND;VALUE=DATE:20261203"),
            event("DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3", uid="b"),
            event("RECURRENCE-ID;VALUE=DATE:20261207", "DTSTART:20261208T080000Z", uid="b"),
            "END:VCALENDAR",
        ]
    )
    dice = random.Random(4)
    for _ in range(300):
        place, length = dice.randrange(len(whole)), dice.randrange(1, 6)
        torn = (
            whole[:place] + dice.choice(["", ";", ":", "\r\n", "9", "-"]) + whole[place + length :]
        )
        with suppress(FileRefused):
            read_calendar(torn, person="anna.aydin", zone=BERLIN, window=WINDOW)


# ------------------------------------------------------------------------------------ import
def take(town: Town, raw: str | bytes, *, dry_run: bool = False, **how: Any) -> Import:
    given: dict[str, Any] = {"municipality": ARS, "people": PEOPLE, "zone": BERLIN, "by": "test"}
    wanted = Wanted(**given | how)
    data = raw.encode() if isinstance(raw, str) else raw
    source, found = importing.read_file(data, wanted, now=town.clock.now)
    return town.database.run(importing.take, source, found, wanted, dry_run=dry_run)


def away(town: Town) -> list[tuple[str, str]]:
    found = town.database.read(store.absences_of, ARS)
    return [(each.person, f"{each.start_at.astimezone(BERLIN):%d.%m.}") for each in found]


TABLE = "person;von;bis\nanna.aydin;24.12.2026;24.12.2026\nlars.lind;28.12.2026;30.12.2026\n"
ICS = "BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n"


def test_a_file_taken_twice_counts_once(town: Town) -> None:
    first, second = take(town, TABLE), take(town, TABLE)

    assert (len(first.added), second.changes, second.unchanged) == (2, 0, 2)
    assert away(town) == [("anna.aydin", "24.12."), ("lars.lind", "28.12.")]
    assert town.database.read(handlers.version_of, ARS) == 1


def test_a_dry_run_tells_and_changes_nothing(town: Town) -> None:
    told = take(town, TABLE, dry_run=True)

    assert len(told.added) == 2
    assert away(town) == []
    assert town.database.read(handlers.version_of, ARS) == 0


def test_an_entry_that_moves_in_a_calendar_moves(town: Town) -> None:
    before = ICS.format(event("DTSTART;VALUE=DATE:20261201"))
    after = ICS.format(event("DTSTART;VALUE=DATE:20261205"))
    take(town, before, person="anna.aydin")

    told = take(town, after, person="anna.aydin")

    assert len(told.moved) == 1
    assert away(town) == [("anna.aydin", "05.12.")]


def test_what_a_newer_file_lacks_goes_only_when_asked_for(town: Town) -> None:
    take(town, ICS.format(event("DTSTART;VALUE=DATE:20261201")), person="anna.aydin")
    take(town, TABLE)
    newer = ICS.format(event("DTSTART;VALUE=DATE:20261210", uid="other"))
    kept = take(town, newer, person="anna.aydin")

    told = take(town, newer, person="anna.aydin", replaces=True)

    assert (len(kept.removed), len(told.removed)) == (0, 1)
    assert away(town) == [
        ("anna.aydin", "10.12."),
        ("anna.aydin", "24.12."),
        ("lars.lind", "28.12."),
    ]


def test_a_table_that_overlaps_what_is_known_changes_nothing(town: Town) -> None:
    take(town, TABLE)
    second = "person;von;bis\nlars.lind;01.12.2026;02.12.2026\nlars.lind;30.12.2026;31.12.2026\n"

    assert refused(take, town, second) == [(3, "from", "overlaps")]
    assert len(away(town)) == 2


@pytest.mark.parametrize(
    ("raw", "how", "code"),
    [
        (b"x" * (5 * 1024 * 1024 + 1), {}, "too_large"),
        (b"person;von;bis\n\0", {}, "no_text"),
        (b"\x89PNG\r\n\x1a\n\0\0", {}, "no_text"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", {}, "needs_person"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", {"person": "niemand"}, "unknown_person"),
        (b"", {}, "missing_column"),
    ],
)
def test_what_is_no_such_file_is_refused(
    town: Town, raw: bytes, how: dict[str, Any], code: str
) -> None:
    assert refused(take, town, raw, **how)[0][2] == code


def test_the_source_says_where_an_absence_comes_from(town: Town) -> None:
    take(town, TABLE)
    take(town, ICS.format(event("DTSTART;VALUE=DATE:20261201")), person="anna.aydin")

    found = town.database.read(store.absences_of, ARS)

    assert {each.source for each in found} == {entries.CSV, entries.ICAL}
    assert {each.noted_at for each in found} == {NOON}
