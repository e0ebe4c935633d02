# SPDX-License-Identifier: EUPL-1.2
"""`import contacts FILE`, `notices list` and `keys status|rotate` on the command line."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.retention import retention_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import (
    FINDINGS,
    honest,
    json_option,
    table,
    tell,
    unusable,
)

if TYPE_CHECKING:
    from rueckhalt_shared.erasing.retaining import Retention
    from rueckhalt_shared.service import Service


@click.group()
def notify() -> None:
    """Commands of the notify service."""


@notify.group("import")
def import_() -> None:
    """Read lists."""


@notify.group()
def notices() -> None:
    """What was sent, what was not."""


@notify.group()
def keys() -> None:
    """The keys that seal what is personal."""


@import_.command("contacts")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--municipality", default="", help="Regional key of lines that name none.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@data_option
@json_option
@honest
def import_contacts(
    *, file: Path, municipality: str, dry_run: bool, data: Path | None, as_json: bool
) -> None:
    """Read contacts from a CSV file (semicolon, comma or tab; UTF-8 or Windows-1252)."""
    from rueckhalt_notify.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_notify.contacts import handlers, sheet  # noqa: PLC0415

    settings = settings_of(service, data)
    try:
        lines = sheet.read_lines(file.read_bytes())
    except sheet.UnreadableSheet as error:
        raise unusable(f"{file.name}: {error}") from None
    database = database_of(service, data)
    try:
        results = database.run(
            handlers.import_lines,
            lines,
            municipality=municipality or settings.municipality,
            reaches=lambda _: True,
            dry_run=dry_run,
        )
    finally:
        database.dispose()
    counts = Counter(result.result for result in results)
    told = [f"line {each.line}: {each.result} {each.problem}".rstrip() for each in results]
    summary = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    document: dict[str, Any] = {
        "dry_run": dry_run,
        **counts,
        "lines": [asdict(result) for result in results],
    }
    tell(document, [*told, summary or "no lines"], as_json=as_json)
    if counts["rejected"]:
        raise click.exceptions.Exit(FINDINGS)


@notices.command("list")
@click.option("--state", help="waiting, sending, sent, failed or cancelled.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@data_option
@json_option
@honest
def list_notices(*, state: str | None, limit: int, data: Path | None, as_json: bool) -> None:
    """The newest notices."""
    from rueckhalt_notify.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_notify.notices import resending  # noqa: PLC0415

    database = database_of(service, data)
    try:
        found = database.read(resending.list_notices, limit=limit, state=state)
    finally:
        database.dispose()
    rows = [
        (
            each.id,
            each.created_at.isoformat(timespec="seconds"),
            each.state,
            each.purpose,
            each.owner_id,
            each.attempts,
        )
        for each in found
    ]
    head = ("notice", "created", "state", "purpose", "for", "attempts")
    documents = [dict(zip(head, row, strict=True)) for row in rows]
    tell(documents, table(rows, head), as_json=as_json)


@keys.command("status")
@data_option
@json_option
@honest
def keys_status(*, data: Path | None, as_json: bool) -> None:
    """Which key seals how many addresses; 1 when something is in clear or on a former key."""
    from rueckhalt_notify import keeping  # noqa: PLC0415 - commands start fast
    from rueckhalt_notify.app import service  # noqa: PLC0415
    from rueckhalt_notify.vault.opening import vault_of  # noqa: PLC0415

    database = database_of(service, data)
    try:
        master = vault_of(database).look()
        found = database.read(keeping.shown, master)
    finally:
        database.dispose()
    head = ("municipality", "key", "master", "state", "addresses")
    rows = [[each[name] for name in head] for each in found["keys"]]
    told = f"{found['in_clear']} addresses in clear; the worker seals them"
    tell(found, [*table(rows, head), told], as_json=as_json)
    if found["in_clear"] or any(each["state"] != "current" for each in found["keys"]):
        raise click.exceptions.Exit(FINDINGS)


@keys.command("rotate")
@data_option
@json_option
@honest
def rotate_keys(*, data: Path | None, as_json: bool) -> None:
    """New keys for all addresses, beside the running service. Killed? Run it again.

    A master key in the data folder is made anew. One that is given by the settings you change
    there first: the new one as RUECKHALT_NOTIFY_KEK, the old one as RUECKHALT_NOTIFY_KEK_PREVIOUS.
    """
    from rueckhalt_notify import keeping  # noqa: PLC0415 - commands start fast
    from rueckhalt_notify.app import service  # noqa: PLC0415
    from rueckhalt_notify.vault.domain import Shut  # noqa: PLC0415
    from rueckhalt_notify.vault.opening import vault_of  # noqa: PLC0415

    database = database_of(service, data)
    try:
        total = database.read(keeping.waiting)
        with _progress(total, quiet=as_json) as advance:
            done = keeping.rotate(database, vault_of(database), tell=advance)
    except Shut as error:
        raise unusable(
            f"{error}: nothing was dropped; look at that row, then run it again"
        ) from None
    finally:
        database.dispose()
    told = [f"{done.addresses} addresses sealed anew"]
    if done.keys_left or done.masters_left:
        told.append("something was sealed with a former key meanwhile: run it again")
    tell(asdict(done), told, as_json=as_json)
    if done.keys_left or done.masters_left:
        raise click.exceptions.Exit(FINDINGS)


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console  # noqa: PLC0415 - services start without it
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True, quiet=quiet or not sys.stderr.isatty())
    with Progress(console=console) as bar:
        task = bar.add_task("Addresses", total=total)
        yield lambda count: bar.advance(task, count)


def _retention() -> "tuple[Service, Retention]":
    from rueckhalt_notify.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_notify.retaining import RETENTION  # noqa: PLC0415

    return service, RETENTION


notify.add_command(retention_of(_retention))
