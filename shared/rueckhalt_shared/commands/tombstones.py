# SPDX-License-Identifier: EUPL-1.2
"""`tombstones export|replay`: what was erased stays erased, also after a restore."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, only_option, services_of, settings_of
from rueckhalt_shared.commands.telling import honest, json_option, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.service import Service

_FORMAT = "rueckhalt-tombstones-1"


@click.group()
def tombstones() -> None:
    """Marks of erased incidents; keep the export apart from the other backups."""


@tombstones.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
@only_option
@json_option
@click.pass_context
@honest
def export(
    context: click.Context,
    *,
    file: Path,
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
) -> None:
    """Write the tombstones of all services to a file."""
    from rueckhalt_shared.contracts.instants import spell_instant  # noqa: PLC0415
    from rueckhalt_shared.erasing.tombstones import export as exported  # noqa: PLC0415

    stones: dict[str, list[dict[str, str]]] = {}
    for service in services_of(context, only):
        database = service.database(settings_of(service, data))
        try:
            stones[service.name] = [
                {"mark": each.mark, "key": each.key, "buried_at": spell_instant(each.buried_at)}
                for each in database.read(exported)
            ]
        finally:
            database.dispose()
    document = {"format": _FORMAT, "services": stones}
    draft = file.with_name(f".{file.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    draft.replace(file)
    counts = {name: len(each) for name, each in stones.items()}
    tell(counts, [f"{name}: {count}" for name, count in counts.items()], as_json=as_json)


@tombstones.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@only_option
@json_option
@click.pass_context
@honest
def replay(
    context: click.Context,
    *,
    file: Path,
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
) -> None:
    """After a restore, before the start: set the tombstones again and erase what came back."""
    stones = _read(file)
    told = {}
    for service in services_of(context, only):
        restored, erased = _replayed(service, data, stones.get(service.name, []))
        told[service.name] = {"tombstones": restored, "erased_again": erased}
    lines = [
        f"{name}: {counts['tombstones']} tombstones set, {counts['erased_again']} erased again"
        for name, counts in told.items()
    ]
    tell(told, lines, as_json=as_json)


def _replayed(service: "Service", data: Path | None, rows: list[dict[str, str]]) -> tuple[int, int]:
    from rueckhalt_shared.contracts.instants import read_instant  # noqa: PLC0415
    from rueckhalt_shared.erasing import replaying, tombstones  # noqa: PLC0415

    settings = settings_of(service, data)
    database = service.database(settings)
    try:
        marker = tombstones.install(database, settings)
        stones = [
            tombstones.Tombstone(row["mark"], row["key"], read_instant(row["buried_at"]))
            for row in rows
        ]
        if any(stone.key != marker.key_id for stone in stones):
            raise unusable(
                f"{service.name}: these tombstones were made with another key; put "
                f"{service.name}-tombstones.key back, or the key of the settings"
            )
        return replaying.replay(database, service.eraser, stones)
    finally:
        database.dispose()


def _read(file: Path) -> dict[str, list[dict[str, str]]]:
    try:
        document: Any = json.loads(file.read_text("utf-8"))
        if document["format"] == _FORMAT:
            services: dict[str, list[dict[str, str]]] = document["services"]
            return services
    except (ValueError, KeyError, TypeError):
        pass
    raise unusable(f"{file.name} is no export of tombstones")
