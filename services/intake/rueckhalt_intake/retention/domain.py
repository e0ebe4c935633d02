# SPDX-License-Identifier: EUPL-1.2
"""Deletion classes and when an incident falls due by them; after DIN 66398, by month."""

import calendar
from dataclasses import dataclass, fields
from datetime import date, datetime

SOURCE_IDENTITY, MINOR_CASE, SERIOUS_CASE = "source_identity", "minor_case", "serious_case"
_SERIOUS = 2  # severity from which a case is kept longer; an unknown one is, too
_COMPLAINT = "complaint"


class BadClasses(Exception):
    """The file of deletion classes cannot be used; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Months each class is kept; None is for ever."""

    source_identity: int | None
    minor_case: int | None
    serious_case: int | None

    @property
    def shortest(self) -> int | None:
        """Nothing younger than this can be due; None when nothing ever is."""
        months = [getattr(self, each.name) for each in fields(self)]
        return min((m for m in months if m is not None), default=None)


@dataclass(frozen=True, kw_only=True)
class Aged:
    """What decides how long an incident is kept."""

    id: str
    mode: str
    registered_at: datetime
    closed_at: datetime | None
    severity: int | None
    reporter_kind: str
    wishes: tuple[str, ...]


@dataclass(frozen=True)
class Due:
    """Something that must go: a whole case, or who reported it."""

    incident: str
    mode: str
    scope: str
    class_: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Concept:
    """The deletion classes, and who has agreed to them when; None: nobody yet."""

    classes: Classes
    agreed_on: date | None = None
    agreed_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ends:
    """When a case and its source fall due; None: for ever, not yet known, or nothing there.

    `source_waits`: its months count already, and it goes with the closing at the earliest.
    """

    class_: str
    case_at: datetime | None
    source_at: datetime | None
    source_waits: bool


def ends(aged: Aged, classes: Classes) -> Ends:
    """Until when an incident is kept, as the classes stand now.

    Nobody loses the thread of a case that is open: who reported, their messages and their files
    go by class with its closing at the earliest.
    """
    charges = _COMPLAINT in aged.wishes
    is_minor = aged.severity is not None and aged.severity < _SERIOUS and not charges
    name = MINOR_CASE if is_minor else SERIOUS_CASE
    has_source = aged.reporter_kind == "person" and not charges
    closed = aged.closed_at
    return Ends(
        class_=name,
        case_at=_ends(closed, getattr(classes, name)) if closed is not None else None,
        source_at=_source_ends(aged, closed, classes) if has_source and closed else None,
        source_waits=has_source and closed is None and classes.source_identity is not None,
    )


def due(aged: Aged, classes: Classes, *, now: datetime) -> Due | None:
    """What is due of one incident; a case that goes takes its source along."""
    found = ends(aged, classes)
    if found.case_at is not None and found.case_at <= now:
        return Due(aged.id, aged.mode, "case", found.class_, found.case_at)
    if found.source_at is not None and found.source_at <= now:
        return Due(aged.id, aged.mode, "source", SOURCE_IDENTITY, found.source_at)
    return None


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many months ago, or the last one of that month."""
    return _moved(moment, -months)


def _source_ends(aged: Aged, closed: datetime, classes: Classes) -> datetime | None:
    found = _ends(aged.registered_at, classes.source_identity)
    return None if found is None else max(found, closed)


def _ends(moment: datetime, months: int | None) -> datetime | None:
    return None if months is None else _moved(moment, months)


def _moved(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
