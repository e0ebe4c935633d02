# SPDX-License-Identifier: EUPL-1.2
"""`audit verify|head|request|confirm|read`: is the chain whole, and what does it say?"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.chains import ChainStore, stores_of
from rueckhalt_shared.commands.choosing import data_option, only_option
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database

_FROM_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """Who looked at what: a chain of hashes per municipality."""


@audit.command()
@click.option(
    "--head",
    "--anchor",
    "anchor_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A head kept outside: a file of `audit head --export`, a saved mail; repeatable.",
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

    kept = [(path, *_document(path)) for path in anchor_files]
    faults, keys = [], _Keys()
    for chains in stores_of(context, only, data):
        with chains.open() as database:
            own = keys.of(chains, database)
            mine = [(path, text) for path, text, name in kept if name == chains.name]
            anchors = [anchor for path, text in mine for anchor in _anchors(path, text, own)]
            found = database.read(anchoring.verify_all, anchors)
        faults += [{"service": chains.name, **vars(fault)} for fault in found]
    lines = [f"{f['service']} {f['municipality']}: row {f['n']} {f['told']}" for f in faults]
    told = "whole" if kept else "whole; rows cut off at the end show only against --head"
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
    for chains in stores_of(context, only, data):
        with chains.open() as database, chains.signer() as signer:
            key = signer.read(anchoring.signing_key)
            documents.append(database.read(anchoring.heads, key).document())
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
    for chains in stores_of(context, only, data):
        with chains.open() as database:
            days = {name: _utc(wanted[name]) for name in ("since", "until")}
            given = wanted | days | {"by": _who()}
            asked[chains.name] = database.run(reading.ask, **given).id
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

    chains = _store_with(context, only, data, str(request_id))
    with chains.open() as database:
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

    chains = _store_with(context, only, data, str(request_id))
    with chains.open() as database:
        try:
            rows = database.run(reading.read, str(request_id), by=_who())
        except (reading.NotConfirmed, reading.NoSuchReading) as error:
            raise unusable(str(error)) from None
    tell(rows, [json.dumps(row, ensure_ascii=False) for row in rows], as_json=as_json)


def _store_with(
    context: click.Context, only: frozenset[str] | None, data: Path | None, request_id: str
) -> ChainStore:
    from rueckhalt_shared.audit import store  # noqa: PLC0415

    for chains in stores_of(context, only, data):
        with chains.open() as database:
            if database.read(store.reading, request_id) is not None:
                return chains
    raise unusable(f"no request {request_id}")


class _Keys:
    """The public keys by which heads of a store may be signed.

    A service signs with its own; for the identity store any of the services may have spoken.
    """

    def __init__(self) -> None:
        self._known: list[str] = []

    def of(self, chains: ChainStore, database: "Database") -> list[str]:
        """Its own key, or all that were seen before."""
        from rueckhalt_shared.audit import anchoring  # noqa: PLC0415

        if chains.is_identity:
            return self._known
        own = database.read(anchoring.signing_key).public_key().public_bytes_raw().hex()
        self._known.append(own)
        return [own]


def _document(path: Path) -> tuple[str, str]:
    """The text of a kept head, and the store it is about."""
    from rueckhalt_shared.audit import anchoring  # noqa: PLC0415

    text = anchoring.text_of(path.read_bytes())
    try:
        told = anchoring.document_in(text)
        return text, str(told.get("service"))
    except (anchoring.NoAnchor, AttributeError) as error:
        raise unusable(f"{path.name}: {error}") from None


def _anchors(path: Path, text: str, keys: Sequence[str]) -> list[Any]:
    from rueckhalt_shared.audit import anchoring  # noqa: PLC0415

    told = "no service of this installation signs heads here"
    for key in keys:
        try:
            return list(anchoring.read(text, public_key=key))
        except anchoring.NoAnchor as error:
            told = str(error)
    raise unusable(f"{path.name}: {told}")


def _utc(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)


def _who() -> str:
    return f"cli:{getuser()}"
