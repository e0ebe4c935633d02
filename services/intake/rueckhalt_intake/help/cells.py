# SPDX-License-Identifier: EUPL-1.2
"""What may stand in each column of the directory. What may not is told by a code, whose sentence
is `help.fault.<code>` of the catalogue."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rueckhalt_intake.help import hours
from rueckhalt_intake.help.domain import EMERGENCY, FEDERAL, KINDS, VISIBILITIES
from rueckhalt_shared.contracts.codes import AFFECTED_GROUPS, FORMS, MOTIVES
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.messages import Catalogue

TOPICS = tuple(code for code in (*FORMS, *MOTIVES) if code != "unknown")
GROUPS = tuple(code for code in AFFECTED_GROUPS if code != "unknown")
COLUMNS = (
    *("id", "name", "kind", "topics", "groups", "ars_prefix", "phone", "email", "url", "hours"),
    *("anonymous", "free", "languages", "visibility", "source_url", "checked_at", "checked_by"),
    *("valid_until", "note_de", "note_en", "note_einfach"),
)
REQUIRED = ("id", "name", "kind", "checked_at")
LISTS = ("topics", "groups", "ars_prefix", "phone", "languages")
YES_NO = {"yes": True, "no": False, "": None}
# A cell that begins so is run by a spreadsheet: it never gets in, so it never gets out.
FORMULA = ("=", "@", "+", "-", "|", "%")
_MOST_IN_LIST = 60
_LONGEST = {
    "name": 120,
    "checked_by": 80,
    "hours": 200,
    "email": 120,
    "url": 500,
    "source_url": 500,
    "note_de": 400,
    "note_en": 400,
    "note_einfach": 400,
}
_WEB = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?(/[\x21-\x7e]*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """What is wrong, where: line 1 names the columns; an empty field is the whole line."""

    line: int
    field: str
    code: str
    value: str = ""

    def told(self, language: str) -> str:
        """The sentence for people."""
        catalogue = Catalogue.of_package("rueckhalt_intake")
        return catalogue.text(f"help.fault.{self.code}", language, value=self.value)


def faults_of(row: Mapping[str, str], *, owner: str, line: int = 0) -> Iterator[Fault]:
    """What is wrong with one row."""
    for name in COLUMNS:
        if found := _wrong(name, row[name], owner):
            yield Fault(line, name, *found)
    if not row["source_url"] and owner == FEDERAL and row["kind"] != EMERGENCY:
        yield Fault(line, "source_url", "required")


def split(value: str) -> list[str]:
    """The values of a cell that holds several."""
    return [each.strip() for each in value.split(";") if each.strip()]


_Found = tuple[str, str] | None


def _wrong(name: str, value: str, owner: str) -> _Found:
    if not value:
        return ("required", "") if name in REQUIRED else None
    if value.startswith(FORMULA) and not (name == "phone" and _is_phone(split(value)[0])):
        return "formula", ""
    if not value.replace("\n", " ").isprintable():
        return "control", ""
    if len(value) > _LONGEST.get(name, len(value)):
        return "too_long", str(_LONGEST[name])
    if name in LISTS:
        return _wrong_list(name, split(value), owner)
    code, allowed = _CHECKS.get(name, ("", lambda _: True))
    return None if allowed(value) else (code, "")


def _wrong_list(name: str, values: list[str], owner: str) -> _Found:
    if not values:
        return ("required", "") if name in REQUIRED else None
    if len(values) > _MOST_IN_LIST:
        return "too_many", str(_MOST_IN_LIST)
    if name == "ars_prefix":
        return next((found for each in values if (found := _wrong_region(each, owner))), None)
    code, allowed = _EACH[name]
    return next(((code, each[:40]) for each in values if not allowed(each)), None)


def _wrong_region(value: str, owner: str) -> _Found:
    try:
        RegionKey(value)
    except InvalidRegionKey:
        return "region", value[:40]
    if value.startswith(owner) or owner.startswith(value):
        return None
    return "outside", value


def _is_phone(value: str) -> bool:
    return re.fullmatch(r"\+?[0-9][0-9 /-]{1,29}", value) is not None


def _is_day(value: str) -> bool:
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


def _is_web(value: str) -> bool:
    return _WEB.fullmatch(value) is not None


_Check = tuple[str, Callable[[str], bool]]
_CHECKS: dict[str, _Check] = {
    "id": ("id", _matches(r"[a-z0-9][a-z0-9-]{0,39}")),
    "kind": ("kind", lambda value: value in KINDS),
    "visibility": ("visibility", lambda value: value in VISIBILITIES),
    "anonymous": ("yes_no", lambda value: value in YES_NO),
    "free": ("yes_no", lambda value: value in YES_NO),
    "email": ("email", _matches(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+")),
    "url": ("web", _is_web),
    "source_url": ("web", _is_web),
    "hours": ("hours", hours.is_valid),
    "checked_at": ("day", _is_day),
    "valid_until": ("day", _is_day),
}
_EACH: dict[str, _Check] = {
    "topics": ("topic", lambda value: value in TOPICS),
    "groups": ("group", lambda value: value in GROUPS),
    "phone": ("phone", _is_phone),
    "languages": ("language", _matches(r"[a-z]{2,3}")),
}
