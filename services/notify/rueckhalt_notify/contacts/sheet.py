# SPDX-License-Identifier: EUPL-1.2
"""Reads a list of contacts as offices save it: any separator, UTF-8 or Windows-1252."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LARGEST = 10_000  # lines
_HEADINGS: Mapping[str, str] = {
    "person": "person",
    "personenschluessel": "person",
    "personenschlüssel": "person",
    "partner": "partner",
    "partnerschluessel": "partner",
    "partnerschlüssel": "partner",
    "address": "address",
    "adresse": "address",
    "email": "address",
    "e-mail": "address",
    "mail": "address",
    "channel": "channel",
    "kanal": "channel",
    "language": "language",
    "sprache": "language",
    "level": "level",
    "stufe": "level",
    "rank": "rank",
    "rang": "rank",
    "municipality": "municipality",
    "kommune": "municipality",
    "ars": "municipality",
}
_IGNORED = frozenset({"name", "vorname", "nachname", "role", "rolle", "unit", "amt", "remark"})
_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}\Z")


class UnreadableSheet(Exception):
    """The file as a whole cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the list, looked at but not yet stored."""

    number: int
    owner_kind: str = ""
    owner_key: str = ""
    address: str = ""
    channel: str = "mail"
    language: str = "de"
    level: int = 0
    rank: int = 0
    municipality: str = ""
    problem: str = ""


def read_lines(raw: bytes) -> list[Line]:
    """Every line after the heading; raises UnreadableSheet."""
    text = _decoded(raw)
    heading = next(iter(text.splitlines()), "")
    separator = max(";\t,", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = _names(next(reader, []))
        lines = [
            _line(number, dict(zip(names, row, strict=False))) for number, row in _rows(reader)
        ]
    except csv.Error as error:
        raise UnreadableSheet(f"line {reader.line_num}: {error}") from error
    if len(lines) > LARGEST:
        raise UnreadableSheet(f"more than {LARGEST} lines")
    return lines


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    if "\0" in text:
        raise UnreadableSheet("this is not a text file")
    return text


def _names(heading: list[str]) -> list[str]:
    names = [_HEADINGS.get(cell.strip().lower(), "") for cell in heading]
    unknown = [
        cell.strip()
        for cell, name in zip(heading, names, strict=True)
        if not name and cell.strip() and cell.strip().lower() not in _IGNORED
    ]
    if unknown:
        raise UnreadableSheet(f"unknown column {unknown[0]!r}; known: {', '.join(_known())}")
    if "address" not in names or not {"person", "partner"} & set(names):
        raise UnreadableSheet("needs a column address and a column person or partner")
    return names


def _known() -> list[str]:
    return sorted(set(_HEADINGS.values()))


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(reader, start=2):
        if any(cell.strip() for cell in row):
            yield number, row


def _line(number: int, cells: Mapping[str, str]) -> Line:
    values = {name: cell.strip() for name, cell in cells.items() if name and cell.strip()}
    owners: list[str] = [kind for kind in ("person", "partner") if kind in values]
    problem = _problem(values, owners)
    if problem:
        return Line(number=number, problem=problem)
    return Line(
        number=number,
        owner_kind=owners[0],
        owner_key=values[owners[0]].lower(),
        address=values["address"],
        channel=values.get("channel", "mail").lower(),
        language=values.get("language", "de").lower(),
        level=int(values.get("level", "0")),
        rank=int(values.get("rank", "0")),
        municipality=values.get("municipality", ""),
    )


def _problem(values: Mapping[str, str], owners: list[str]) -> str:
    """The first thing wrong with a line, in words; nothing if it can be used."""
    if len(owners) != 1:
        return "needs either a person or a partner"
    if not _KEY.match(values[owners[0]].lower()):
        return f"{owners[0]}: a key like vorname.nachname, not a name"
    if "address" not in values:
        return "address: is missing"
    checks = (
        ("channel", ("mail",), "mail"),
        ("language", ("de", "en", "einfach"), "de"),
        ("level", ("0", "1"), "0"),
    )
    for name, allowed, default in checks:
        if values.get(name, default).lower() not in allowed:
            return f"{name}: must be one of {', '.join(allowed)}"
    if (
        not re.fullmatch(r"\d{1,3}", values.get("rank", "0"))
        or not values.get("rank", "0").isascii()
    ):
        return "rank: must be a small number"
    return ""
