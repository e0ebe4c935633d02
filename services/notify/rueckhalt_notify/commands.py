# SPDX-License-Identifier: EUPL-1.2
"""`import contacts FILE` and `notices list` on the command line."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import (
    FINDINGS,
    honest,
    json_option,
    table,
    tell,
    unusable,
)


@click.group()
def notify() -> None:
    """Commands of the notify service."""


@notify.group("import")
def import_() -> None:
    """Read lists."""


@notify.group()
def notices() -> None:
    """What was sent, what was not."""


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
