# SPDX-License-Identifier: EUPL-1.2
"""Regional keys are strings with a hierarchy; a wrong one gets a clear answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_shared.contracts import InvalidRegionKey, RegionKey
from rueckhalt_shared.contracts.region import LENGTHS

lands = st.integers(1, 16).map(lambda number: f"{number:02}")
digits = st.text("0123456789", min_size=10, max_size=10)
municipalities = st.builds(lambda land, rest: RegionKey(land + rest), lands, digits)
AUGSBURG = "097610000000"


def outcome(text):
    """The length of the key, or that the text was refused with a reason."""
    try:
        return len(RegionKey.parse(text).ars)
    except InvalidRegionKey as refused:
        return "refused" if refused.reason else "refused without a reason"


@given(municipalities)
def test_a_municipality_lies_within_all_its_parents(town):
    assert [len(region.ars) for region in town.parents] == [9, 5, 3, 2]
    assert all(town.is_within(region) for region in (town, *town.parents))
    assert not any(region.is_within(town) for region in town.parents)


@given(municipalities, municipalities)
def test_one_town_never_lies_within_another(town, other):
    assert town.is_within(other) is (town == other)


@given(municipalities, st.sampled_from([" ", "\u00a0", "\u202f"]), st.integers(0, 12))
def test_spaces_are_dropped(town, space, place):
    typed = f" {town.ars[:place]}{space}{town.ars[place:]}\t"

    assert RegionKey.parse(typed) == town


@given(municipalities)
def test_an_ags_that_is_configured_becomes_its_ars(town):
    assert RegionKey.parse(town.ags, known_ags={town.ags: town.ars}) == town
    assert RegionKey.parse(town.ags, known_ags={town.ars}) == town


@given(municipalities)
def test_an_ags_that_is_not_configured_asks_for_the_ars(town):
    with pytest.raises(InvalidRegionKey, match="send the ARS"):
        RegionKey.parse(town.ags)


@given(st.text(max_size=14))
def test_any_text_is_a_key_or_refused_with_a_reason(text):
    assert outcome(text) in {*LENGTHS, "refused"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "digits"),
        ("00", "Land"),
        ("17", "Land"),
        ("990000000000", "Land"),
        ("1", "2, 3, 5, 9 or 12"),
        ("0976", "2, 3, 5, 9 or 12"),
        ("0976100000000", "2, 3, 5, 9 or 12"),
        ("１６０７７０９９９９９９", "digits"),
        ("٠٩٧٦١٠٠٠٠٠٠٠", "digits"),
        ("09-761", "digits"),
        ("+9761", "digits"),
        ("Augsburg", "digits"),
        (97610000000, "text"),
        (None, "text"),
        (b"09761", "text"),
    ],
)
def test_a_wrong_key_is_answered_with_what_is_wrong(text, reason):
    with pytest.raises(InvalidRegionKey, match=reason):
        RegionKey.parse(text)


def test_a_key_can_not_be_made_around_the_check():
    with pytest.raises(InvalidRegionKey):
        RegionKey("990000000000")
    with pytest.raises(InvalidRegionKey):
        RegionKey("09761 000")


def test_a_table_with_a_broken_ars_is_noticed():
    with pytest.raises(InvalidRegionKey):
        RegionKey.parse("09761000", known_ags={"09761000": "997610000000"})


def test_the_landkreis_holds_its_towns_and_the_land_holds_both():
    town, kreis, land = RegionKey("095640000000"), RegionKey("09564"), RegionKey("09")

    assert town.is_within(kreis)
    assert kreis.is_within(land)
    assert not kreis.is_within(RegionKey("09563"))
    assert land.parent is None


def test_a_key_is_a_value():
    assert RegionKey(AUGSBURG) == RegionKey.parse("09761 0000 000")
    assert {RegionKey(AUGSBURG), RegionKey(AUGSBURG)} == {RegionKey(AUGSBURG)}
    assert str(RegionKey(AUGSBURG)) == AUGSBURG
    assert RegionKey(AUGSBURG).ags == "09761000"
    assert RegionKey("09761").ags is None
    assert RegionKey(AUGSBURG).is_municipality


def test_keys_sort_as_strings():
    assert sorted([RegionKey("11"), RegionKey("09761"), RegionKey("09")]) == [
        RegionKey("09"),
        RegionKey("09761"),
        RegionKey("11"),
    ]
