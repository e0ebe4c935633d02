# SPDX-License-Identifier: EUPL-1.2
"""`summaries rebuild`: count everything again from the facts, month by month."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rueckhalt_reporting.facts import handlers
from rueckhalt_shared.commands.choosing import data_option, services_of
from rueckhalt_shared.commands.retention import retention_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell
from rueckhalt_shared.database import Database

if TYPE_CHECKING:
    from rueckhalt_shared.erasing.retaining import Retention
    from rueckhalt_shared.service import Service


@click.group()
def commands() -> None:
    """Commands of the reporting service."""


@commands.group()
def summaries() -> None:
    """The figures of months and years."""


@summaries.command()
@data_option
@json_option
@click.pass_context
@honest
def rebuild(context: click.Context, *, data: Path | None, as_json: bool) -> None:
    """Count all months again from the facts and put right what differs.

    Works while the service runs. Exit status 0: every figure was right, 1: some were put right.
    """
    [service] = services_of(context, frozenset({"reporting"}))
    database = database_of(service, data)
    corrected = rebuild_all(database, quiet=as_json)
    figures = sum(corrected.values())
    document = {"months": len(corrected), "corrected": figures, "by": corrected}
    line = f"{len(corrected)} months counted, {figures} figures put right"
    tell(document, [line], as_json=as_json)
    if figures:
        raise click.exceptions.Exit(FINDINGS)


def rebuild_all(database: Database, *, quiet: bool = True) -> dict[str, int]:
    """Rebuild every month in a transaction of its own; how many figures were put right in each."""
    from rich.console import Console  # noqa: PLC0415 - services start without it
    from rich.progress import track  # noqa: PLC0415

    console = Console(stderr=True, quiet=quiet or not sys.stderr.isatty())
    months = database.read(handlers.months)
    return {
        month: len(database.run(handlers.rebuild_month, month))
        for month in track(months, "Months", console=console)
    }


def _retention() -> "tuple[Service, Retention]":
    from rueckhalt_reporting.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_reporting.retaining import RETENTION  # noqa: PLC0415

    return service, RETENTION


commands.add_command(retention_of(_retention))
