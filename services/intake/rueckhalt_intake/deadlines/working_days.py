# SPDX-License-Identifier: EUPL-1.2
"""Saturdays, Sundays and public holidays of a place. The tables come from `holidays`, by year."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rueckhalt_intake.towns import LANDS as LAND_OF_PREFIX
from rueckhalt_intake.towns import Towns

LANDS = tuple(LAND_OF_PREFIX.values())
_AUGSBURG = "09761"  # the city: the only place with the Friedensfest
_SATURDAY = 5


@dataclass(frozen=True)
class Place:
    """Where a deadline ends: the Land, and what is particular about the town."""

    land: str
    is_catholic: bool = False  # in parts of BY, SN, TH a town has holidays of its own
    is_augsburg: bool = False

    def is_closed(self, day: date) -> bool:
        """Is this a Saturday, a Sunday or a public holiday here?"""
        return day.weekday() >= _SATURDAY or self.holiday(day) is not None

    def holiday(self, day: date) -> str | None:
        """The holiday's German name."""
        return _holidays(self.land, self.is_catholic, self.is_augsburg, day.year).get(day)


def place_of(municipality: str, *, is_catholic: bool = False) -> Place:
    """The place of a municipality by its regional key; whether it is catholic nobody can tell."""
    land = LAND_OF_PREFIX[municipality[:2]]
    return Place(land, is_catholic, municipality.startswith(_AUGSBURG))


def places_of(towns: Towns) -> Callable[[str], Place]:
    """The same, with what the list of towns says about holidays."""

    def find(municipality: str) -> Place:
        town = towns.find(municipality)
        if town is None:
            return place_of(municipality)
        return Place(town.land, bool(town.catholic), town.region == "augsburg")

    return find


@lru_cache(maxsize=256)
def _holidays(land: str, is_catholic: bool, is_augsburg: bool, year: int) -> Mapping[date, str]:
    import holidays  # noqa: PLC0415 - a quarter of a second, and only for this

    categories = ("public", "catholic") if is_catholic else ("public",)
    subdivision = "Augsburg" if is_augsburg else land
    return dict(
        holidays.country_holidays(
            "DE", subdiv=subdivision, years=year, categories=categories, language="de"
        )
    )
