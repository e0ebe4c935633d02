# SPDX-License-Identifier: EUPL-1.2
"""Reads the papers of the content pack and lays out a sheet from what was filled in."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from rueckhalt_intake.papers import domain
from rueckhalt_intake.papers.domain import TICK, Field, Paper, Sheet

Values = Mapping[str, str]
EVIDENCE = "beweisliste"
_COLUMNS = ("Nr.", "Was, wo gefunden", "Gesichert am, durch")
_EMPTY_ROWS = 4
_PARTS = 3  # what, when, checksum


class NoSuchPaper(Exception):
    """There is no such paper."""


@cache
def _pack() -> Mapping[str, dict[str, Any]]:
    text = (files("rueckhalt_intake") / "content" / "papers.json").read_text("utf-8")
    return {each["code"]: each for each in json.loads(text)["papers"]}


@cache
def papers() -> Mapping[str, Paper]:
    """All papers, in the order of the pack."""
    return {
        code: Paper(
            code=code,
            fields=tuple(
                Field(name=each["name"], kind=each["kind"], is_on=each.get("on", False))
                for each in told["fields"]
            ),
            forms=frozenset(told.get("forms", ())),
            for_staff=told.get("for_staff", False),
        )
        for code, told in _pack().items()
    }


def paper(code: str) -> Paper:
    """One paper; raises NoSuchPaper."""
    try:
        return papers()[code]
    except KeyError:
        raise NoSuchPaper(code) from None


def blank(code: str) -> dict[str, str]:
    """The values of a paper nobody has filled in: the ticks that are wise."""
    return {each.name: "true" for each in paper(code).fields if each.kind == TICK and each.is_on}


def sheet_of(code: str, values: Values) -> Sheet:
    """The sheet of a paper; what is empty becomes a line to write on."""
    told = _pack()[paper(code).code]
    return Sheet(
        title=told["title"],
        sender=_lines(values, "name", "office"),
        recipient=tuple(values.get("recipient", "").splitlines()) or tuple(told["recipient"]),
        day=values.get("day", ""),
        parts=tuple(_parts(told["parts"], values)),
        signs=tuple(told["signs"]),
        notes=tuple(told["notes"]),
    )


def map_texts(sheet: Sheet, change: Callable[[str], str]) -> Sheet:
    """The sheet with each of its texts changed; raises what `change` raises."""

    def walked(told: Any) -> Any:
        if isinstance(told, str):
            return change(told)
        if isinstance(told, Mapping):
            return {name: each if name == "kind" else walked(each) for name, each in told.items()}
        return [walked(each) for each in told] if isinstance(told, list | tuple) else told

    names = ("sender", "recipient", "day", "parts")
    return replace(sheet, **{n: _kept(getattr(sheet, n), walked) for n in names})


def _kept(told: Any, walked: Callable[[Any], Any]) -> Any:
    return tuple(walked(told)) if isinstance(told, tuple) else walked(told)


def _lines(values: Values, *names: str) -> tuple[str, ...]:
    return tuple(line for name in names for line in values.get(name, "").splitlines() if line)


def _parts(parts: list[dict[str, Any]], values: Values) -> Iterator[Mapping[str, Any]]:
    for part in parts:
        if "heading" in part:
            yield domain.heading(part["heading"])
        elif "say" in part:
            yield from domain.text(part["say"])
        elif "facts" in part:
            rows = ((label, values.get(name, "")) for label, name in part["facts"])
            yield domain.facts(*rows)
        elif "ticks" in part:
            yield domain.ticks(*((name in values, told) for name, told in part["ticks"]))
        elif "evidence" in part:
            yield from _evidence(values.get(part["evidence"], ""))
        else:
            yield from domain.text(values.get(part["text"], ""), lines=part["lines"])


def _evidence(told: str) -> Iterator[Mapping[str, Any]]:
    """One piece a line: what; when and by whom; its checksum."""
    pieces = [[cell.strip() for cell in line.split(";")] for line in told.splitlines() if line]
    rows, sums = [], []
    for number, cells in enumerate(pieces, start=1):
        what, when, checksum, *_ = (*cells, "", "", "")[: max(_PARTS, len(cells))]
        rows.append((str(number), what, when))
        if checksum:
            sums.append((f"{number}. Prüfsumme (SHA-256)", checksum))
    empty = [(str(number), "", "") for number in range(1, _EMPTY_ROWS + 1)]
    yield domain.table(_COLUMNS, rows or empty)
    if sums:
        yield domain.hashes(sums)


def ticks_of(code: str) -> list[tuple[str, str]]:
    """The boxes of a paper, each with its sentence as it is printed."""
    parts = _pack()[paper(code).code]["parts"]
    return [(name, told) for part in parts for name, told in part.get("ticks", ())]
