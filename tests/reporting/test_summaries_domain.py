# SPDX-License-Identifier: EUPL-1.2
"""Periods, closing, and what may be seen of a count."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_reporting.summaries import domain
from rueckhalt_reporting.summaries.domain import Band, Period

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOWN = "160770999999"


@pytest.mark.parametrize("text", ["2026-11", "2026-01", "2000-01", "2026", "2017"])
def test_months_and_years_that_have_begun_are_read(text: str) -> None:
    assert str(Period.parse(text, now=NOW)) == text


@pytest.mark.parametrize(
    "text",
    ["2026-13", "2026-00", "26-11", "2026-1", "2026-12", "2027", "1999", "", "2026-11x", "٢٠٢٦"],
)
def test_any_other_period_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(domain.UnknownPeriod, match=r"2000-01 to 2026-11 .* 2000 to 2026"):
        Period.parse(text, now=NOW)


def test_a_new_month_begins_at_german_midnight() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert str(Period.parse("2027-01", now=new_year)) == "2027-01"


@pytest.mark.parametrize(
    ("period", "closes_at"),
    [
        (Period(2026, 10), datetime(2026, 11, 4, 23, 0, tzinfo=UTC)),
        (Period(2026, 3), datetime(2026, 4, 4, 22, 0, tzinfo=UTC)),
        (Period(2026, 12), datetime(2027, 1, 4, 23, 0, tzinfo=UTC)),
        (Period(2026), datetime(2027, 1, 4, 23, 0, tzinfo=UTC)),
    ],
)
def test_a_period_closes_on_day_five_of_the_next_month_local_time(
    period: Period, closes_at: datetime
) -> None:
    assert period.closes_at == closes_at
    assert period.is_closed(closes_at)
    assert not period.is_closed(closes_at.replace(hour=closes_at.hour - 1))


def test_a_year_has_twelve_months() -> None:
    assert Period(2026).months[0] == "2026-01"
    assert Period(2026).months[11] == "2026-12"
    assert Period(2026, 2).months == ("2026-02",)


@pytest.mark.parametrize(
    ("count", "band"),
    [
        (0, "0 bis 9"),
        (9, "0 bis 9"),
        (10, "10 bis 19"),
        (20, "20 bis 39"),
        (79, "40 bis 79"),
        (80, "80 und mehr"),
        (1852, "80 und mehr"),
    ],
)
def test_everyone_sees_a_band(count: int, band: str) -> None:
    assert str(Band.of(count)) == band


@given(st.integers(0, 200), st.integers(0, 200))
def test_no_band_tells_more_than_its_edges(one: int, other: int) -> None:
    same = Band.of(one) == Band.of(other)
    edges = [edge for edge in domain.BANDS if min(one, other) < edge <= max(one, other)]

    assert same == (not edges)


def test_the_public_year_says_only_what_follows_from_its_months() -> None:
    year = Period(2025)
    totals = {"2025-01": 12, "2025-02": 3}

    summary = domain.public(year, TOWN, totals, now=NOW)

    assert summary.total == Band(10, 19 + 11 * 9)
    assert str(summary.bands["2025-01"]) == "10 bis 19"
    assert len(summary.bands) == 12
    assert summary.dimensions == {}


@given(st.lists(st.integers(0, 30), min_size=12, max_size=12), st.integers(0, 11))
def test_two_years_with_the_same_monthly_bands_look_the_same(counts: list[int], one: int) -> None:
    year = Period(2025)
    other = list(counts)
    other[one] = Band.of(counts[one]).lower

    shown = [
        domain.public(year, TOWN, dict(zip(year.months, each, strict=True)), now=NOW)
        for each in (counts, other)
    ]

    assert shown[0] == shown[1]


def test_the_open_month_is_not_published() -> None:
    with pytest.raises(domain.StillOpen, match="2026-11 closes at 2026-12-05T00:00:00"):
        domain.public(Period(2026, 11), TOWN, {}, now=NOW)


def test_nothing_above_a_single_municipality_is_published() -> None:
    with pytest.raises(domain.NotPublished):
        domain.public(Period(2026, 9), "16077", {}, now=NOW)


def test_the_feed_names_the_last_closed_months_whether_anything_happened_or_not() -> None:
    on_day_four = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

    found = domain.last_closed_months(on_day_four, 3)

    assert [str(period) for period in found] == ["2026-01", "2025-12", "2025-11"]


def test_a_reader_is_led_neither_into_the_future_nor_before_the_beginning() -> None:
    assert [(word, str(p)) for word, p in Period(2026, 11).neighbours(NOW)] == [
        ("previous", "2026-10"),
        ("year", "2026"),
    ]
    assert [word for word, _ in Period(2000, 1).neighbours(NOW)] == ["next", "year"]


EDGES = (0, 5, 10, 20)


@pytest.mark.parametrize(
    ("histogram", "median"),
    [({}, None), ({0: 4}, 2.5), ({0: 1, 5: 2}, 6.2), ({20: 3}, 20.0), ({0: 2, 10: 2}, 5.0)],
)
def test_the_median_lies_evenly_within_its_bucket(
    histogram: dict[int, int], median: float | None
) -> None:
    assert domain.median(histogram, EDGES) == median
