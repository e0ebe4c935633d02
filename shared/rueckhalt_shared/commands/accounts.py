# SPDX-License-Identifier: EUPL-1.2
"""`account add|link|disable|enable|roles|list`: let people in, also the very first one."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, services_of, settings_of
from rueckhalt_shared.commands.telling import honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.identity.accounts.domain import Account
    from rueckhalt_shared.identity.opening import IdentityDatabase

_ROLE = "role@ARS, for example reporter@160770999999; repeatable."
role_option = click.option("--role", "held", multiple=True, metavar="ROLE@ARS", help=_ROLE)
url_option = click.option("--url", help="Public address of the installation, for the link.")


@click.group()
def account() -> None:
    """Accounts of people."""


@account.command()
@click.argument("name")
@click.option("--display", default="", help="The name that is shown.")
@click.option("--person", help="Who it is in the plan: key (anna.aydin) or id.")
@role_option
@url_option
@data_option
@json_option
@click.pass_context
@honest
def add(context: click.Context, /, *, data: Path | None, as_json: bool, **wanted: Any) -> None:
    """Add an account and print its first link, good once and for ten minutes."""
    from rueckhalt_shared.identity.accounts import handlers  # noqa: PLC0415 - commands start fast

    def added(tx: Any) -> tuple["Account", str]:
        made = handlers.add_account(
            tx,
            wanted["name"],
            display_name=wanted["display"],
            held=_held(wanted["held"]),
            person=wanted["person"],
        )
        return made, handlers.make_link(tx, made.name)

    made, token = _run(context, data, added)
    address = _address(context, data, wanted["url"], token)
    document = {"id": made.id, "name": made.name, "first_link": address}
    tell(document, [address, "Good once, for ten minutes."], as_json=as_json)


@account.command()
@click.argument("name")
@url_option
@data_option
@json_option
@click.pass_context
@honest
def link(
    context: click.Context, *, name: str, url: str | None, data: Path | None, as_json: bool
) -> None:
    """A new first link: for whoever lost password or phone."""
    from rueckhalt_shared.identity.accounts import handlers  # noqa: PLC0415

    token = _run(context, data, lambda tx: handlers.make_link(tx, name))
    address = _address(context, data, url, token)
    tell({"first_link": address}, [address, "Good once, for ten minutes."], as_json=as_json)


@account.command()
@click.argument("name")
@role_option
@data_option
@json_option
@click.pass_context
@honest
def roles(
    context: click.Context,
    *,
    name: str,
    held: tuple[str, ...],
    data: Path | None,
    as_json: bool,
) -> None:
    """Give these roles and take away all others."""
    from rueckhalt_shared.identity.accounts import handlers  # noqa: PLC0415

    changed = _run(context, data, lambda tx: handlers.set_roles(tx, name, _held(held)))
    tell(_told(changed), [f"{name}: {_roles(changed) or 'no role'}"], as_json=as_json)


@account.command()
@click.argument("name")
@data_option
@json_option
@click.pass_context
@honest
def disable(context: click.Context, *, name: str, data: Path | None, as_json: bool) -> None:
    """Close an account; every sign-in of it ends at once."""
    from rueckhalt_shared.identity.accounts import handlers  # noqa: PLC0415

    changed = _run(context, data, lambda tx: handlers.disable(tx, name))
    tell(_told(changed), [f"closed {changed.name}"], as_json=as_json)


@account.command()
@click.argument("name")
@data_option
@json_option
@click.pass_context
@honest
def enable(context: click.Context, *, name: str, data: Path | None, as_json: bool) -> None:
    """Open a closed account again; it then needs a first link."""
    from rueckhalt_shared.identity.accounts import handlers  # noqa: PLC0415

    changed = _run(context, data, lambda tx: handlers.enable(tx, name))
    tell(_told(changed), [f"opened {changed.name}; now: account link"], as_json=as_json)


@account.command()
@click.argument("name")
@click.argument("key", default="")
@data_option
@json_option
@click.pass_context
@honest
def person(
    context: click.Context, *, name: str, key: str, data: Path | None, as_json: bool
) -> None:
    """Say who of the plan an account is, by key or id; without one: nobody.

    What is assigned to that person opens for the account.
    """
    from rueckhalt_shared.identity.accounts import handlers  # noqa: PLC0415

    changed = _run(context, data, lambda tx: handlers.set_person(tx, name, key))
    tell(_told(changed), [f"{changed.name} is {changed.person or 'nobody'}"], as_json=as_json)


@account.command("list")
@data_option
@json_option
@click.pass_context
@honest
def list_(context: click.Context, *, data: Path | None, as_json: bool) -> None:
    """All accounts, without their secrets."""
    from rueckhalt_shared.identity.accounts import handlers  # noqa: PLC0415

    found = _run(context, data, handlers.list_accounts)
    rows = [
        (each.name, each.display_name, _roles(each), "" if each.is_open else "closed")
        for each in found
    ]
    lines = table(rows, ("name", "shown as", "roles", ""))
    tell([_told(each) for each in found], lines, as_json=as_json)


def _run(context: click.Context, data: Path | None, work: Any) -> Any:
    from rueckhalt_shared.identity.accounts.domain import (  # noqa: PLC0415
        BadName,
        BadPerson,
        NameTaken,
        NoSuchAccount,
        UnknownRole,
    )

    try:
        return _store(context, data).run(work)
    except (BadName, BadPerson, NameTaken, NoSuchAccount, UnknownRole) as error:
        raise unusable(f"{type(error).__name__}: {error}") from None


def _store(context: click.Context, data: Path | None) -> "IdentityDatabase":
    from rueckhalt_shared.keys import KeyStore  # noqa: PLC0415

    settings = settings_of(services_of(context, None)[0], data)
    if settings.identity_url.startswith("sqlite:"):
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return KeyStore.of(settings.identity_url).database.prepare()


def _address(context: click.Context, data: Path | None, url: str | None, token: str) -> str:
    settings = settings_of(services_of(context, None)[0], data)
    base = url or settings.base_url.removesuffix(f"/{settings.service}")
    return f"{base.rstrip('/')}/account/first/{token}"


def _held(told: tuple[str, ...]) -> list[tuple[str, str]]:
    parts = (each.partition("@") for each in told)
    return [(role, place) for role, _, place in parts]


def _roles(account: "Account") -> str:
    return " ".join(f"{role}@{place}" for role, place in account.roles)


def _told(account: "Account") -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "display_name": account.display_name,
        "person": account.person,
        "roles": [{"role": role, "municipality": place} for role, place in account.roles],
        "open": account.is_open,
    }
