# SPDX-License-Identifier: EUPL-1.2
"""The topic matcher, by the vectors measured on RabbitMQ (the suite compares both, too)."""

import pytest

from rueckhalt_shared.topic import matches
from tests.shared.conformance.vectors import MATCHING, NOT_MATCHING


@pytest.mark.parametrize(("pattern", "key"), MATCHING)
def test_a_matching_key_matches(pattern: str, key: str) -> None:
    assert matches(pattern, key)


@pytest.mark.parametrize(("pattern", "key"), NOT_MATCHING)
def test_another_key_does_not_match(pattern: str, key: str) -> None:
    assert not matches(pattern, key)


@pytest.mark.parametrize("key", ["incident.registered.v1", "a", "", "a..b", "."])
def test_a_full_key_matches_itself_and_nothing_longer(key: str) -> None:
    assert matches(key, key)
    assert not matches(key, f"{key}.x.y.z")
    assert not matches(f"{key}.x.y.z", key)
