# SPDX-License-Identifier: EUPL-1.2
"""`keys status|rotate|drop`: the master keys of the reports, exchanged while the service runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_intake.settings import Settings
    from rueckhalt_intake.vault.sealing import Vault

_COLUMNS = ("id", "kind", "is_active", "wraps", "data_keys", "secrets")


@click.group()
def keys() -> None:
    """The master keys that wrap the keys of the reports."""


@keys.command()
@data_option
@json_option
@honest
def status(*, data: Path | None, as_json: bool) -> None:
    """How many keys hang on which master or role key; 1 when something hangs on an older one."""
    with _vault(data) as (_, vault):
        found = _standing(vault)
    rows = [[_told(each[name]) for name in _COLUMNS] for each in found]
    tell(
        {"keys": found},
        table(rows, ("id", "kind", "here", "wraps", *_COLUMNS[4:])),
        as_json=as_json,
    )
    if _left(found):
        raise click.exceptions.Exit(FINDINGS)


@keys.command()
@data_option
@json_option
@honest
def rotate(*, data: Path | None, as_json: bool) -> None:
    """Wrap all keys by a new master key while the service runs; killed, it goes on when repeated.

    In a data folder it makes the new one. Otherwise give the new key as RUECKHALT_INTAKE_KEK_FILE
    and the old one as RUECKHALT_INTAKE_KEK_PREVIOUS_FILE to every process of intake beforehand.
    """
    from rueckhalt_intake.vault import rotating  # noqa: PLC0415 - commands start fast

    with _vault(data) as (settings, vault):
        to = rotating.target(given=settings.kek, path=settings.kek_path)
        moved = _rotated(vault, to, quiet=as_json)
        found = _standing(vault)
        if not settings.kek:
            rotating.settle_folder(settings.kek_path, to)
    left = _left(found)
    older = [each["id"] for each in found if each["kind"] == "master" and not each["wraps"]]
    lines = [f"{moved} keys moved to the master key {to.id}"]
    if left:
        lines.append(f"{left} keys are left: they do not open, or a process has an older key only")
    else:
        lines += [f"nothing hangs on {each} any more; older backups need it" for each in older]
    document = {"master": to.id, "moved": moved, "left": left, "unused": [] if left else older}
    tell(document, lines, as_json=as_json)
    if left:
        raise click.exceptions.Exit(FINDINGS)


@keys.command()
@click.argument("master")
@data_option
@json_option
@honest
def drop(*, master: str, data: Path | None, as_json: bool) -> None:
    """Remove the file of an old master key on which nothing hangs. Older backups need it: keep a
    copy beside them."""
    from rueckhalt_intake.vault import rotating  # noqa: PLC0415

    with _vault(data) as (settings, vault):
        try:
            gone = rotating.drop(vault, settings.kek_path, master)
        except rotating.StillNeeded as error:
            raise unusable(str(error)) from None
    if gone is None:
        raise unusable(f"no master key {master} in the data folder")
    tell({"dropped": master, "file": gone.name}, [f"dropped {gone.name}"], as_json=as_json)


def _rotated(vault: "Vault", to: Any, *, quiet: bool) -> int:
    from rich.console import Console  # noqa: PLC0415 - only here, it is slow to import
    from rich.progress import Progress  # noqa: PLC0415

    from rueckhalt_intake.vault import rotating  # noqa: PLC0415

    before = _standing(vault)
    total = sum(e["data_keys"] for e in before if e["kind"] == "master" and e["id"] != to.id)
    moved = 0
    with Progress(console=Console(stderr=True, quiet=quiet or not sys.stderr.isatty())) as bar:
        task = bar.add_task("Keys", total=total)
        for number in rotating.rotate(vault, to):
            moved += number
            bar.advance(task, number)
    return moved


def _standing(vault: "Vault") -> list[dict[str, Any]]:
    from rueckhalt_intake.vault.rotating import standing  # noqa: PLC0415

    return [vars(each) for each in vault.keys.read(standing, vault.masters)]


def _left(found: list[dict[str, Any]]) -> int:
    """What hangs on a master key that wraps nothing new."""
    older = [each for each in found if each["kind"] == "master" and not each["wraps"]]
    return sum(each["data_keys"] + each["secrets"] for each in older)


def _told(value: Any) -> str:
    return (
        {True: "yes", False: ""}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )


@contextmanager
def _vault(data: Path | None) -> "Iterator[tuple[Settings, Vault]]":
    """The vault of an installation that stands; nothing is made here."""
    from rueckhalt_intake.app import service, vault_of  # noqa: PLC0415
    from rueckhalt_intake.vault.opening import stands  # noqa: PLC0415
    from rueckhalt_shared.commands.standing import no_installation  # noqa: PLC0415

    settings = settings_of(service, data)
    database = database_of(service, data)
    try:
        if not stands(settings.keys_url, database):
            raise no_installation(settings.data)
        vault = vault_of(settings, database)
        try:
            yield settings, vault
        finally:
            vault.keys.dispose()
    finally:
        database.dispose()
