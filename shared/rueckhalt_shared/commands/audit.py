# SPDX-License-Identifier: EUPL-1.2
"""`audit verify|head|request|confirm|read`: is the chain whole, and what does it say?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, only_option, services_of, settings_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database
    from rueckhalt_shared.service import Service

_FROM_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """Who looked at what: a chain of hashes per municipality."""


@audit.command()
@click.option(
    "--anchor",
    "anchor_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A head kept outside (`audit head --export`); repeatable.",
)
@data_option
@only_option
@json_option
@click.pass_context
@honest
def verify(
    context: click.Context,
    *,
    anchor_files: tuple[Path, ...],
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
) -> None:
    """Look at every row; names the first bad one of each chain and ends with 1."""
    from rueckhalt_shared.audit import anchoring  # noqa: PLC0415 - commands start fast

    kept = [(path, json.loads(path.read_text("utf-8"))) for path in anchor_files]
    faults = []
    for service in services_of(context, only):
        with _open(service, data) as database:
            mine = [(p, d) for p, d in kept if d.get("service") == service.name]
            anchors = [anchor for p, d in mine for anchor in _anchors(database, p, d)]
            found = database.read(anchoring.verify_all, anchors)
        faults += [{"service": service.name, **vars(fault)} for fault in found]
    lines = [f"{f['service']} {f['municipality']}: row {f['n']} {f['told']}" for f in faults]
    told = "whole" if kept else "whole; rows cut off at the end show only against --anchor"
    tell(faults, lines or [told], as_json=as_json)
    if faults:
        raise click.exceptions.Exit(FINDINGS)


@audit.command()
@click.option(
    "--export",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder outside the installation; one signed file per service and moment.",
)
@data_option
@only_option
@json_option
@click.pass_context
@honest
def head(
    context: click.Context,
    *,
    folder: Path | None,
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
) -> None:
    """The signed heads of all chains: give them to somebody who cannot write here."""
    from rueckhalt_shared.audit import anchoring  # noqa: PLC0415

    documents = []
    for service in services_of(context, only):
        with _open(service, data) as database:
            documents.append(database.read(anchoring.heads).document())
    for document in documents if folder else ():
        assert folder is not None  # noqa: S101 - said by the line above
        folder.mkdir(parents=True, exist_ok=True)
        at = document["at"].replace(":", "")
        path = folder / f"audit-head-{document['service']}-{at}.json"
        path.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    lines = [
        f"{document['service']} {each['municipality']}: {each['n']} rows, {each['hash']}"
        for document in documents
        for each in document["heads"]
    ]
    tell(documents, lines or ["no rows yet"], as_json=as_json)


@audit.command()
@click.option("--municipality", required=True, help="Regional key (ARS) of the chain.")
@click.option("--from", "since", type=_FROM_DAY, required=True, help="First day (UTC).")
@click.option("--until", type=_FROM_DAY, required=True, help="Day after the last one (UTC).")
@click.option(
    "--why", type=click.Choice(["complaint", "suspicion", "audit", "request"]), required=True
)
@data_option
@only_option
@json_option
@click.pass_context
@honest
def request(
    context: click.Context,
    /,
    *,
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
    **wanted: Any,
) -> None:
    """Ask to read a chain; somebody else has to confirm it."""
    from rueckhalt_shared.audit import reading  # noqa: PLC0415

    asked = {}
    for service in services_of(context, only):
        with _open(service, data) as database:
            days = {name: _utc(wanted[name]) for name in ("since", "until")}
            given = wanted | days | {"by": _who()}
            asked[service.name] = database.run(reading.ask, **given).id
    tell(asked, [f"{name}: {each}" for name, each in asked.items()], as_json=as_json)


@audit.command()
@click.argument("request_id", type=click.UUID)
@data_option
@only_option
@json_option
@click.pass_context
@honest
def confirm(
    context: click.Context,
    *,
    request_id: Any,
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
) -> None:
    """Agree to somebody else's request."""
    from rueckhalt_shared.audit import reading  # noqa: PLC0415

    service = _service_with(context, only, data, str(request_id))
    with _open(service, data) as database:
        try:
            confirmed = database.run(reading.confirm, str(request_id), by=_who())
        except reading.SamePerson as error:
            raise unusable(str(error)) from None
    tell({"confirmed_by": confirmed.confirmed_by}, ["confirmed"], as_json=as_json)


@audit.command("read")
@click.argument("request_id", type=click.UUID)
@data_option
@only_option
@json_option
@click.pass_context
@honest
def read_rows(
    context: click.Context,
    *,
    request_id: Any,
    data: Path | None,
    only: frozenset[str] | None,
    as_json: bool,
) -> None:
    """The rows of a confirmed request, one JSON document a line."""
    from rueckhalt_shared.audit import reading  # noqa: PLC0415

    service = _service_with(context, only, data, str(request_id))
    with _open(service, data) as database:
        try:
            rows = database.run(reading.read, str(request_id), by=_who())
        except (reading.NotConfirmed, reading.NoSuchReading) as error:
            raise unusable(str(error)) from None
    tell(rows, [json.dumps(row, ensure_ascii=False) for row in rows], as_json=as_json)


@contextmanager
def _open(service: "Service", data: Path | None) -> "Iterator[Database]":
    from rueckhalt_shared.erasing import tombstones  # noqa: PLC0415

    settings = settings_of(service, data)
    database = service.database(settings)
    try:
        tombstones.install(database, settings)
        yield database
    finally:
        database.dispose()


def _service_with(
    context: click.Context, only: frozenset[str] | None, data: Path | None, request_id: str
) -> "Service":
    from rueckhalt_shared.audit import store  # noqa: PLC0415

    for service in services_of(context, only):
        with _open(service, data) as database:
            if database.read(store.reading, request_id) is not None:
                return service
    raise unusable(f"no request {request_id}")


def _anchors(database: "Database", path: Path, document: Any) -> list[Any]:
    from rueckhalt_shared.audit import anchoring  # noqa: PLC0415

    try:
        own = database.read(anchoring.signing_key).public_key().public_bytes_raw().hex()
        return list(anchoring.read(json.dumps(document), public_key=own))
    except anchoring.NoAnchor as error:
        raise unusable(f"{path.name}: {error}") from None


def _utc(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)


def _who() -> str:
    return f"cli:{getuser()}"
