# SPDX-License-Identifier: EUPL-1.2
"""Deletion classes of a service: read from a file, applied once a day; a dry run only tells."""

import calendar
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import yaml

from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing.holding import Holds
from rueckhalt_shared.erasing.reclaiming import reclaim
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.states import note_state, states

log = get_logger(__name__)
Unit = Literal["days", "months"]
Classes = Mapping[str, int | None]
_PAGE = 500
_DAY = timedelta(days=1)
_STATE = "retention"
_NEVER = "never"
_LONGEST: Mapping[Unit, int] = {"days": 36_500, "months": 1200}


class BadClasses(Exception):
    """The file of deletion classes cannot be used; the text says why."""


@dataclass(frozen=True)
class Aged:
    """One row that may fall due, and since when its time runs."""

    id: str
    incident: str
    since: datetime


@dataclass(frozen=True)
class Outcome:
    """What came of one row that was due: `due` (dry run), `erased` or `held`."""

    incident: str
    scope: str
    class_: str
    since: datetime  # it fell due then
    result: str


Find = Callable[[Transaction, datetime, str, int], list[Aged]]
"""`find(tx, until, after, limit)`: by id, after that id, those whose time runs since `until` or
longer."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One sort of rows of a class."""

    class_: str
    scope: str
    unit: Unit
    find: Find
    drop: Callable[[Transaction, Sequence[Aged]], None]


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What one service deletes by class."""

    default: Traversable
    kinds: Sequence[Kind]
    holds: Holds
    tables: Sequence[str]
    least: Mapping[str, int] = field(default_factory=dict)

    def read(self, path: Path | None) -> Classes:
        """The operator's file, else the defaults; raises BadClasses, nothing is guessed."""
        try:
            text = self.default.read_text("utf-8") if path is None else path.read_text("utf-8")
            told = yaml.BaseLoader(text).get_single_data()  # every scalar is text
        except (OSError, UnicodeDecodeError) as error:
            raise BadClasses(f"{path}: {type(error).__name__}") from None
        except yaml.YAMLError:
            raise BadClasses(f"{path}: no YAML") from None
        units = {kind.class_: kind.unit for kind in self.kinds}
        if not isinstance(told, dict) or sorted(told) != sorted(units):
            raise BadClasses(f"must name exactly: {', '.join(units)}")
        return {
            name: _kept(name, told[name], unit, self.least.get(name, 1))
            for name, unit in units.items()
        }

    def run(self, database: Database, classes: Classes, *, dry_run: bool) -> Iterator[Outcome]:
        """Go through everything that is due, page by page, each in a transaction of its own."""
        erased = False
        for kind in self.kinds:
            keep = classes[kind.class_]
            after: str | None = "" if keep is not None else None
            while after is not None and keep is not None:
                work = database.read if dry_run else database.run
                found, after = work(self._page, kind, keep, after, dry_run=dry_run)
                erased |= any(outcome.result == "erased" for outcome in found)
                yield from found
        if erased:
            reclaim(database, self.tables)

    def _page(
        self, tx: Transaction, kind: Kind, keep: int, after: str, *, dry_run: bool
    ) -> tuple[list[Outcome], str | None]:
        page = kind.find(tx, moved(tx.now, -keep, kind.unit), after, _PAGE)
        held = self.holds.among(tx, [aged.incident for aged in page])
        going = [aged for aged in page if aged.incident not in held]
        if going and not dry_run:
            kind.drop(tx, going)
        result = "due" if dry_run else "erased"
        outcomes = [
            Outcome(
                aged.incident,
                kind.scope,
                kind.class_,
                moved(aged.since, keep, kind.unit),
                "held" if aged.incident in held else result,
            )
            for aged in page
        ]
        return outcomes, page[-1].id if len(page) == _PAGE else None

    def daily(self, path: Path | None, *, name: str) -> Callable[[Database], bool]:
        """The worker's round: once a day, first a day after the start. Raises BadSettings.

        `name` is the setting that gave the path.
        """
        try:
            self.read(path)
        except BadClasses as error:
            raise BadSettings([f"{name}: {error}"]) from None
        return partial(self._daily, path)

    def _daily(self, path: Path | None, database: Database) -> bool:
        if database.run(_is_due):
            outcomes = list(self.run(database, self.read(path), dry_run=False))
            if outcomes:
                erased = sum(outcome.result == "erased" for outcome in outcomes)
                log.info("deletion classes applied", count=erased)
            database.run(note_state, _STATE, "running")
        return False


def moved(moment: datetime, by: int, unit: Unit) -> datetime:
    """So many days or months later, or earlier; the last day of a month that is too short."""
    if unit == "days":
        return moment + timedelta(days=by)
    year, month = divmod(moment.year * 12 + moment.month - 1 + by, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _kept(name: str, told: object, unit: Unit, least: int) -> int | None:
    if told == _NEVER:
        return None
    if isinstance(told, str) and told.isdecimal() and least <= int(told) <= _LONGEST[unit]:
        return int(told)
    raise BadClasses(f"{name}: must be {unit} ({least} to {_LONGEST[unit]}) or {_NEVER}")


def _is_due(tx: Transaction) -> bool:
    last = states(tx).get(_STATE)
    if last is None:
        note_state(tx, _STATE, "running")
        return False
    return tx.now - last.at >= _DAY
