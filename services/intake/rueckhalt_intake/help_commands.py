# SPDX-License-Identifier: EUPL-1.2
"""`help list|export|import|check` and `poster`: the directory and its poster by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database

_HEAD = ("municipality", "id", "name", "phone", "checked_at", "visibility")
_WHERE = "Regional key of the owner: a municipality (12 digits) or a region above it."


@click.group("help")
def help_directory() -> None:
    """The help directory: who helps whom, and where."""


@help_directory.command("list")
@click.option("--municipality", default="", help="Only what is shown there (default: own entries).")
@data_option
@json_option
@honest
def list_entries(*, municipality: str, data: Path | None, as_json: bool) -> None:
    """Own entries, or everything that is shown in a place."""
    with _intake(data) as database:
        rows = [_row(each) for each in _entries(database, municipality)]
    documents = [dict(zip(_HEAD, row, strict=True)) for row in rows]
    tell(documents, table(rows, _HEAD) if rows else ["nothing"], as_json=as_json)


@help_directory.command()
@click.argument("municipality")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@honest
def export(*, municipality: str, file: Path, data: Path | None) -> None:
    """Write a region's own entries as CSV."""
    from rueckhalt_intake.help import handlers  # noqa: PLC0415 - commands start fast
    from rueckhalt_intake.help.reading import written  # noqa: PLC0415

    with _intake(data) as database:
        kept = database.read(handlers.kept_by, _region(municipality))
    file.write_text(written(kept), encoding="utf-8")
    click.echo(f"{len(kept)} entries written to {file}")


@help_directory.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--municipality", required=True, help=_WHERE)
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@data_option
@json_option
@honest
def import_file(
    *, file: Path, municipality: str, dry_run: bool, data: Path | None, as_json: bool
) -> None:
    """Add or change a region's own entries from a CSV; all of it or nothing."""
    from rueckhalt_intake.help import handlers  # noqa: PLC0415
    from rueckhalt_intake.help.reading import MOST_BYTES, BadRows, read_rows  # noqa: PLC0415

    owner = _region(municipality)
    with file.open("rb") as opened:
        raw = opened.read(MOST_BYTES + 1)
    try:
        entries = read_rows(raw, owner=owner)
    except BadRows as bad:
        raise unusable("\n".join(bad.lines("en"))) from None
    with _intake(data) as database:
        try:
            change = database.run(
                handlers.take, owner, entries, by=f"cli:{getuser()}", dry_run=dry_run
            )
        except handlers.TooManyEntries:
            raise unusable(f"no more than {handlers.MOST} own entries") from None
    told = {"added": change.added, "changed": change.changed, "unchanged": change.unchanged}
    lines = [f"{name}: {len(ids)} {' '.join(ids)}".rstrip() for name, ids in told.items()]
    tell(told, [*lines, *(["dry run: nothing was written"] if dry_run else [])], as_json=as_json)


@help_directory.command()
@click.option("--municipality", default="", help="Everything shown there (default: own entries).")
@data_option
@json_option
@honest
def check(*, municipality: str, data: Path | None, as_json: bool) -> None:
    """What nobody has looked at for 180 days or is over; 1 when there is any."""
    from rueckhalt_intake.help.domain import WARN_AFTER  # noqa: PLC0415

    with _intake(data) as database:
        today = database.clock().date()
        found = [
            each
            for each in _entries(database, municipality)
            if today - each.checked_at > WARN_AFTER
            or (each.valid_until is not None and each.valid_until < today)
        ]
    rows = [_row(each) for each in found]
    documents = [dict(zip(_HEAD, row, strict=True)) for row in rows]
    tell(documents, table(rows, _HEAD) if rows else ["all were checked"], as_json=as_json)
    if rows:
        raise click.exceptions.Exit(FINDINGS)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["de", "en", "einfach"]), default="de")
@click.option("--municipality", default="", help="Which town, where the house serves several.")
@data_option
@honest
def poster(*, file: Path, language: str, municipality: str, data: Path | None) -> None:
    """Write the poster "Hier gibt es Hilfe" as PDF, A4, with the town's QR code."""
    from rueckhalt_intake.app import service, towns_of  # noqa: PLC0415 - commands start fast
    from rueckhalt_intake.help import posters  # noqa: PLC0415
    from rueckhalt_shared.database import utcnow  # noqa: PLC0415

    settings = settings_of(service, data)
    served = towns_of(settings).served
    town = next((each for each in served if each.ars == municipality or len(served) == 1), None)
    if town is None:
        known = ", ".join(each.ars for each in served) or "none: set RUECKHALT_MUNICIPALITY"
        raise unusable(f"--municipality must be one of those served here ({known})")
    made = posters.poster_of(town, language, base_url=settings.base_url)
    now: datetime = utcnow()
    file.write_bytes(posters.pdf_of(made, now=now))
    click.echo(f"{file}: {made.address}")


def _entries(database: "Database", municipality: str) -> Any:
    from rueckhalt_intake.help import handlers  # noqa: PLC0415

    if municipality:
        return database.read(handlers.known_to, _region(municipality))
    return database.read(handlers.kept_everywhere)


def _row(entry: Any) -> tuple[str, ...]:
    contact = ", ".join(entry.phone) or entry.email or entry.url
    day = entry.checked_at.isoformat()
    return entry.owner or "–", entry.id, entry.name, contact, day, entry.visibility


def _region(municipality: str) -> str:
    from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey  # noqa: PLC0415

    try:
        return str(RegionKey(municipality))
    except InvalidRegionKey as error:
        raise unusable(f"--municipality: {error.reason}") from None


@contextmanager
def _intake(data: Path | None) -> "Iterator[Database]":
    from rueckhalt_intake.app import service  # noqa: PLC0415

    database = service.database(settings_of(service, data))
    try:
        yield database
    finally:
        database.dispose()
