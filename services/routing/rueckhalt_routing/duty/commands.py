# SPDX-License-Identifier: EUPL-1.2
"""`absence …` and `crisis …` on the command line: who is away, and when it is a crisis."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_routing.proving.choosing import language_option
from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import (
    FINDINGS,
    UNUSABLE,
    honest,
    json_option,
    table,
    tell,
    unusable,
)

if TYPE_CHECKING:
    from rueckhalt_routing.duty.acting import Actor
    from rueckhalt_routing.duty.entries import Absence
    from rueckhalt_routing.duty.house import House
    from rueckhalt_shared.database import Database, Transaction

_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)
_HEAD = ("id", "person", "from", "until", "source")
town_option = click.option(
    "--municipality", default="", help="Regional key; default: the installation's."
)


@click.group()
def absence() -> None:
    """Who is away. Never why."""


@click.group()
def crisis() -> None:
    """Declare a crisis, and end it."""


@absence.command("add")
@click.argument("person")
@click.argument("since", metavar="FROM")
@click.argument("until")
@town_option
@data_option
@json_option
@honest
def add_absence(
    *, person: str, since: str, until: str, municipality: str, data: Path | None, as_json: bool
) -> None:
    """Somebody is away: days (the last one included) or wall clocks, as "2026-12-24 12:00"."""
    from rueckhalt_routing.duty import absences  # noqa: PLC0415 - commands start fast

    def work(tx: "Transaction", house: "House") -> "Absence":
        start, end = (
            _instant(house, text, is_end=e) for text, e in ((since, False), (until, True))
        )
        return absences.add(tx, house, the_actor(), person=person, start=start, end=end)

    with house_of(data, municipality) as (database, town):
        added = run_in(database, town, work)
    told = _told(added)
    tell(told, [" ".join(str(told[name]) for name in _HEAD)], as_json=as_json)


@absence.command("list")
@click.option("--person", default=None, help="Only this one.")
@town_option
@data_option
@json_option
@honest
def list_absences(
    *, person: str | None, municipality: str, data: Path | None, as_json: bool
) -> None:
    """Who is away now or later."""
    from rueckhalt_routing.duty import absences  # noqa: PLC0415 - commands start fast

    def work(tx: "Transaction", house: "House") -> list[Any]:
        return absences.coming(tx, house, person=person)

    with house_of(data, municipality) as (database, town):
        found = [_told(each) for each in run_in(database, town, work)]
    rows = [[each[name] for name in _HEAD] for each in found]
    tell(found, table(rows, _HEAD), as_json=as_json)


@absence.command("remove")
@click.argument("id")
@town_option
@data_option
@json_option
@honest
def remove_absence(*, id: str, municipality: str, data: Path | None, as_json: bool) -> None:
    """Somebody is there after all."""
    from rueckhalt_routing.duty import absences  # noqa: PLC0415 - commands start fast

    def work(tx: "Transaction", house: "House") -> "Absence":
        return absences.remove(tx, house, the_actor(), id)

    with house_of(data, municipality) as (database, town):
        gone = _told(run_in(database, town, work))
    tell(gone, [f"{gone['person']}: removed"], as_json=as_json)


@absence.command("import")
@click.argument("file", type=_PATH)
@click.option("--person", default=None, help="Whose calendar it is (a table names them itself).")
@click.option("--only-out", is_flag=True, help="Only what the calendar marks as out of office.")
@click.option("--replace", is_flag=True, help="What an earlier file brought and this lacks goes.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@language_option
@town_option
@data_option
@json_option
@honest
def import_absences(
    *,
    file: Path,
    person: str | None,
    only_out: bool,
    replace: bool,
    dry_run: bool,
    lang: str,
    municipality: str,
    data: Path | None,
    as_json: bool,
) -> None:
    """Take absences from a table (CSV) or a calendar (iCalendar); twice counts once."""
    from rueckhalt_routing.duty import absences, reading_ical  # noqa: PLC0415
    from rueckhalt_routing.duty.absence_files import MOST_BYTES, FileRefused  # noqa: PLC0415

    with file.open("rb") as opened:
        raw = opened.read(MOST_BYTES + 1)
    how = {
        "person": person,
        "counts": reading_ical.OUT if only_out else reading_ical.BUSY,
        "replaces": replace,
    }

    def work(tx: "Transaction", house: "House") -> Any:
        return absences.take_file(tx, house, the_actor(), raw, dry_run=dry_run, **how)

    try:
        with house_of(data, municipality) as (database, town):
            done = run_in(database, town, work)
    except FileRefused as error:
        problems = [each.as_dict(lang) for each in error.problems]
        lines = [f"{file.name}: {each.words(lang)}" for each in error.problems]
        tell({"usable": False, "problems": problems}, lines, as_json=as_json)
        raise click.exceptions.Exit(UNUSABLE) from None
    document = done.as_dict() | {"usable": True, "dry_run": dry_run}
    counts = (len(done.added), len(done.moved), len(done.removed), done.unchanged)
    words = zip(("new", "moved", "gone", "unchanged"), counts, strict=True)
    lines = [
        f"{sign} {each.person} {each.start_at:%Y-%m-%dT%H:%MZ} {each.end_at:%Y-%m-%dT%H:%MZ}"
        for sign, changes in (("+", done.added), ("~", done.moved), ("-", done.removed))
        for each in changes
    ]
    tell(document, [*lines, ", ".join(f"{n} {word}" for word, n in words)], as_json=as_json)


@crisis.command("declare")
@click.option("--reason", default="", help="A few words for the audit; no names.")
@town_option
@data_option
@json_option
@honest
def declare_crisis(*, reason: str, municipality: str, data: Path | None, as_json: bool) -> None:
    """From now on it is a crisis: the time class `crisis` holds, held cases are released."""
    from rueckhalt_routing.assignments import holding  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.duty import crises  # noqa: PLC0415 - commands start fast

    with house_of(data, municipality) as (database, town):
        try:
            made = database.run(holding.declare_crisis, town, the_actor(), reason=reason[:200])
        except crises.CrisisGoesOn:
            tell({"crisis": "goes on"}, ["a crisis goes on already"], as_json=as_json)
            raise click.exceptions.Exit(FINDINGS) from None
    tell(
        {"id": made.id, "since": made.start_at}, [f"crisis since {made.start_at}"], as_json=as_json
    )


@crisis.command("end")
@town_option
@data_option
@json_option
@honest
def end_crisis(*, municipality: str, data: Path | None, as_json: bool) -> None:
    """The crisis is over."""
    from rueckhalt_routing.duty import crises  # noqa: PLC0415 - commands start fast

    with house_of(data, municipality) as (database, town):
        try:
            ended = database.run(crises.end, town, the_actor())
        except crises.NoCrisis:
            tell({"crisis": "none"}, ["there is no crisis"], as_json=as_json)
            raise click.exceptions.Exit(FINDINGS) from None
    tell({"id": ended.id, "until": ended.end_at}, [f"over since {ended.end_at}"], as_json=as_json)


@contextmanager
def house_of(data: Path | None, municipality: str) -> Iterator[tuple["Database", str]]:
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast

    town = municipality or settings_of(service, data).municipality
    if not town:
        raise unusable("this installation has no municipality: name one by --municipality")
    database = database_of(service, data)
    try:
        yield database, town
    finally:
        database.dispose()


def run_in(database: "Database", town: str, work: Any) -> Any:
    """Run one use case; what it refuses ends the command."""
    from rueckhalt_routing.duty.absences import AbsenceRefused  # noqa: PLC0415
    from rueckhalt_routing.duty.house import NoPlan, UnknownKey, house_in  # noqa: PLC0415
    from rueckhalt_shared.messages import Catalogue  # noqa: PLC0415

    def run(tx: "Transaction") -> Any:
        return work(tx, house_in(tx, town))

    try:
        return database.run(run)
    except NoPlan:
        raise unusable(f"no plan counts for {town}") from None
    except UnknownKey as error:
        raise unusable(str(error)) from None
    except AbsenceRefused as error:
        texts = Catalogue.of_package("rueckhalt_routing")
        raise unusable(f"{error.field}: {texts.text(error.message, 'en')}") from None


def the_actor() -> "Actor":
    from rueckhalt_routing.duty.acting import Actor  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.duty.entries import COMMAND  # noqa: PLC0415

    return Actor(name="command line", source=COMMAND)


def _instant(house: "House", text: str, *, is_end: bool) -> datetime:
    from rueckhalt_routing.duty.reading_csv import ALLOWED, instant_in, wall_in  # noqa: PLC0415

    wall = wall_in(text, is_end=is_end)
    if wall is None:
        raise unusable(f"{text!r}: no day and no time; allowed: {', '.join(ALLOWED)}")
    return instant_in(wall, house.zone)


def _told(each: Any) -> dict[str, Any]:
    return {
        "id": each.id,
        "person": each.person,
        "from": each.start_at.isoformat(timespec="minutes"),
        "until": each.end_at.isoformat(timespec="minutes"),
        "source": each.source,
    }
