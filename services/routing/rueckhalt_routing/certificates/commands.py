# SPDX-License-Identifier: EUPL-1.2
"""`plan export-certificate|export-facts|key`: what others need to check the proof by themselves."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_routing.proving.choosing import write_out
from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.standing import database_of
from rueckhalt_shared.commands.telling import honest, json_option, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database

_out = click.option(
    "-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Result."
)
_municipality = click.option(
    "--municipality", default="", help="Regional key; default: the installation's."
)


@click.command("export-certificate")
@_out
@_municipality
@data_option
@json_option
@honest
def export_certificate(*, out: Path, municipality: str, data: Path | None, as_json: bool) -> None:
    """Write the certificate in force with its plan and its facts: `plan verify` needs no server.

    The plan stands in it with its names; facts name people by their key.
    """
    from rueckhalt_routing.certificates import filing  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.plan.missing import no_plan  # noqa: PLC0415

    with _opened(data, municipality) as (database, town):
        try:
            filed = database.read(filing.file_of, town)
        except filing.NoFile:
            raise unusable(no_plan(database, town, "no certificate is in force")) from None
    write_out(out, _text(filed.written()))
    until = filed.certificate["valid_until"]
    tell({"out": str(out), "valid_until": until}, [f"{out}: valid until {until}"], as_json=as_json)


@click.command("export-facts")
@_out
@_municipality
@data_option
@json_option
@honest
def export_facts(*, out: Path, municipality: str, data: Path | None, as_json: bool) -> None:
    """Write what counts today beside the plan: `plan check` and `plan prove` take it."""
    from rueckhalt_routing.certificates import handlers  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.plan.missing import no_plan  # noqa: PLC0415

    with _opened(data, municipality) as (database, town):
        found = database.read(handlers.facts_file, town)
        if found is None:
            raise unusable(no_plan(database, town))
    write_out(out, _text(found))
    counts = {name: len(rows) for name, rows in found.items() if isinstance(rows, list)}
    said = ", ".join(f"{name} {count}" for name, count in counts.items())
    tell({"out": str(out), **counts}, [f"{out}: {said}"], as_json=as_json)


@click.command("key")
@data_option
@json_option
@honest
def show_key(*, data: Path | None, as_json: bool) -> None:
    """Print the public key that certificates are signed with, and its fingerprint."""
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.certificates import signing  # noqa: PLC0415
    from rueckhalt_shared.erasing import tombstones  # noqa: PLC0415

    settings = settings_of(service, data)
    if not settings.tombstone_key and not (settings.data / "routing-tombstones.key").is_file():
        raise unusable("there is no key yet: the first start of the worker makes it")
    with _opened(data, "") as (database, _):
        tombstones.install(database, settings)
        key = database.read(signing.public_key)
    found = signing.fingerprint(key)
    tell({"key": key, "fingerprint": found}, [key, f"SHA-256: {found}"], as_json=as_json)


@contextmanager
def _opened(data: Path | None, municipality: str) -> Iterator[tuple["Database", str]]:
    """The database of routing, and whose plan is meant."""
    from rueckhalt_routing.app import service  # noqa: PLC0415 - commands start fast

    town = municipality or settings_of(service, data).municipality
    database = database_of(service, data)
    try:
        yield database, town
    finally:
        database.dispose()


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
