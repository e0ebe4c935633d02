# SPDX-License-Identifier: EUPL-1.2
"""Which municipality the public pages serve, and what its calendar needs (Land, holidays).

Nobody who was threatened an hour ago looks up a regional key: the host name of the request decides,
else the town somebody has chosen on the start page, else the only one there is.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from flask import abort, redirect, request, url_for

from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.headers import cookie_name
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.web import extension

COOKIE = "rueckhalt_town"
REGIONS = ("", "augsburg")
LANDS = {
    "01": "SH",
    "02": "HH",
    "03": "NI",
    "04": "HB",
    "05": "NW",
    "06": "HE",
    "07": "RP",
    "08": "BW",
    "09": "BY",
    "10": "SL",
    "11": "BE",
    "12": "BB",
    "13": "MV",
    "14": "SN",
    "15": "ST",
    "16": "TH",
}
_AUGSBURG = "097610000000"  # has a holiday of its own, 8 August
_YES_NO = {"": None, "yes": True, "no": False}
_COLUMNS = ("municipality", "name", "host", "catholic", "region", "mail")


class BadTowns(BadSettings):
    """The file of towns cannot be used; the line and the column are named."""

    def __init__(self, told: str) -> None:
        super().__init__([f"RUECKHALT_INTAKE_TOWNS: {told}"])


@dataclass(frozen=True, kw_only=True)
class Town:
    """A municipality the public pages serve."""

    ars: str
    name: str
    host: str = ""
    catholic: bool | None = None  # mostly catholic: decides about 15 August in Bavaria
    region: str = ""  # `augsburg`, where a holiday belongs to one city
    mail: tuple[str, ...] = ()  # where hate mail is forwarded to

    @property
    def land(self) -> str:
        """The Land in two letters, as calendars name it: `BY`."""
        return LANDS[self.ars[:2]]


@dataclass(frozen=True)
class Towns:
    """The towns of an installation, in the order of their file."""

    served: Sequence[Town] = ()

    @classmethod
    def of(cls, path: Path, *, must_exist: bool, ars: str, name: str) -> "Towns":
        """The towns of the file; without one the town of the installation. Raises BadTowns."""
        if path.exists() or must_exist:
            return cls(_read(path))
        if not ars:
            return cls()
        return cls((_town(ars, name or ars, place="RUECKHALT_MUNICIPALITY"),))

    def find(self, ars: str) -> Town | None:
        """The town of that key."""
        return next((town for town in self.served if town.ars == ars), None)

    def at(self, host: str) -> Town | None:
        """The town whose pages have this host name."""
        name = host.partition(":")[0].lower()
        return next((town for town in self.served if town.host and town.host == name), None)

    def by_mail(self, address: str) -> Town | None:
        """The town a mail to this address is for."""
        return next((town for town in self.served if address in town.mail), None)

    def chosen(self, host: str, wish: str) -> Town | None:
        """The town of a request: by its host, by what was chosen, or the only one."""
        if (town := self.at(host)) is not None:
            return town
        if len(self.served) == 1:
            return self.served[0]
        return self.find(wish)


def known() -> Towns:
    """The towns of the running app."""
    return cast(Towns, extension("towns"))


def asked_for() -> Town | None:
    """The town of this request, as far as it is decided."""
    return known().chosen(request.host, request.cookies.get(cookie_name(COOKIE), ""))


def here() -> Town:
    """The town of this request; whoever has not said it is asked on the start page first."""
    town = asked_for()
    if town is None:
        abort(redirect(url_for("doors.start"), 303))
    return town


def _read(path: Path) -> tuple[Town, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if missing := {"municipality", "name"} - set(reader.fieldnames or ()):
                raise BadTowns(f"{path}: the first line must name {' and '.join(sorted(missing))}")
            if strange := set(reader.fieldnames or ()) - set(_COLUMNS):
                told = f"unknown column {', '.join(sorted(strange))}; known: {', '.join(_COLUMNS)}"
                raise BadTowns(f"{path}: {told}")
            towns = [_of_row(row, f"{path}, line {reader.line_num}") for row in reader]
    except UnicodeDecodeError:
        raise BadTowns(f"{path}: not UTF-8") from None
    except OSError as error:
        raise BadTowns(f"{path}: {error.strerror}") from None
    if not towns:
        raise BadTowns(f"{path}: names no town")
    for column, values in (
        ("municipality", [town.ars for town in towns]),
        ("host", [town.host for town in towns if town.host]),
        ("mail", [address for town in towns for address in town.mail]),
    ):
        if twice := {value for value in values if values.count(value) > 1}:
            raise BadTowns(f"{path}: {column} {', '.join(sorted(twice))} stands there twice")
    return tuple(towns)


def _of_row(row: Mapping[str | None, str | None], place: str) -> Town:
    told = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    if not told["name"]:
        raise BadTowns(f"{place}: name is empty")
    if told["catholic"] not in _YES_NO:
        raise BadTowns(f"{place}: catholic must be yes, no or empty")
    if told["region"] not in REGIONS:
        raise BadTowns(f"{place}: region must be augsburg or empty")
    town = _town(
        told["municipality"],
        told["name"],
        place=place,
        host=told["host"].lower(),
        catholic=_YES_NO[told["catholic"]],
        region=told["region"],
    )
    return replace(town, mail=_addresses(told["mail"], place))


def _addresses(told: str, place: str) -> tuple[str, ...]:
    found = tuple(told.lower().split())
    if not all(each.count("@") == 1 and each.isascii() for each in found):
        raise BadTowns(f"{place}: mail must be mail addresses with spaces between")
    return found


def _town(
    ars: str,
    name: str,
    *,
    place: str,
    host: str = "",
    catholic: bool | None = None,
    region: str = "",
) -> Town:
    try:
        key = RegionKey.parse(ars)
    except InvalidRegionKey as error:
        raise BadTowns(f"{place}: municipality {ars!r}: {error}") from None
    if not key.is_municipality:
        raise BadTowns(f"{place}: municipality {ars!r}: needs 12 digits")
    own = "augsburg" if key.ars == _AUGSBURG else region
    return Town(ars=key.ars, name=name, host=host, catholic=catholic, region=own)
