# SPDX-License-Identifier: EUPL-1.2
"""`open311 pull|list`: the lists of others by hand, looked at or looked through."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_intake.open311.domain import Endpoint
    from rueckhalt_intake.open311.pulling import Pulling
    from rueckhalt_shared.database import Database

_HEAD = ("list", "id", "service_code", "requested", "begins")
_STANDING = ("list", "looked_at", "seen_until", "next_at", "failures", "cause")
_SHOWN = 60


@click.group()
def open311() -> None:
    """Lists of others (Open311) that are looked through."""


@open311.command()
@click.option("--name", default="", help="Only this one of the lists.")
@click.option("--dry-run", is_flag=True, help="Only show what would come in.")
@data_option
@json_option
@honest
def pull(*, name: str, dry_run: bool, data: Path | None, as_json: bool) -> None:
    """Look through the lists now; what concerns us waits for a person. 1 when one is silent."""
    with _pulling(data) as (pulling, database):
        chosen = _chosen(pulling, name)
        if dry_run:
            _look(pulling, database, chosen, as_json=as_json)
            return
        found = [pulling.look(database, each, at_once=True) for each in chosen]
    rows = [
        {"list": each.name, "busy": after is None, "cause": after.cause if after else None}
        for each, after in zip(chosen, found, strict=True)
    ]
    lines = [
        f"{row['list']}: {row['cause'] or 'looked through'}" for row in rows if not row["busy"]
    ]
    lines += [f"{row['list']}: another process is at it" for row in rows if row["busy"]]
    tell(rows, lines, as_json=as_json)
    if any(row["cause"] or row["busy"] for row in rows):
        raise click.exceptions.Exit(FINDINGS)


@open311.command("list")
@data_option
@json_option
@honest
def list_standings(*, data: Path | None, as_json: bool) -> None:
    """How far each list has been looked through; 1 when the last look at one failed."""
    from rueckhalt_intake.open311 import handlers  # noqa: PLC0415 - commands start fast

    with _pulling(data) as (pulling, database):
        names = [each.name for each in pulling.endpoints]
        found = database.read(handlers.standings, names)
    rows = [(s.name, s.looked_at, s.seen_until, s.next_at, s.failures, s.cause) for s in found]
    documents = [dict(zip(_STANDING, row, strict=True)) for row in rows]
    tell(documents, table(rows, _STANDING) if rows else ["no list is set"], as_json=as_json)
    if any(each.failures for each in found):
        raise click.exceptions.Exit(FINDINGS)


def _look(
    pulling: "Pulling", database: "Database", chosen: "list[Endpoint]", *, as_json: bool
) -> None:
    from rueckhalt_intake.open311 import handlers  # noqa: PLC0415
    from rueckhalt_intake.open311.asking import NoAnswer  # noqa: PLC0415
    from rueckhalt_intake.open311.pulling import looked_at  # noqa: PLC0415

    rows, count = [], 0
    standings = database.read(handlers.standings, [each.name for each in chosen])
    for endpoint, standing in zip(chosen, standings, strict=True):
        try:
            for entry, comes in looked_at(endpoint, standing, pulling.call, database.clock()):
                count += 1
                begins = " ".join(entry.description.split())[:_SHOWN]
                told = (endpoint.name, entry.id, entry.service_code, entry.requested_at, begins)
                rows += [told] if comes else []
        except NoAnswer as silent:
            raise unusable(f"{endpoint.name}: {silent}") from None
    documents = [dict(zip(_HEAD, row, strict=True)) for row in rows]
    lines = [*(table(rows, _HEAD) if rows else []), f"{len(rows)} of {count} would come in"]
    tell(documents, lines, as_json=as_json)


def _chosen(pulling: "Pulling", name: str) -> "list[Endpoint]":
    chosen = [each for each in pulling.endpoints if name in ("", each.name)]
    if not chosen:
        raise unusable(f"no list {name}" if name else "no list is set in open311.yaml")
    return chosen


@contextmanager
def _pulling(data: Path | None) -> "Iterator[tuple[Pulling, Database]]":
    from rueckhalt_intake.app import pulling_of, service  # noqa: PLC0415 - commands start fast

    settings: Any = settings_of(service, data)
    database = service.database(settings)
    try:
        yield pulling_of(settings, database), database
    finally:
        if "vault" in database.context:
            database.context["vault"].keys.dispose()
        database.dispose()
