# SPDX-License-Identifier: EUPL-1.2
"""`retention run` of a service whose deletion classes are a `Retention`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.erasing.retaining import Retention
    from rueckhalt_shared.service import Service

_HEAD = ("incident", "scope", "class", "since", "result")


def retention_of(load: "Callable[[], tuple[Service, Retention]]") -> click.Group:
    """The group with its command; `load` imports the service when the command runs."""

    @click.group("retention")
    def retention() -> None:
        """Deletion classes."""

    @retention.command("run")
    @click.option("--dry-run", is_flag=True, help="Only list what would go.")
    @data_option
    @json_option
    @honest
    def run(*, dry_run: bool, data: Path | None, as_json: bool) -> None:
        """Delete what the deletion classes say is due; what is on hold stays."""
        from rueckhalt_shared.erasing.retaining import BadClasses  # noqa: PLC0415

        service, classes_of = load()
        settings: Any = settings_of(service, data)
        database = database_of(service, data)
        try:
            classes = classes_of.read(settings.retention)
            found = list(classes_of.run(database, classes, dry_run=dry_run))
        except BadClasses as error:
            raise unusable(str(error)) from None
        finally:
            database.dispose()
        rows = [
            (each.incident, each.scope, each.class_, each.since.date(), each.result)
            for each in found
        ]
        documents = [dict(zip(_HEAD, row, strict=True)) for row in rows]
        tell(documents, table(rows, _HEAD) if rows else ["nothing is due"], as_json=as_json)

    return retention
