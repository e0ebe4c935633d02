# SPDX-License-Identifier: EUPL-1.2
"""Who helps whom, in which order, and whether somebody answers now."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_intake.help import hours
from rueckhalt_intake.help.domain import EMERGENCY, Entry, Wish, choose, nearness, replaced

TOWN = "160770999999"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PREFIXES = ("", "16", "16077", "160770999", TOWN, "05", "160770888888")
TOPICS = ("threat", "insult", "rassistisch")


def entry(id: str = "a", **told: object) -> Entry:
    """Somebody who helps."""
    given = {"name": id, "kind": "beratung", "checked_at": NOW.date()} | told
    return Entry(id=id, **given)  # type: ignore[arg-type]


def chosen(*entries: Entry, at: datetime = NOW, **wish: object) -> list[str]:
    """The ids of what fits, in order; hours are taken at their word."""
    asked = Wish(**({"municipality": TOWN} | wish))  # type: ignore[arg-type]
    found = choose(entries, asked, at=at, opened=lambda e: {"o": True, "c": False}.get(e.hours))
    return [each.id for each in found]


def test_the_longest_part_of_the_regional_key_counts() -> None:
    assert nearness(entry(ars_prefix=("05", "16", "16077")), TOWN) == 5
    assert nearness(entry(ars_prefix=("",)), TOWN) == 0
    assert nearness(entry(ars_prefix=("05",)), TOWN) is None


def test_what_is_for_another_topic_group_or_place_is_left_out() -> None:
    entries = (
        entry("all"),
        entry("threats", topics=("threat",)),
        entry("insults", topics=("insult",)),
        entry("council", groups=("elected_honorary",)),
        entry("elsewhere", ars_prefix=("05",)),
    )

    assert chosen(*entries, topics=frozenset({"threat"}), groups=frozenset({"staff_front"})) == [
        "threats",
        "all",
    ]


def test_what_is_internal_only_staff_sees() -> None:
    secret = entry("secret", visibility="internal")

    assert chosen(secret) == []
    assert chosen(secret, with_internal=True) == ["secret"]


def test_an_entry_that_has_ended_is_gone_the_day_after() -> None:
    last = entry(valid_until=NOW.date())
    over = entry(valid_until=NOW.date() - timedelta(days=1))

    assert chosen(last) == ["a"]
    assert chosen(over) == []


@pytest.mark.parametrize(
    ("days", "is_old", "shows_hours"),
    [(180, False, True), (181, True, True), (365, True, True), (366, True, False)],
)
def test_old_entries_warn_and_very_old_ones_lose_their_hours(
    days: int, is_old: bool, shows_hours: bool
) -> None:
    checked = entry(checked_at=NOW.date() - timedelta(days=days), hours="o")
    wish = Wish(municipality=TOWN)

    (found,) = choose([checked], wish, at=NOW, opened=lambda each: bool(each.hours) or None)

    assert (found.is_old, bool(found.hours)) == (is_old, shows_hours)
    assert found.open_now is (True if shows_hours else None)


def test_a_language_that_nobody_names_is_no_reason_to_leave_somebody_out() -> None:
    entries = (
        entry("turkish", languages=("tr",)),
        entry("many", languages=("de", "mul")),
        entry("unsaid"),
        entry("german", languages=("de",)),
    )

    assert chosen(*entries, language="tr") == ["many", "turkish", "unsaid"]


def test_an_own_entry_takes_the_place_of_the_one_of_its_id() -> None:
    seed, kreis, town = (entry(owner=owner) for owner in ("", "16077", TOWN))

    assert replaced([seed], [town, kreis]) == (town,)
    assert replaced([seed], [kreis]) == (kreis,)


some_entries = st.lists(
    st.builds(
        entry,
        st.uuids().map(lambda each: each.hex),
        kind=st.sampled_from(("notruf", "beratung", "polizei")),
        ars_prefix=st.sampled_from(PREFIXES).map(lambda each: (each,)),
        topics=st.sets(st.sampled_from(TOPICS)).map(tuple),
        hours=st.sampled_from(("o", "c", "")),
        visibility=st.sampled_from(("public", "internal")),
    ),
    max_size=12,
)


@given(some_entries, st.sampled_from(TOPICS), st.booleans(), st.randoms())
def test_the_order_is_emergency_then_open_then_near_then_particular(
    entries: list[Entry], topic: str, internal: bool, random: object
) -> None:
    wish = Wish(municipality=TOWN, topics=frozenset({topic}), with_internal=internal)
    by_hours = {"o": True, "c": False}

    found = choose(entries, wish, at=NOW, opened=lambda each: by_hours.get(each.hours))
    random.shuffle(entries)  # type: ignore[attr-defined]
    again = choose(entries, wish, at=NOW, opened=lambda each: by_hours.get(each.hours))

    ranks = [
        (
            each.kind != EMERGENCY,
            {True: 0, None: 1, False: 2}[each.open_now],
            -(nearness(each, TOWN) or 0),
            topic not in each.topics,
        )
        for each in found
    ]
    assert ranks == sorted(ranks)
    assert found == again
    assert all(TOWN.startswith(each.ars_prefix[0]) for each in found)
    assert all(not each.topics or topic in each.topics for each in found)
    assert internal or all(each.visibility == "public" for each in found)
    left_out = {each.id for each in entries} - {each.id for each in found}
    assert all(not _fits(each, topic, internal) for each in entries if each.id in left_out)


def _fits(each: Entry, topic: str, internal: bool) -> bool:
    """Said again in other words, to compare with."""
    near = any(TOWN[: len(prefix)] == prefix for prefix in each.ars_prefix)
    about = len(each.topics) == 0 or topic in each.topics
    return near and about and (internal or each.visibility != "internal")


def at(text: str) -> datetime:
    """An instant by German clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=hours.BERLIN)


@pytest.mark.parametrize(
    ("told", "moment", "is_open"),
    [
        ("Mo-Fr 09:00-16:00", "2026-11-24T08:59", False),
        ("Mo-Fr 09:00-16:00", "2026-11-24T09:00", True),
        ("Mo-Fr 09:00-16:00", "2026-11-24T16:00", False),
        ("Mo-Fr 09:00-16:00", "2026-11-28T10:00", False),
        ("Mo 10:00-13:00; Tu 15:00-18:00", "2026-11-24T15:30", True),
        # across midnight: Friday night belongs to Friday
        ("Fr 22:00-06:00", "2026-11-27T23:00", True),
        ("Fr 22:00-06:00", "2026-11-28T05:59", True),
        ("Fr 22:00-06:00", "2026-11-28T06:00", False),
        ("Fr 22:00-06:00", "2026-11-27T05:00", False),
        # the night the clocks go forward, 29 March 2026, and back, 25 October 2026
        ("Mo-Su 07:00-22:00", "2026-03-29T07:00", True),
        ("Mo-Su 07:00-22:00", "2026-03-29T06:59", False),
        ("Su 01:00-04:00", "2026-03-29T03:30", True),
        ("Mo-Su 07:00-22:00", "2026-10-25T21:59", True),
        ("Mo-Su 07:00-22:00", "2026-10-25T22:00", False),
        # 25 December 2026 is a Friday and a holiday: nobody can say
        ("Mo-Fr 09:00-16:00", "2026-12-25T10:00", None),
        ("24/7", "2026-12-25T10:00", True),
        ("", "2026-11-24T10:00", None),
        ("nonsense", "2026-11-24T10:00", None),
    ],
)
def test_hours_are_kept_by_german_clocks(told: str, moment: str, is_open: bool | None) -> None:
    assert hours.is_open(told, at(moment), municipality=TOWN) is is_open


def test_the_hour_that_comes_twice_is_open_both_times() -> None:
    first, second = (at("2026-10-25T02:30").replace(fold=fold) for fold in (0, 1))

    assert first.astimezone(UTC) != second.astimezone(UTC)
    assert hours.is_open("Su 02:00-03:00", first, municipality=TOWN)
    assert hours.is_open("Su 02:00-03:00", second, municipality=TOWN)


def test_a_holiday_of_one_land_is_none_in_another() -> None:
    childrens_day = at("2026-09-20T10:00")  # Thuringia only; a Sunday in 2026

    assert hours.is_open("Su 09:00-12:00", childrens_day, municipality=TOWN) is None
    assert hours.is_open("Su 09:00-12:00", childrens_day, municipality="0517000") is True
    assert hours.is_open("Su 09:00-12:00", childrens_day, municipality="") is True
    assert hours.is_holiday(date(2026, 12, 25), "")


@pytest.mark.parametrize(
    ("told", "de", "en"),
    [
        ("24/7", "rund um die Uhr", "at any hour"),
        ("Mo-Th 09:00-15:00", "Mo–Do 09:00–15:00", "Mo–Th 09:00–15:00"),
        ("Tu 15:00-18:00; Su 16:00-19:00", "Di 15:00–18:00, So 16:00–19:00", None),
    ],
)
def test_hours_are_spelled_for_people(told: str, de: str, en: str | None) -> None:
    assert hours.spelled(told, "de") == de
    assert en is None or hours.spelled(told, "en") == en
