# SPDX-License-Identifier: EUPL-1.2
"""`erase`, `erasures list|show`, `hold set|lift|list`, `copy` and `retention run` by hand."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_intake.help_commands import help_directory, poster
from rueckhalt_intake.key_commands import keys
from rueckhalt_intake.list_commands import import_list
from rueckhalt_intake.mail_commands import bring_mail
from rueckhalt_intake.open311_commands import open311
from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_intake.incidents.erasing import Reach
    from rueckhalt_shared.database import Database

_COLUMNS = ("id", "scope", "ordered_at", "state", "missing")


@click.group()
def intake() -> None:
    """Commands of the intake service."""


intake.add_command(keys)
intake.add_command(import_list)
intake.add_command(bring_mail)
intake.add_command(open311)
intake.add_command(help_directory)
intake.add_command(poster)


@intake.group()
def erasures() -> None:
    """Orders to erase, and who has confirmed them."""


@intake.group()
def hold() -> None:
    """What keeps an incident from being erased."""


@intake.command()
@click.argument("incident", type=click.UUID)
@click.option("--scope", type=click.Choice(["case", "source"]), default="case", show_default=True)
@click.option(
    "--reason",
    type=click.Choice(["request", "withdrawn", "objection", "unlawful", "retention"]),
    default="request",
    show_default=True,
)
@data_option
@json_option
@honest
def erase(*, incident: Any, scope: str, reason: str, data: Path | None, as_json: bool) -> None:
    """Erase an incident, or who reported it, in every service. There is no way back."""
    from rueckhalt_intake.app import ordering_of, service  # noqa: PLC0415 - commands start fast
    from rueckhalt_intake.erasure.showing import order_shown  # noqa: PLC0415

    settings = settings_of(service, data)
    with _intake(data) as database, _told():
        ordering = ordering_of(settings, database)
        order = ordering.give(
            str(incident), _reach_of(database, str(incident)), scope=scope, reason=reason, by=_who()
        )
        shown = order_shown(order, database.clock())
    told = f"ordered: {order.id}; rueckhalt erasures show {order.id} tells who has confirmed it"
    tell(shown, [told], as_json=as_json)


@intake.command("erase-file")
@click.argument("incident", type=click.UUID)
@click.argument("file", type=click.UUID)
@click.option(
    "--reason",
    type=click.Choice(["request", "withdrawn", "objection", "unlawful"]),
    default="request",
    show_default=True,
)
@data_option
@json_option
@honest
def erase_file(*, incident: Any, file: Any, reason: str, data: Path | None, as_json: bool) -> None:
    """Erase one file of evidence: its bytes and its key. There is no way back."""
    from rueckhalt_intake.app import ordering_of, service  # noqa: PLC0415 - commands start fast
    from rueckhalt_intake.erasure.showing import order_shown  # noqa: PLC0415

    settings = settings_of(service, data)
    with _intake(data) as database, _told():
        reach = _reach_of(database, str(incident))
        order = ordering_of(settings, database).give_for_file(
            str(incident), str(file), reach, reason=reason, by=_who()
        )
        shown = order_shown(order, database.clock())
    told = f"ordered: {order.id}; rueckhalt erasures show {order.id} tells who has confirmed it"
    tell(shown, [told], as_json=as_json)


@intake.command()
@click.argument("incident", type=click.UUID)
@data_option
@honest
def copy(*, incident: Any, data: Path | None) -> None:
    """The complete copy of a report as JSON, for somebody who reported without an account.

    Make sure who is asking; that the copy was taken stands in the audit.
    """
    from rueckhalt_intake.app import reception_of, service  # noqa: PLC0415 - commands start fast
    from rueckhalt_intake.copies import handlers, showing  # noqa: PLC0415
    from rueckhalt_intake.evidence import showing as evidence  # noqa: PLC0415
    from rueckhalt_intake.retention.reading import read_classes  # noqa: PLC0415

    settings = settings_of(service, data)
    with _intake(data) as database, _told(), _roles_of(settings) as role_of:
        reach = _reach_of(database, str(incident))
        desk = reception_of(settings, database)
        taken = database.run(handlers.take, str(incident), reach, who=_who(), vault=desk.vault)
        document = showing.document(
            taken,
            desk,
            read_classes(settings.retention),
            role_of=role_of,
            now=database.clock(),
        ) | {"evidence": evidence.copied(desk, database, taken.incident)}
        database.context["vault"].keys.dispose()
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


@erasures.command("list")
@data_option
@json_option
@honest
def list_erasures(*, data: Path | None, as_json: bool) -> None:
    """The newest orders; 1 when a receipt is missing after its time."""
    from rueckhalt_intake.erasure import handlers  # noqa: PLC0415
    from rueckhalt_intake.erasure.showing import order_shown  # noqa: PLC0415

    with _intake(data) as database:
        found = database.read(handlers.list_orders, ("*",), None, limit=200)
        shown = [order_shown(order, database.clock()) for order in found]
    rows = [(*(o[name] for name in _COLUMNS[:-1]), " ".join(o["missing"])) for o in shown]
    tell(shown, table(rows, _COLUMNS) if rows else ["nothing"], as_json=as_json)
    if any(order["state"] == "overdue" for order in shown):
        raise click.exceptions.Exit(FINDINGS)


@erasures.command("show")
@click.argument("order", type=click.UUID)
@data_option
@json_option
@honest
def show_erasure(*, order: Any, data: Path | None, as_json: bool) -> None:
    """One order with the complete list of its receipts."""
    from rueckhalt_intake.erasure import handlers  # noqa: PLC0415
    from rueckhalt_intake.erasure.showing import order_shown  # noqa: PLC0415

    with _intake(data) as database:
        found = database.read(handlers.list_orders, ("*",), None, limit=100_000)
        now = database.clock()
    shown = next((order_shown(each, now) for each in found if each.id == str(order)), None)
    if shown is None:
        raise unusable(f"no order {order}")
    lines = [f"{name}: {shown[name]}" for name in shown if name not in ("receipts", "missing")]
    lines += [f"{each['service']}: erased {each['at']}" for each in shown["receipts"]]
    lines += [f"{each}: not yet" for each in shown["missing"]]
    tell(shown, lines, as_json=as_json)


@hold.command("set")
@click.argument("incident", type=click.UUID)
@click.option(
    "--ground",
    type=click.Choice(["legal_hold", "statutory_retention", "archive_offer"]),
    default="legal_hold",
    show_default=True,
)
@click.option("--reason", required=True, help="Told to whoever orders an erasure; no names.")
@data_option
@json_option
@honest
def set_hold(*, incident: Any, ground: str, reason: str, data: Path | None, as_json: bool) -> None:
    """Keep an incident from being erased."""
    from rueckhalt_intake.erasure import handlers  # noqa: PLC0415
    from rueckhalt_intake.erasure.showing import hold_shown  # noqa: PLC0415

    with _intake(data) as database, _told():
        found = database.run(
            handlers.set_hold,
            str(incident),
            _reach_of(database, str(incident)),
            ground=ground,
            reason=reason[:200],
            by=_who(),
        )
    tell(hold_shown(found), [f"held: {found.id}"], as_json=as_json)


@hold.command("lift")
@click.argument("hold_id", type=click.UUID)
@click.option("--reason", required=True, help="Why; no names.")
@data_option
@json_option
@honest
def lift_hold(*, hold_id: Any, reason: str, data: Path | None, as_json: bool) -> None:
    """The incident may be erased again."""
    from rueckhalt_intake.erasure import handlers  # noqa: PLC0415
    from rueckhalt_intake.erasure.showing import hold_shown  # noqa: PLC0415

    with _intake(data) as database, _told():
        found = database.run(
            handlers.lift_hold,
            str(hold_id),
            municipalities=("*",),
            mode=None,
            reason=reason[:200],
            by=_who(),
        )
    tell(hold_shown(found), [f"lifted: {found.id}"], as_json=as_json)


@hold.command("list")
@click.argument("incident", type=click.UUID)
@data_option
@json_option
@honest
def list_holds(*, incident: Any, data: Path | None, as_json: bool) -> None:
    """Every hold of an incident, lifted ones included."""
    from rueckhalt_intake.erasure import handlers  # noqa: PLC0415
    from rueckhalt_intake.erasure.showing import hold_shown  # noqa: PLC0415

    with _intake(data) as database, _told():
        reach = _reach_of(database, str(incident))
        found = database.read(handlers.list_holds, str(incident), reach)
    shown = [hold_shown(each) for each in found]
    columns = ("id", "ground", "reason", "set_by", "set_at", "lifted_at")
    rows = [[each[name] for name in columns] for each in shown]
    tell(shown, table(rows, columns) if rows else ["nothing"], as_json=as_json)


@intake.group()
def retention() -> None:
    """Deletion classes."""


@retention.command("run")
@click.option("--dry-run", is_flag=True, help="Only list what would go.")
@data_option
@json_option
@honest
def run_retention(*, dry_run: bool, data: Path | None, as_json: bool) -> None:
    """Erase what the deletion classes say is due; what is on hold stays."""
    from rueckhalt_intake.app import ordering_of, service  # noqa: PLC0415
    from rueckhalt_intake.retention import running  # noqa: PLC0415
    from rueckhalt_intake.retention.domain import BadClasses  # noqa: PLC0415
    from rueckhalt_intake.retention.reading import read_classes  # noqa: PLC0415

    settings = settings_of(service, data)
    with _intake(data) as database:
        try:
            classes = read_classes(settings.retention)
        except BadClasses as error:
            raise unusable(str(error)) from None
        ordering = ordering_of(settings, database)
        found = list(running.run(ordering, classes, dry_run=dry_run))
    rows = [
        (each.due.incident, each.due.scope, each.due.class_, each.due.since.date(), each.result)
        for each in found
    ]
    head = ("incident", "scope", "class", "since", "result")
    documents = [dict(zip(head, row, strict=True)) for row in rows]
    tell(documents, table(rows, head) if rows else ["nothing is due"], as_json=as_json)


@contextmanager
def _intake(data: Path | None) -> "Iterator[Database]":
    from rueckhalt_intake.app import service  # noqa: PLC0415
    from rueckhalt_shared.erasing import tombstones  # noqa: PLC0415

    settings = settings_of(service, data)
    database = service.database(settings)
    try:
        tombstones.install(database, settings)
        yield database
    finally:
        database.dispose()


@contextmanager
def _roles_of(settings: Any) -> "Iterator[Callable[[str, str], str]]":
    """Who looked, as a role: asked from the accounts, where there are any."""
    from rueckhalt_shared.commands.standing import is_there  # noqa: PLC0415
    from rueckhalt_shared.identity.accounts import handlers as accounts  # noqa: PLC0415
    from rueckhalt_shared.identity.showing import role_in  # noqa: PLC0415
    from rueckhalt_shared.keys import KeyStore  # noqa: PLC0415

    if not is_there(settings.identity_url):
        yield lambda account_id, municipality: role_in(None, municipality)
        return
    keys = KeyStore(settings.identity_url)

    def role_of(account_id: str, municipality: str) -> str:
        found = keys.database.prepare().read(accounts.find_by_id, account_id)
        return role_in(found, municipality)

    try:
        yield role_of
    finally:
        keys.close()


@contextmanager
def _told() -> Iterator[None]:
    """What a person may meet becomes one line and exit 2."""
    from rueckhalt_intake.erasure import domain  # noqa: PLC0415
    from rueckhalt_intake.evidence.domain import NoSuchAttachment  # noqa: PLC0415
    from rueckhalt_intake.incidents.domain import (  # noqa: PLC0415
        ChangedMeanwhile,
        Erased,
        NoSuchIncident,
    )
    from rueckhalt_intake.vault.sealing import SealedStrictly  # noqa: PLC0415

    met = (
        domain.OnHold,
        domain.NoSuchHold,
        ChangedMeanwhile,
        Erased,
        NoSuchAttachment,
        NoSuchIncident,
        SealedStrictly,
    )
    try:
        yield
    except met as error:
        raise unusable(str(error) or "changed meanwhile, try again") from None


def _reach_of(database: "Database", incident_id: str) -> "Reach":
    """The whole installation, in the mode the incident has."""
    from rueckhalt_intake.incidents import erasing  # noqa: PLC0415
    from rueckhalt_intake.incidents.erasing import Reach  # noqa: PLC0415

    known = database.read(erasing.whoever_asks, incident_id)
    return Reach(municipalities=("*",), mode=known.mode if known else "live", sender=None)


def _who() -> str:
    return f"cli:{getuser()}"[:80]
