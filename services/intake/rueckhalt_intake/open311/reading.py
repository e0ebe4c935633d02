# SPDX-License-Identifier: EUPL-1.2
"""The file of lists that are looked through; every fault stops the start, nothing is guessed."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from rueckhalt_intake.open311.domain import Endpoint
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.line_addresses import AddressRefused, check_url
from rueckhalt_shared.settings import BadSettings

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_INTERVAL = re.compile(r"(\d{1,4})(m|h)", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}
_LISTS = ("service_codes", "keywords", "forms")
_TEXTS = ("name", "url", "municipality", "jurisdiction_id", "api_key_file", "interval", "since")
_REQUIRED = ("name", "url", "municipality")
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=24)
_SHORTEST_KEYWORD = 3


class BadLists(BadSettings):
    """The file of lists cannot be used; the text says why."""

    def __init__(self, path: Path, told: str) -> None:
        super().__init__([f"RUECKHALT_INTAKE_OPEN311: {path}: {told}"])


def read_lists(given: Path | None, *, beside: Path) -> tuple[Endpoint, ...]:
    """The lists of the file, else of `open311.yaml`, if it exists. Raises BadLists."""
    path = given or beside / "open311.yaml"
    if given is None and not path.exists():
        return ()
    try:
        told = yaml.BaseLoader(path.read_text("utf-8")).get_single_data()  # every scalar is text
    except (OSError, UnicodeDecodeError) as error:
        raise BadLists(path, type(error).__name__) from None
    except yaml.YAMLError:
        raise BadLists(path, "no YAML") from None
    listed = told.get("open311") if isinstance(told, dict) and set(told) == {"open311"} else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise BadLists(path, "must be one list of endpoints named open311")
    found = []
    for number, each in enumerate(listed, start=1):
        if fault := next(_faults(each), None):
            raise BadLists(path, f"endpoint {number}: {fault}")
        found.append(_endpoint(path, number, each))
    names = [each.name for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadLists(path, f"name: {', '.join(twice)} stands twice")
    return tuple(found)


def _faults(told: Mapping[str, Any]) -> Iterator[str]:
    known = (*_TEXTS, *_LISTS)
    if strange := sorted(set(told) - set(known)):
        yield f"{', '.join(strange)}: unknown; known: {', '.join(known)}"
    for name in _REQUIRED:
        if not told.get(name):
            yield f"{name}: is required"
    if not told.get("keywords") and not told.get("service_codes"):
        yield "keywords, service_codes: one of them is required, or everything would come in"
    for name, value in told.items():
        is_list = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if name in _LISTS and not is_list:
            yield f"{name}: must be a list of texts"
        if name in _TEXTS and not isinstance(value, str):
            yield f"{name}: must be a text"
    for name, check in _CHECKS.items():
        if name in told and (fault := check(told[name])):
            yield f"{name}: {fault}"


def _endpoint(path: Path, number: int, told: Mapping[str, Any]) -> Endpoint:
    key = ""
    if "api_key_file" in told:
        try:
            key = (path.parent / told["api_key_file"]).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            named = f"endpoint {number}: api_key_file: {type(error).__name__}"
            raise BadLists(path, named) from None
    lists = {name: tuple(told[name]) for name in _LISTS if name in told}
    return Endpoint(
        name=told["name"],
        url=told["url"].rstrip("/"),
        municipality=told["municipality"],
        jurisdiction_id=told.get("jurisdiction_id", ""),
        api_key=key,
        interval=_interval(told.get("interval", "15m")) or _SHORTEST,
        since=_instant(told["since"]) if "since" in told else None,
        **lists,
    )


def _name(value: str) -> str:
    return "" if _NAME.fullmatch(value) else "must be 1 to 40 of a-z, 0-9 and -"


def _url(value: str) -> str:
    try:
        parts = check_url(value)
    except AddressRefused as error:
        return str(error)
    return "must have no ? and no #" if parts.query or urlsplit(value).fragment else ""


def _municipality(value: str) -> str:
    try:
        return "" if RegionKey(value).is_municipality else "must be an ARS with 12 digits"
    except InvalidRegionKey as error:
        return error.reason


def _forms(values: list[str]) -> str:
    wrong = [each for each in values if each not in codes.FORMS]
    return f"unknown {', '.join(wrong)}; known: {', '.join(codes.FORMS)}" if wrong else ""


def _keywords(values: list[str]) -> str:
    short = [each for each in values if len(each.strip()) < _SHORTEST_KEYWORD]
    return f"{short[0]!r}: at least {_SHORTEST_KEYWORD} characters" if short else ""


def _pause(value: str) -> str:
    found = _interval(value)
    fits = found is not None and _SHORTEST <= found <= _LONGEST
    return "" if fits else "must be 1m to 24h, as 15m or 2h"


def _since(value: str) -> str:
    return "" if _instant(value) else "must be an instant with its zone, as 2026-11-01T00:00:00Z"


def _interval(value: str) -> timedelta | None:
    found = _INTERVAL.fullmatch(value)
    return int(found[1]) * _UNITS[found[2]] if found else None


def _instant(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.utcoffset() is not None else None


_CHECKS: dict[str, Any] = {
    "name": _name,
    "url": _url,
    "municipality": _municipality,
    "forms": _forms,
    "keywords": _keywords,
    "interval": _pause,
    "since": _since,
}
