# SPDX-License-Identifier: EUPL-1.2
"""Calendars that are fetched: what they bring, and what stays while they fail or fall silent.

The clock stands on Sunday, 22 November 2026.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from rueckhalt_routing.absence_feeds import handlers, store
from rueckhalt_routing.absence_feeds.domain import Feed, Trouble
from rueckhalt_routing.absence_feeds.fetching import ConsoleFetcher, Fetched, NotFetched
from rueckhalt_routing.absence_feeds.keeping import forget_former
from rueckhalt_routing.absence_feeds.running import fetch_due
from rueckhalt_routing.app import Settings
from rueckhalt_routing.certificates import running as proving
from rueckhalt_routing.certificates import store as certificates
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.house import UnknownKey, house_in
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.health import _bus_and_outbox
from tests.routing.duty import facts
from tests.routing.town import ARS, Town

EVERY = timedelta(minutes=30)
URL = "https://kalender.example/anna/geheim.ics"


@pytest.fixture(autouse=True)
def keyed(sunday: None, town: Town, settings: Settings) -> None:
    tombstones.install(town.database, settings)


def calendar(*days: str, more: Sequence[str] = ()) -> bytes:
    """Somebody is away on these days, all of each."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:Annas Termine"]
    for day in days:
        lines += ["BEGIN:VEVENT", f"UID:{day}", f"DTSTART;VALUE=DATE:{day}"]
        lines += ["SUMMARY:Kur in Bad Beispiel", *more, "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def named(town: Town, **how: Any) -> Feed:
    """Name a calendar, by whoever keeps the plan."""
    given = {"kind": "person", "whose": "anna.aydin", "url": URL, "counts": "busy"} | how

    def work(tx: Transaction) -> Feed:
        return handlers.add(tx, house_in(tx, ARS), Actor(name="david"), **given)

    return town.database.run(work)


def fetched(town: Town, *answers: bytes | Fetched | NotFetched) -> ConsoleFetcher:
    """Fetch what is due, with these answers."""
    made = [Fetched(body=each) if isinstance(each, bytes) else each for each in answers]
    fetcher = ConsoleFetcher(*made)
    fetch_due(town.database, fetcher, every=EVERY)
    return fetcher


def light(town: Town) -> str:
    (feed,) = town.database.read(store.feeds_of, ARS)
    return feed.light(town.clock.now)


def away(town: Town) -> list[tuple[str, str]]:
    found = facts(town).away
    return [(each.person, f"{each.start + timedelta(hours=1):%Y%m%d}") for each in found]


def gone(code: str = "unreachable") -> NotFetched:
    return NotFetched(Trouble(code=code, field="url"))


def test_a_calendar_says_when_somebody_is_away_and_nothing_else(town: Town) -> None:
    named(town)

    fetched(town, calendar("20261224", "20270104"))

    assert away(town) == [("anna.aydin", "20261224"), ("anna.aydin", "20270104")]
    kept = town.database.read(lambda tx: list(tx.execute(text("SELECT * FROM absences"))))
    feeds = town.database.read(lambda tx: list(tx.execute(text("SELECT * FROM absence_feeds"))))
    assert "Kur" not in str(kept) + str(feeds)
    assert "Annas" not in str(kept) + str(feeds)
    assert "geheim" not in str(feeds)
    assert light(town) == "fine"


def test_the_calendar_of_a_unit_is_of_all_its_people(town: Town) -> None:
    compiled = town.database.read(lambda tx: house_in(tx, ARS).plan)
    unit = next(each.unit for each in compiled.persons if each.unit)
    people = sorted(each.key for each in compiled.persons if each.unit == unit)
    named(town, kind="unit", whose=unit)

    fetched(town, calendar("20261224"))

    assert sorted(person for person, _ in away(town)) == people


def test_what_moved_moves_and_what_is_left_out_goes(town: Town) -> None:
    named(town)
    fetched(town, calendar("20261224", "20270104"))

    town.clock.pass_(minutes=30)
    moved = calendar("20261224").replace(b"DATE:20261224", b"DATE:20261228")
    fetched(town, moved)

    assert away(town) == [("anna.aydin", "20261228")]


def test_the_plan_is_proved_anew_only_when_something_changed(town: Town) -> None:
    def version() -> int:
        return town.database.read(duty.version_of, ARS)

    named(town)
    before = version()
    fetched(town, calendar("20261224"))
    after = version()
    town.clock.pass_(minutes=30)
    fetched(town, calendar("20261224"))

    assert (after, version()) == (before + 1, before + 1)


def test_a_calendar_opens_a_gap_and_closes_it_again(town: Town) -> None:
    prover = proving.Proving(town.clock)
    while prover.run(town.database):
        pass
    for key in ("ines.iwanow", "anna.aydin", "lars.lind"):
        named(town, whose=key)
    fetched(town, calendar("20261224", "20261225"))
    prover.run(town.database)
    found = {gap.id for gap in town.database.read(certificates.open_gaps, ARS)}
    town.clock.pass_(minutes=30)
    fetched(town, calendar("20261207"), calendar("20261209"), calendar("20261211"))
    prover.run(town.database)

    left = {gap.id for gap in town.database.read(certificates.open_gaps, ARS)}
    assert found
    assert left & found == set()


# -------------------------------------------------------------------------------- pace
def test_a_calendar_is_fetched_every_half_hour_and_asked_whether_it_changed(town: Town) -> None:
    named(town)
    known = Fetched(body=calendar("20261224"), etag='"1"', modified="Sun, 22 Nov 2026 11:00:00 GMT")
    first = fetched(town, known)
    town.clock.pass_(minutes=29)
    early = fetched(town, known)
    town.clock.pass_(minutes=1)
    second = fetched(town, Fetched(body=None))

    assert first.asked == [(URL, None, None)]
    assert early.asked == []
    assert second.asked == [(URL, '"1"', "Sun, 22 Nov 2026 11:00:00 GMT")]
    assert away(town) == [("anna.aydin", "20261224")]
    assert light(town) == "fine"


def test_a_calendar_that_never_changes_is_read_whole_once_a_day(town: Town) -> None:
    """Otherwise a weekly day off would end where the first reading has stopped."""
    named(town)
    fetched(town, Fetched(body=calendar("20261224", more=["RRULE:FREQ=WEEKLY"]), etag='"1"'))
    first = len(away(town))
    for _ in range(48):
        town.clock.pass_(minutes=30)
        asked = fetched(town, Fetched(body=None)).asked

    assert [etag for _, etag, _ in asked] == [None]
    assert first > 60


def test_a_unit_that_has_changed_is_read_whole(town: Town) -> None:
    feed = named(town)
    fetched(town, Fetched(body=calendar("20261224"), etag='"1"'))
    (known,) = town.database.read(store.feeds_of, ARS)

    assert known.knows(("anna.aydin",), town.clock.now)
    assert not known.knows(("anna.aydin", "neu.hier"), town.clock.now)
    assert feed.id == known.id


def test_a_failing_calendar_is_asked_less_and_less_often(town: Town) -> None:
    named(town)
    pauses = []
    for _ in range(5):
        before = town.clock.now
        fetched(town, gone())
        (feed,) = town.database.read(store.feeds_of, ARS)
        pauses.append(feed.next_at - before)
        town.clock.pass_(seconds=pauses[-1].total_seconds())

    assert [each.total_seconds() / 60 for each in pauses] == [30, 60, 120, 120, 120]


def test_two_workers_fetch_a_calendar_once(town: Town) -> None:
    named(town)

    first = town.database.run(handlers.claim, EVERY)
    second = town.database.run(handlers.claim, EVERY)
    town.clock.pass_(minutes=6)
    after_a_crash = town.database.run(handlers.claim, EVERY)

    assert [len(each) for each in (first, second, after_a_crash)] == [1, 0, 1]


# ------------------------------------------------------------------------- trouble and silence
@pytest.mark.parametrize("code", ["unreachable", "too_slow", "untrusted", "locked", "gone"])
def test_a_failing_calendar_keeps_what_it_brought(town: Town, code: str) -> None:
    named(town)
    fetched(town, calendar("20261224"))
    town.clock.pass_(minutes=30)

    fetched(town, gone(code))

    assert away(town) == [("anna.aydin", "20261224")]
    assert light(town) == "late"


def test_after_six_hours_a_failing_calendar_is_red_and_said_aloud(town: Town) -> None:
    named(town)
    fetched(town, gone())
    town.clock.pass_(hours=5, minutes=59)
    fetched(town, gone())
    before = (light(town), "absences" in town.database.read(_bus_and_outbox))
    town.clock.pass_(minutes=1)
    fetch_due(town.database, ConsoleFetcher(gone()), every=EVERY)
    told = town.database.read(_bus_and_outbox)["absences"]

    assert before == ("late", False)
    assert light(town) == "red"
    assert told["status"] == "degraded"
    assert told["reason"].startswith("1 calendars of absences cannot be read")


def test_the_alarm_ends_with_the_next_good_reading(town: Town) -> None:
    named(town)
    fetched(town, gone())
    town.clock.pass_(hours=7)
    fetch_due(town.database, ConsoleFetcher(gone()), every=EVERY)
    town.clock.pass_(hours=3)

    fetched(town, calendar("20261224"))

    assert light(town) == "fine"
    assert "absences" not in town.database.read(_bus_and_outbox)


BROKEN = [
    (["RRULE:FREQ=SECONDLY"], ("rule_too_fine", 8, "RRULE")),
    (["RRULE:FREQ=WEEKLY;BYDAY=XX"], ("bad_rule", 8, "RRULE")),
    (["EXDATE:gestern"], ("bad_time", 8, "EXDATE")),
]


@pytest.mark.parametrize(("more", "expected"), BROKEN)
def test_a_broken_repetition_is_told_with_line_field_and_what_is_allowed(
    town: Town, more: list[str], expected: tuple[str, int, str]
) -> None:
    named(town)
    fetched(town, calendar("20261224"))
    town.clock.pass_(minutes=30)

    fetched(town, calendar("20270104", more=more))

    (feed,) = town.database.read(store.feeds_of, ARS)
    (trouble,) = feed.troubles
    assert (trouble.code, trouble.line, trouble.field) == expected
    assert trouble.allowed
    assert away(town) == [("anna.aydin", "20261224")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>Bitte anmelden</html>", "not_calendar"),
        (b"", "not_calendar"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:2026", "broken"),
        (b"\x1f\x8b\x08\x00\x00", "no_text"),
        (b"BEGIN:VCALENDAR\r\n" + b"X:" + b"x" * (5 * 1024 * 1024), "too_large"),
    ],
    ids=["html", "nothing", "cut", "packed", "large"],
)
def test_what_is_no_whole_calendar_changes_nothing(town: Town, body: bytes, code: str) -> None:
    named(town)
    fetched(town, calendar("20261224"))
    town.clock.pass_(minutes=30)

    fetched(town, body)

    (feed,) = town.database.read(store.feeds_of, ARS)
    assert [each.code for each in feed.troubles] == [code]
    assert away(town) == [("anna.aydin", "20261224")]


def test_a_calendar_that_is_suddenly_empty_removes_nothing_by_itself(town: Town) -> None:
    named(town)
    fetched(town, calendar("20261224"))
    town.clock.pass_(minutes=30)
    fetched(town, calendar())
    marked = light(town)
    town.clock.pass_(hours=6)
    fetched(town, calendar())

    assert away(town) == [("anna.aydin", "20261224")]
    assert (marked, light(town)) == ("empty", "red")
    assert "absences" in town.database.read(_bus_and_outbox)


def test_the_mark_ends_when_the_calendar_says_something_again(town: Town) -> None:
    named(town)
    fetched(town, calendar("20261224"))
    town.clock.pass_(minutes=30)
    fetched(town, calendar())
    town.clock.pass_(minutes=30)

    fetched(town, calendar("20270104"))

    assert light(town) == "fine"
    assert away(town) == [("anna.aydin", "20270104")]


def test_somebody_may_say_that_the_empty_calendar_is_right(town: Town) -> None:
    feed = named(town)
    fetched(town, calendar("20261224"))
    town.clock.pass_(minutes=30)
    fetched(town, calendar())

    def accept(tx: Transaction) -> int:
        return handlers.accept_empty(tx, house_in(tx, ARS), Actor(name="david"), feed.id)

    gone_ = town.database.run(accept)

    assert (gone_, away(town), light(town)) == (1, [], "fine")
    assert town.database.run(accept) == 0


def test_an_absence_that_is_over_makes_no_calendar_empty(town: Town) -> None:
    named(town)
    fetched(town, calendar("20261124"))
    town.clock.pass_(days=3)

    fetched(town, calendar())

    assert light(town) == "fine"
    assert away(town) == [("anna.aydin", "20261124")]


def test_a_first_reading_may_be_empty(town: Town) -> None:
    named(town)

    fetched(town, calendar())

    assert light(town) == "fine"


def test_removing_a_calendar_removes_what_it_would_still_say(town: Town) -> None:
    feed = named(town)
    fetched(town, calendar("20261224"))

    def remove(tx: Transaction) -> int:
        return handlers.remove(tx, house_in(tx, ARS), Actor(name="david"), feed.id)

    assert town.database.run(remove) == 1
    assert away(town) == []
    assert town.database.read(store.feeds_of, ARS) == []


def test_a_calendar_removed_while_it_is_fetched_brings_nothing(town: Town) -> None:
    feed = named(town)
    (wanted,) = town.database.run(handlers.claim, EVERY)
    town.database.run(store.remove, feed)

    changed = town.database.run(handlers.note_read, wanted, (), marks=(None, None), every=EVERY)
    town.database.run(handlers.note_same, wanted, EVERY)
    town.database.run(handlers.note_failed, wanted, [Trouble(code="gone")], EVERY)

    assert changed == 0
    assert town.database.read(store.feeds_of, ARS) == []


def test_a_person_the_plan_names_no_longer_makes_their_calendar_fail(town: Town) -> None:
    feed = named(town)
    town.database.run(lambda tx: store.save(tx, Feed(**vars(feed) | {"whose": "wer.immer"})))

    fetched(town, calendar("20261224"))

    (found,) = town.database.read(store.feeds_of, ARS)
    assert [each.code for each in found.troubles] == ["nobody"]
    assert away(town) == []


def test_the_calendar_of_nobody_cannot_be_named(town: Town) -> None:
    for how in ({"whose": "wer.immer"}, {"kind": "unit", "whose": "gibtesnicht"}, {"kind": "x"}):
        with pytest.raises(UnknownKey):
            named(town, **how)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://kalender.example/x", "feed.url.https"),
        ("http://kalender.example/x", "feed.url.https"),
        ("https://u:p@kalender.example/x", "feed.url.host"),
        ("https://kalender.example/a b", "feed.url.letters"),
        ("https://127.1/x", "feed.url.number"),
        ("https://[::1/", "feed.url.unreadable"),
        ("https://kalender.example/" + "x" * 2000, "feed.url.too_long"),
    ],
)
def test_an_address_that_is_not_plain_is_refused_with_what_is_allowed(
    town: Town, url: str, message: str
) -> None:
    with pytest.raises(handlers.FeedRefused) as refused:
        named(town, url=url)

    assert (refused.value.field, refused.value.message) == ("url", message)


def test_an_address_for_calendar_programs_is_one_over_https(town: Town) -> None:
    named(town, url="webcal://kalender.example/x.ics")

    assert fetched(town, calendar()).asked == [("https://kalender.example/x.ics", None, None)]


def test_whoever_is_gone_from_the_plan_for_long_leaves_no_calendar(town: Town) -> None:
    feed = named(town)
    fetched(town, calendar("20270601"))
    town.database.run(lambda tx: store.save(tx, Feed(**vars(feed) | {"whose": "wer.immer"})))
    fetched(town, calendar("20270601"))
    town.clock.pass_(days=90)
    early = forget_former(town.database)
    left = len(away(town))
    town.clock.pass_(minutes=1)
    forget_former(town.database)

    assert (early, left) == (False, 1)
    assert town.database.read(store.feeds_of, ARS) == []
    assert away(town) == []
