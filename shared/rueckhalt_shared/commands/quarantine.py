# SPDX-License-Identifier: EUPL-1.2
"""`quarantine list|show|replay`: events nobody could apply, looked at by a person."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from rueckhalt_shared.commands.choosing import data_option, only_option
from rueckhalt_shared.commands.standing import databases_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, table, tell, unusable


@click.group()
def quarantine() -> None:
    """Events that wait for a person."""


@quarantine.command("list")
@data_option
@only_option
@json_option
@click.pass_context
@honest
def list_(
    context: click.Context, *, data: Path | None, only: frozenset[str] | None, as_json: bool
) -> None:
    """What is quarantined; 1 when there is anything."""
    from rueckhalt_shared.quarantine import quarantined  # noqa: PLC0415 - commands start fast

    found: list[dict[str, Any]] = []
    for database in databases_of(context, only, data):
        found += [asdict(row) for row in database.read(quarantined)]
    columns = ("queue", "event_id", "type", "received_at", "attempts", "cause")
    rows = [[row[name] for name in columns] for row in found]
    tell(found, table(rows, columns) if rows else ["nothing"], as_json=as_json)
    if found:
        raise click.exceptions.Exit(FINDINGS)


@quarantine.command()
@click.argument("event_id")
@data_option
@only_option
@json_option
@click.pass_context
@honest
def show(
    context: click.Context,
    *,
    event_id: str,
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
) -> None:
    """One event with its cause and its body."""
    from rueckhalt_shared.quarantine import find  # noqa: PLC0415

    found: list[dict[str, Any]] = []
    for database in databases_of(context, only, data):
        found += [asdict(row) for row in database.read(find, event_id)]
    if not found:
        raise unusable(f"{event_id} is not quarantined")
    lines = [f"{name}: {value}" for row in found for name, value in row.items()]
    tell(found, lines, as_json=as_json)


@quarantine.command()
@click.argument("event_id", required=False)
@click.option("--all", "everything", is_flag=True, help="Replay everything.")
@data_option
@only_option
@json_option
@click.pass_context
@honest
def replay(
    context: click.Context,
    *,
    event_id: str | None,
    everything: bool,
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
) -> None:
    """Give one event, or all, another eight attempts under the same id."""
    from rueckhalt_shared.quarantine import NotReplayable  # noqa: PLC0415
    from rueckhalt_shared.quarantine import replay as again  # noqa: PLC0415

    if (event_id is None) != everything:
        raise click.UsageError("name one event, or --all")
    replayed = 0
    for database in databases_of(context, only, data):
        try:
            replayed += database.run(again, event_id)
        except NotReplayable as error:
            raise unusable(f"cannot be replayed: {error}") from None
    if event_id and not replayed:
        raise unusable(f"{event_id} is not quarantined")
    tell({"replayed": replayed}, [f"replayed: {replayed}"], as_json=as_json)
