# SPDX-License-Identifier: EUPL-1.2
"""A list as rows of cells under headings, and what is wrong with one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

FIELDS: Mapping[str, tuple[str, ...]] = {
    "occurred_at": ("datum", "tag", "vorfallsdatum", "datum des vorfalls", "date", "occurred_at"),
    "registered_at": ("gemeldet am", "meldedatum", "eingang", "reported", "registered_at"),
    "forms": ("form", "formen", "art", "art des vorfalls", "kategorie", "category", "forms"),
    "narrative": ("schilderung", "beschreibung", "sachverhalt", "description", "narrative"),
    "reference": ("aktenzeichen", "nummer", "nr", "nr.", "id", "reference"),
    "channel": ("kanal", "weg", "channel"),
    "place": ("ort", "place"),
    "affected_groups": ("betroffene", "betroffen", "gruppe", "affected", "affected_groups"),
    "motives": ("motiv", "motive", "motives"),
    "relation": ("beziehung", "täter", "source", "relation"),
    "severity": ("schwere", "severity"),
    "organisation_unit": ("organisationseinheit", "amt", "unit", "organisation_unit"),
    "municipality": ("ars", "kommune", "municipality"),
}
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ ,T]+\d{1,2}:\d{2}(?::\d{2})?)?", re.A)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.A)


LOOKING, LOOKED, BRINGING, BROUGHT, REFUSED = "looking", "looked", "bringing", "brought", "refused"
WAITING_KEPT = timedelta(hours=24)  # of a list that nobody has confirmed
RECORD_KEPT = timedelta(days=30)  # of the counts of one that came in


class BadList(Exception):
    """The file is no list that can be read; the message says why and what is allowed.

    `code` and `values` say the same for pages: `old_lists.bad.<code>` of the catalogue.
    """

    def __init__(self, told: str, code: str, **values: object) -> None:
        super().__init__(told)
        self.code = code
        self.values = {name: str(value) for name, value in values.items()}


class NoSuchList(Exception):
    """There is no such list: it was dropped, is too old, or is another municipality's."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row, with the number a spreadsheet shows for it."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong in one row.

    `problem` is the sentence of command and API. With a `code` pages have one of their own:
    `old_lists.fault.<code>`, with the value and the codes that are allowed.
    """

    row: int
    field: str
    problem: str
    code: str = ""
    value: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A list that somebody has brought to the page; what it says is sealed until it is in."""

    id: str
    municipality: str
    scheme: str | None
    state: str
    brought_by: str
    key_id: str
    arrived_at: datetime
    changed_at: datetime
    mode: str = "live"
    rows: int = 0
    done: int = 0
    new: int = 0
    missed: int = 0  # rows that somebody else brought in with another content meanwhile
    content: bytes | None = field(default=None, repr=False)  # sealed
    found: bytes | None = field(default=None, repr=False)  # sealed: faults tell cells

    @property
    def is_running(self) -> bool:
        """Is the worker at it?"""
        return self.state in (LOOKING, BRINGING)


def columns(head: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Which column holds which field, and the headings nobody knows; raises BadList."""
    by_name = {name: field for field, names in FIELDS.items() for name in names}
    found: dict[str, int] = {}
    unknown = []
    for place, heading in enumerate(head):
        name = " ".join(heading.split()).casefold()
        field = by_name.get(name)
        if field is None:
            unknown += [heading] if name else []
        elif field in found:
            told = f"row 1: two columns for {field}; keep one of them"
            raise BadList(told, "two_columns", field=field)
        else:
            found[field] = place
    if "forms" not in found:
        allowed = ", ".join(FIELDS["forms"])
        raise BadList(f"row 1: no column for forms; allowed: {allowed}", "no_forms")
    if not {"occurred_at", "registered_at"} & set(found):
        allowed = ", ".join((*FIELDS["occurred_at"], *FIELDS["registered_at"]))
        raise BadList(f"row 1: no column for a date; allowed: {allowed}", "no_date")
    return found, tuple(unknown)


def day(told: str) -> str | None:
    """A day as ISO, from 2025-03-01 or 1.3.2025, with or without a time; None where it is none."""
    if found := _GERMAN_DAY.fullmatch(told):
        dd, mm, yyyy = (int(part) for part in found.groups())
    elif found := _ISO_DAY.fullmatch(told):
        yyyy, mm, dd = (int(part) for part in found.groups())
    else:
        return None
    try:
        return date(yyyy, mm, dd).isoformat()
    except ValueError:
        return None


def references(lines: Sequence[Line]) -> Iterator[str]:
    """A name for each row that has none: its content, and which of several equal rows it is."""
    seen: dict[str, int] = {}
    for line in lines:
        mark = sha256("\x1f".join(line.cells).encode("utf-8", "surrogatepass")).hexdigest()[:40]
        seen[mark] = seen.get(mark, 0) + 1
        yield f"row-{mark}-{seen[mark]}"
