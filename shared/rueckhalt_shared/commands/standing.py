# SPDX-License-Identifier: EUPL-1.2
"""What stands already. A command that looks makes no folder, no database and no bus.

Only `up`, `serve`, `web`, `worker`, `db upgrade`, `key new` and `bus declare` make anything.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import services_of, settings_of
from rueckhalt_shared.commands.telling import unusable

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database
    from rueckhalt_shared.service import Service


def is_there(url: str) -> bool:
    """Does the database stand? Of one on a server only its own answer tells."""
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - commands start fast

    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return True
    return bool(parsed.database) and Path(str(parsed.database)).is_file()


def no_installation(folder: Path) -> click.exceptions.Exit:
    """The reason why nothing can be looked at; raise what this answers."""
    return unusable(
        f"no installation in {folder}: `rueckhalt up` or `rueckhalt db upgrade` makes one,"
        " `--data` names another folder (the demo lies in .demo)"
    )


def database_of(service: "Service", data: Path | None) -> "Database":
    """The database of one service, never made here; ends the command where there is none."""
    settings = settings_of(service, data)
    if not is_there(settings.database_url):
        raise no_installation(settings.data)
    return service.database(settings)


def databases_of(
    context: click.Context, only: frozenset[str] | None, data: Path | None
) -> "list[Database]":
    """Those of the services that have one; ends the command where none has."""
    found = [(service, settings_of(service, data)) for service in services_of(context, only)]
    there = [(service, own) for service, own in found if is_there(own.database_url)]
    if not there:
        raise no_installation(found[0][1].data)
    return [service.database(own) for service, own in there]


def bus_missing(settings: Any) -> str | None:
    """Why there is no bus to look at; None where there is one, or a server that can tell."""
    from rueckhalt_shared.pipe import file_of  # noqa: PLC0415

    file = file_of(settings.bus_url)
    if file is None or file.is_file():
        return None
    return "no bus yet: the first start makes it, or `rueckhalt bus declare`"
