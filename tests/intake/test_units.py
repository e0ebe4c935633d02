# SPDX-License-Identifier: EUPL-1.2
"""units.csv and the settings: what is unusable stops the start and is named."""

from pathlib import Path
from typing import Any

import pytest

from rueckhalt_intake.settings import Settings
from rueckhalt_intake.units import BadUnits, Units
from rueckhalt_shared.settings import BadSettings
from tests.intake.town import ARS, ELSEWHERE


def units(tmp_path: Path, text: str) -> Units:
    path = tmp_path / "units.csv"
    path.write_text(text, encoding="utf-8")
    return Units.from_file(path)


def test_without_a_file_any_unit_is_taken(tmp_path: Path) -> None:
    found = Units.from_file(tmp_path / "units.csv")

    assert found.allowed(ARS) is None
    assert found.on_the_bus(ARS, "bauamt") == ("unknown", "unknown")


def test_a_list_without_towns_holds_for_all(tmp_path: Path) -> None:
    found = units(tmp_path, "\ufeffunit,cluster,label\nbauamt,technik,Bauamt\n")

    assert found.allowed(ARS) == ("bauamt",)
    assert found.on_the_bus(ELSEWHERE, "bauamt") == ("bauamt", "technik")
    assert found.on_the_bus(ARS, None) == ("unknown", "unknown")


def test_a_town_may_have_its_own_list(tmp_path: Path) -> None:
    found = units(tmp_path, f"municipality,unit,cluster\n{ARS},bauamt,technik\n")

    assert found.allowed(ARS) == ("bauamt",)
    assert found.allowed(ELSEWHERE) is None


@pytest.mark.parametrize(
    "text", ["", "unit\nbauamt\n", "unit,cluster\nBauamt,technik\n", "unit,cluster\nbauamt,\n"]
)
def test_a_broken_file_stops_the_start_and_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadUnits, match=r"units\.csv"):
        units(tmp_path, text)


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"known_ags": ("09564000",)}, "KNOWN_AGS"),
        ({"key_pool": 0}, "KEY_POOL"),
        ({"bulk_bytes": 1000}, "BULK_BYTES"),
    ],
)
def test_an_unusable_setting_stops_the_start(changes: dict[str, Any], variable: str) -> None:
    with pytest.raises(BadSettings, match=f"RUECKHALT_INTAKE_{variable}"):
        Settings(service="intake", **changes)
