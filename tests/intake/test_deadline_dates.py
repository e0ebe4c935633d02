# SPDX-License-Identifier: EUPL-1.2
"""The dates of deadlines: the published vectors, what always holds, and what the pack says."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_intake.deadlines import domain
from rueckhalt_intake.deadlines.domain import Clock, Deed, Pause
from rueckhalt_intake.deadlines.pack import pack
from rueckhalt_intake.deadlines.working_days import LANDS, Place, place_of
from rueckhalt_shared.contracts import codes

STRAFANTRAG = pack().rules["strafantrag"]
AUGSBURG = Place("BY", is_augsburg=True)
days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
places = st.builds(Place, st.sampled_from(LANDS), st.booleans()) | st.just(AUGSBURG)


def day(spelled: str) -> date:
    return date.fromisoformat(spelled)


def deed(*forms: str, groups: tuple[str, ...] = ("staff_front",), **more: object) -> Deed:
    return Deed(on=day("2026-11-22"), is_dated=True, forms=forms, groups=groups, **more)


# Knowledge, place, nominal, legal end, safe until.
VECTORS = [
    ("2026-11-22", Place("NW"), "2027-02-22", "2027-02-22", "2027-02-22"),
    ("2026-11-30", Place("SN"), "2027-02-28", "2027-03-01", "2027-02-26"),
    ("2027-11-30", Place("NW"), "2028-02-29", "2028-02-29", "2028-02-29"),
    ("2026-09-25", Place("TH"), "2026-12-25", "2026-12-28", "2026-12-24"),
    ("2025-05-08", AUGSBURG, "2025-08-08", "2025-08-11", "2025-08-07"),
    ("2025-05-08", Place("BY"), "2025-08-08", "2025-08-08", "2025-08-08"),
    ("2025-05-15", Place("BY", is_catholic=True), "2025-08-15", "2025-08-18", "2025-08-14"),
    ("2025-05-15", Place("BY"), "2025-08-15", "2025-08-15", "2025-08-15"),
    ("2026-03-04", Place("SN", is_catholic=True), "2026-06-04", "2026-06-05", "2026-06-03"),
    ("2026-10-06", Place("BW"), "2027-01-06", "2027-01-07", "2027-01-05"),
    ("2026-12-08", Place("BE"), "2027-03-08", "2027-03-09", "2027-03-05"),
]


@pytest.mark.parametrize(("known", "place", "nominal", "legal_end", "safe_until"), VECTORS)
def test_the_published_vectors_hold(
    known: str, place: Place, nominal: str, legal_end: str, safe_until: str
) -> None:
    found = domain.dates(STRAFANTRAG, day(known), is_closed=place.is_closed)

    assert found.nominal == day(nominal)
    assert found.legal_end == day(legal_end)
    assert found.safe_until == day(safe_until)


@given(days, places)
def test_the_safe_day_is_never_late_and_both_ends_are_working_days(
    start: date, place: Place
) -> None:
    found = domain.dates(STRAFANTRAG, start, is_closed=place.is_closed)

    assert start < found.safe_until <= found.nominal <= found.legal_end
    assert not place.is_closed(found.safe_until)
    assert not place.is_closed(found.legal_end)
    assert found.legal_end - found.safe_until <= timedelta(days=10)


@given(days, places, st.sampled_from(sorted(pack().rules)))
def test_no_rule_tells_a_safe_day_before_its_start_or_after_its_end(
    start: date, place: Place, code: str
) -> None:
    found = domain.dates(pack().rules[code], start, is_closed=place.is_closed)

    assert start <= found.safe_until <= found.nominal <= found.legal_end


@given(days, st.integers(0, 400), places)
def test_a_pause_only_ever_lengthens_the_end_by_law(start: date, rest: int, place: Place) -> None:
    pause = Pause(since=start, until=start + timedelta(days=rest), reason="suehneversuch")
    plain = domain.dates(STRAFANTRAG, start, is_closed=place.is_closed)

    found = domain.dates(STRAFANTRAG, start, is_closed=place.is_closed, pause=pause)

    assert found.safe_until == plain.safe_until
    assert found.legal_end >= plain.legal_end


@given(days, days, places)
def test_a_later_start_never_ends_earlier(one: date, other: date, place: Place) -> None:
    first, second = sorted((one, other))

    earlier = domain.dates(STRAFANTRAG, first, is_closed=place.is_closed)
    later = domain.dates(STRAFANTRAG, second, is_closed=place.is_closed)

    assert earlier.safe_until <= later.safe_until
    assert earlier.legal_end <= later.legal_end


def test_days_on_which_only_the_house_is_shut_move_the_safe_day_alone() -> None:
    place, shut = Place("NW"), {day("2027-02-22")}

    found = domain.dates(
        STRAFANTRAG, day("2026-11-22"), is_closed=place.is_closed, closes_too=shut.__contains__
    )

    assert found.legal_end == day("2027-02-22")
    assert found.safe_until == day("2027-02-19")


@pytest.mark.parametrize(
    ("clock", "starts_on", "why"),
    [
        ({}, "2026-11-22", ("from_deed",)),
        ({"knows_deed_on": "2026-11-25"}, "2026-11-25", ("offender_unknown",)),
        ({"knows_deed_on": "2026-11-25", "knows_offender_on": "2026-12-02"}, "2026-12-02", ()),
        ({"knows_deed_on": "2026-11-25", "knows_offender_on": "2026-11-20"}, "2026-11-25", ()),
    ],
)
def test_without_knowledge_the_clock_starts_as_early_as_it_may_have(
    clock: dict[str, str], starts_on: str, why: tuple[str, ...]
) -> None:
    told = {name: day(spelled) for name, spelled in clock.items()}
    known = Clock(code="strafantrag", entitled="affected", **told)

    found = domain.deadline(known, STRAFANTRAG, deed("insult"), is_closed=Place("NW").is_closed)

    assert found.starts_on == day(starts_on)
    assert found.why[: len(why)] == why
    assert found.is_assumed is bool(why)


@pytest.mark.parametrize(
    ("forms", "groups", "entitled"),
    [
        (("insult",), ("staff_front",), ("affected", "superior")),
        (("insult",), ("elected_honorary",), ("affected",)),
        (("insult",), ("unknown",), ("affected", "superior")),
        (("property",), ("institution",), ("owner",)),
        (("property",), ("staff_front",), ("affected", "owner")),
        (("trespass",), ("institution",), ("house_right",)),
        (("trespass", "threat"), ("staff_front",), ("affected", "house_right")),
        (("stalking",), ("staff_back",), ("affected",)),
        (("unknown",), ("unknown",), ("affected",)),
    ],
)
def test_each_entitled_person_has_a_clock_and_in_doubt_one_runs(
    forms: tuple[str, ...], groups: tuple[str, ...], entitled: tuple[str, ...]
) -> None:
    happened = deed(*forms, groups=groups)

    offences = domain.offences_of(happened, pack().offences)

    assert domain.entitled_of(happened, offences) == entitled


def test_hatred_against_a_group_needs_a_motive_and_politics_an_office() -> None:
    plain = domain.offences_of(deed("insult"), pack().offences)
    hated = domain.offences_of(deed("insult", motives=("rassistisch",)), pack().offences)
    elected = domain.offences_of(deed("insult", groups=("elected_honorary",)), pack().offences)

    assert [each.code for each in plain] == ["beleidigung"]
    assert "verhetzende_beleidigung" in [each.code for each in hated]
    assert "politisches_leben" in [each.code for each in elected]


@pytest.mark.parametrize(
    ("left", "sent", "due"),
    [
        (43, (), None),
        (42, (), 42),
        (42, (42,), None),
        (30, (42,), None),
        (20, (42,), 21),
        (6, (), 7),  # the earlier ones were missed: one word says it all
        (6, (7,), None),
        (1, (7,), 2),
        (0, (2,), None),
        (-1, (7,), 2),  # the safe day has passed, the last day by law has not
    ],
)
def test_each_reminder_goes_once_and_missed_ones_go_as_one(
    left: int, sent: tuple[int, ...], due: int | None
) -> None:
    clock = Clock(code="strafantrag", entitled="affected", knows_deed_on=day("2026-11-30"))
    found = domain.deadline(clock, STRAFANTRAG, deed("insult"), is_closed=Place("SN").is_closed)

    today = found.safe_until - timedelta(days=left)

    assert domain.due_reminder(found, sent, today=today) == due


def test_nothing_is_reminded_of_after_the_end_or_when_it_is_done() -> None:
    place = Place("SN").is_closed
    open_ = Clock(code="strafantrag", entitled="affected")
    done = Clock(code="strafantrag", entitled="affected", settled_on=day("2026-12-01"))
    running = domain.deadline(open_, STRAFANTRAG, deed("insult"), is_closed=place)
    settled = domain.deadline(done, STRAFANTRAG, deed("insult"), is_closed=place)

    after = running.legal_end + timedelta(days=1)

    assert domain.due_reminder(running, (), today=after) is None
    assert domain.due_reminder(settled, (), today=settled.safe_until) is None


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("knows_deed_on", {"knows_deed_on": "2027-01-02"}),
        ("knows_deed_on", {"knows_deed_on": "1980-01-02"}),
        ("knows_deed_on", {"knows_offender_on": "2026-12-02"}),
        ("settled_on", {"settled_on": "2027-01-02"}),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(field: str, told: dict[str, str]) -> None:
    clock = Clock(code="strafantrag", entitled="affected", **{n: day(v) for n, v in told.items()})

    with pytest.raises(domain.BadClock) as refused:
        domain.checked(clock, today=day("2027-01-01"), earliest=day("1990-01-01"))

    assert refused.value.field == field


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    pause = Pause(since=day("2026-12-02"), until=day("2026-12-01"), reason="other")
    clock = Clock(code="strafantrag", entitled="affected", pause=pause)

    with pytest.raises(domain.BadClock) as refused:
        domain.checked(clock, today=day("2027-01-01"), earliest=day("1990-01-01"))

    assert refused.value.field == "pause_until"


@pytest.mark.parametrize(
    ("municipality", "place"),
    [
        ("097610000000", AUGSBURG),
        ("097720000000", Place("BY")),
        ("145210000000", Place("SN")),
        ("160770999999", Place("TH")),
    ],
)
def test_the_regional_key_tells_land_and_city(municipality: str, place: Place) -> None:
    assert place_of(municipality) == place


def test_every_rule_and_offence_has_its_source_its_date_and_known_codes() -> None:
    known = pack()

    for rule in known.rules.values():
        assert rule.code in codes.DEADLINES
        assert rule.quelle
        assert rule.stand <= day("2026-11-23")
        assert set(rule.texts) == set(codes.LANGUAGES)
        assert all(role in codes.ROLES for role in rule.recipients)
        assert rule.forms <= set(codes.FORMS)
        assert rule.places <= set(codes.PLACES)
        assert rule.groups <= set(codes.AFFECTED_GROUPS)
    for offence in known.offences:
        assert offence.quelle
        assert offence.forms
        assert offence.forms <= set(codes.FORMS)
        assert set(offence.entitled) <= set(codes.ENTITLED)
        assert offence.application in {"absolute", "relative", "follows", "none"}
    assert all("Rechts" in known.caution[language] for language in ("de", "einfach"))


def test_what_is_to_be_checked_tells_no_time() -> None:
    for hint in pack().hints:
        assert "prüf" in hint.texts["de"]
        assert not any(letter.isdigit() for letter in hint.texts["de"].replace("SGB XIV", ""))


def test_every_form_of_hostility_is_matched_by_an_offence_or_said_to_have_none() -> None:
    matched = {form for offence in pack().offences for form in offence.forms}

    assert set(codes.FORMS) - matched == {"unknown"}
