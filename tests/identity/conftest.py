# SPDX-License-Identifier: EUPL-1.2
"""What the tests of sign-in share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.identity.browser import Town
from tests.identity.house import Household


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Household]:
    """An empty identity store."""
    made = Household(tmp_path)
    yield made
    made.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A service with one account."""
    made = Town(tmp_path)
    made.house.add()
    yield made
    made.close()
