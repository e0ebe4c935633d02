# SPDX-License-Identifier: EUPL-1.2
"""What a paper asks for and what a sheet of it looks like; no layout, no framework."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LINE, TEXT, DAY, TICK = "line", "text", "day", "tick"
LONGEST = {LINE: 200, TEXT: 100_000, DAY: 10, TICK: 4}
_LONG_WORD = re.compile(r"\S{70,}")
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_PIECE, _GAP = 40, "\u200b"  # a place to break at that nobody sees
_LEFT_OUT = {0x200D, 0xFE0E, 0xFE0F}  # how emoji are joined and coloured: nothing to read


@dataclass(frozen=True, kw_only=True)
class Field:
    """Something the paper needs to know; an empty one is a line to write on."""

    name: str
    kind: str = LINE
    is_on: bool = False  # of a tick, on a blank paper


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A kind of paper: what it asks for, and when it may be of use."""

    code: str
    fields: tuple[Field, ...]
    forms: frozenset[str] = frozenset()  # empty: any
    places: frozenset[str] = frozenset()
    for_staff: bool = False  # only the house can write it

    def fits(self, forms: Collection[str]) -> bool:
        """May it be of use after something of these forms?"""
        return not self.forms or not self.forms.isdisjoint(forms)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(each.name for each in self.fields)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A paper filled in, ready to be set or shown; `parts` as the template knows them."""

    title: str
    sender: tuple[str, ...] = ()
    recipient: tuple[str, ...] = ()
    day: str = ""
    parts: tuple[Mapping[str, Any], ...] = ()
    signs: tuple[str, ...] = ("Unterschrift",)
    notes: tuple[str, ...] = field(default=())


class Unprintable(Exception):
    """A script our font does not have; `where` names the script."""

    def __init__(self, script: str) -> None:
        super().__init__(script)
        self.script = script


def heading(text: str) -> Mapping[str, Any]:
    """A heading between parts."""
    return {"kind": "heading", "text": text}


def text(told: str, *, lines: int = 0) -> tuple[Mapping[str, Any], ...]:
    """A text; while it is empty, lines to write on."""
    if told.strip():
        return ({"kind": "text", "text": told},)
    return ({"kind": "space", "lines": lines},) if lines else ()


def facts(*rows: tuple[str, str]) -> Mapping[str, Any]:
    """Names and values."""
    return {"kind": "facts", "rows": [list(row) for row in rows]}


def ticks(*items: tuple[bool, str]) -> Mapping[str, Any]:
    """Boxes, ticked or not."""
    return {"kind": "ticks", "items": [{"on": on, "text": told} for on, told in items]}


def table(columns: Collection[str], rows: Collection[Collection[str]]) -> Mapping[str, Any]:
    """A table with a head."""
    return {"kind": "table", "columns": list(columns), "rows": [list(row) for row in rows]}


def hashes(rows: Collection[tuple[str, str]]) -> Mapping[str, Any]:
    """Names of pieces of evidence with their checksums."""
    return {"kind": "hashes", "rows": [list(row) for row in rows]}


def plain(sheet: Sheet) -> dict[str, Any]:
    """The sheet as JSON knows it."""
    return asdict(sheet)


def settable(told: str, known: Collection[int]) -> str:
    """The text with what the font lacks spelled out; raises Unprintable for foreign letters.

    A knife among threats is content: a sign is told by its name, never dropped. So is a mark that
    turns the direction of writing, which otherwise nobody would see.
    """
    if told.isascii() and told.isprintable():
        return _broken(told)
    return _broken("".join(_set(each, known) for each in unicodedata.normalize("NFC", told)))


def _set(character: str, known: Collection[int]) -> str:
    number = ord(character)
    if character == "\n" or (number in known and unicodedata.category(character)[0] != "C"):
        return character
    if character in "\r\t":
        return " " if character == "\t" else ""
    if number in _LEFT_OUT:
        return ""
    name = unicodedata.name(character, "")
    category = unicodedata.category(character)
    if category[0] == "L":
        raise Unprintable(name.split(" ")[0].capitalize() or "?")
    if category[0] == "M":
        raise Unprintable(name.split(" ")[0].capitalize())
    if category == "Zs":
        return " "
    return f"[{name or 'Zeichen'}, U+{number:04X}]"


def _broken(told: str) -> str:
    """Words without end get places to break at; a checksum stays in one piece."""
    return _LONG_WORD.sub(
        lambda found: (
            found[0]
            if _HASH.fullmatch(found[0])
            else _GAP.join(found[0][at : at + _PIECE] for at in range(0, len(found[0]), _PIECE))
        ),
        told,
    )
