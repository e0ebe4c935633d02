# SPDX-License-Identifier: EUPL-1.2
"""From a row to the body of a report: codes, their words, and the classes of other schemes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rueckhalt_intake.old_lists.domain import Fault, Line, day
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.codes import CodeList
from rueckhalt_shared.contracts.mapping import ASSIGNMENTS, NO_CLASS

_LISTS: Mapping[str, tuple[CodeList, bool]] = {
    "forms": (codes.FORMS, True),
    "affected_groups": (codes.AFFECTED_GROUPS, True),
    "motives": (codes.MOTIVES, True),
    "channel": (codes.CHANNELS, False),
    "place": (codes.PLACES, False),
    "relation": (codes.RELATIONS, False),
}
SCHEMES = ("inge", "komo", "rias", "pmk", "hamburg", "dortmund", "speyer", "bayern")
"""Classes of others that a column of forms may hold."""
_TEXTS = ("narrative", "reference", "organisation_unit", "municipality")
_SEPARATORS = re.compile(r"[,;/|\n]")


class Rows:
    """Turns rows into bodies; the column of forms may be in the classes of a scheme."""

    def __init__(self, places: Mapping[str, int], *, scheme: str | None, ars: str | None) -> None:
        self._places = places
        self._ars = ars
        self._words = {name: _words(listed) for name, (listed, _) in _LISTS.items()}
        named = _agreed() if scheme is None else _classes(scheme)
        self._words["forms"] = named | self._words["forms"]

    def body(self, line: Line, reference: str) -> tuple[dict[str, Any], list[Fault]]:
        """The report in one row, and what is wrong with it."""
        body: dict[str, Any] = {"reference": reference}
        faults: list[Fault] = []
        if self._ars is not None:
            body["municipality"] = self._ars
        for name, place in self._places.items():
            told = line.cells[place] if place < len(line.cells) else ""
            if told:
                faults += self._put(body, line.number, name, told)
        if not any(each.field in ("occurred_at", "registered_at") for each in faults):
            faults += _dated(body, line.number)
        if "forms" not in body and not any(each.field == "forms" for each in faults):
            faults.append(_empty(line.number, "forms"))
        return body, faults

    def _put(self, body: dict[str, Any], row: int, name: str, told: str) -> Iterator[Fault]:
        if name in _TEXTS:
            body[name] = told
        elif name == "severity":
            if told in ("0", "1", "2", "3"):
                body[name] = int(told)
            else:
                problem = f"{told[:40]!r}: allowed: 0, 1, 2, 3"
                yield Fault(row=row, field=name, problem=problem, code="severity", value=told[:40])
        elif name in _LISTS:
            found, strange = self._codes(name, told)
            if strange:
                yield _strange(row, name, strange[0][:40])
            body[name] = found if _LISTS[name][1] else (found or ["unknown"])[0]
        elif (spelled := day(told)) is not None:
            body[name] = spelled
        else:
            problem = f"{told[:40]!r}: must be a day like 2025-03-01 or 1.3.2025"
            yield Fault(row=row, field=name, problem=problem, code="day", value=told[:40])

    def _codes(self, name: str, told: str) -> tuple[list[str], list[str]]:
        """The codes of a cell, and what none of them is."""
        known = self._words[name]
        if told.casefold() in known:
            return [known[told.casefold()]], []
        pieces = [told]
        if _LISTS[name][1]:
            pieces = [piece.strip() for piece in _SEPARATORS.split(told) if piece.strip()]
        strange = [piece for piece in pieces if piece.casefold() not in known]
        found = [known[piece.casefold()] for piece in pieces if piece.casefold() in known]
        return list(dict.fromkeys(found)), strange


def _dated(body: dict[str, Any], row: int) -> Iterator[Fault]:
    """A historic incident counts from the day it was reported, else from the day it happened."""
    if "registered_at" not in body:
        if "occurred_at" in body:
            body["registered_at"] = body["occurred_at"]
        else:
            yield _empty(row, "occurred_at")


def _empty(row: int, name: str) -> Fault:
    return Fault(row=row, field=name, problem="must not be empty", code="empty")


def _strange(row: int, name: str, value: str) -> Fault:
    allowed = _LISTS[name][0].codes
    problem = f"{value!r} is unknown; allowed: {', '.join(allowed)}, or their words"
    return Fault(
        row=row, field=name, problem=problem, code="unknown", value=value, allowed=tuple(allowed)
    )


def is_code(name: str, code: str) -> bool:
    """Is it one of the codes that a column takes?"""
    return name in _LISTS and code in _LISTS[name][0].codes


def label(name: str, code: str, language: str) -> str:
    """The word of a code that a column takes."""
    return _LISTS[name][0].label(code, language)


def _words(listed: CodeList) -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("en", "de"):
        found |= {listed.label(code, language).casefold(): code for code in listed.codes}
    return found | {code.casefold(): code for code in listed.codes}


def _agreed() -> dict[str, str]:
    """The names of classes that mean one form in whatever scheme has them."""
    found: dict[str, set[str]] = {}
    for each in ASSIGNMENTS:
        if each.imported and each.class_ != NO_CLASS:
            found.setdefault(each.class_.casefold(), set()).add(each.form)
    return {name: next(iter(forms)) for name, forms in found.items() if len(forms) == 1}


def _classes(scheme: str) -> dict[str, str]:
    return {
        each.class_.casefold(): each.form
        for each in ASSIGNMENTS
        if each.scheme == scheme and each.imported and each.class_ != NO_CLASS
    }
