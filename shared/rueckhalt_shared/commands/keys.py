# SPDX-License-Identifier: EUPL-1.2
"""`key new|list|rotate|revoke`."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, services_of, settings_of
from rueckhalt_shared.commands.standing import is_there, no_installation
from rueckhalt_shared.commands.telling import honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.keys import KeyStore


@click.group()
def key() -> None:
    """Keys for municipal systems."""


@key.command()
@click.option("--sender", required=True, help="Who sends: a short name, the owner of its keys.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; repeatable.")
@click.option(
    "--municipality",
    "municipalities",
    multiple=True,
    required=True,
    help="ARS (a Kreis reaches its towns), AGS of a Kreis or town, or '*' for all; repeatable.",
)
@click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
@click.option("--days", type=click.IntRange(1, 366), default=365, show_default=True)
@click.option("--signed", is_flag=True, help="The key signs requests and is never sent itself.")
@data_option
@json_option
@click.pass_context
@honest
def new(context: click.Context, /, *, data: Path | None, as_json: bool, **wanted: Any) -> None:
    """Make a key; it is shown once."""
    from rueckhalt_shared.keys import InvalidKey  # noqa: PLC0415 - commands start fast

    wanted["lifetime"] = timedelta(days=wanted.pop("days"))
    try:
        plain = _store(context, data, make=True).create(**wanted)
    except InvalidKey as error:
        raise unusable(f"{type(error).__name__}: {error}") from None
    _tell_key(plain, as_json=as_json)


@key.command("list")
@data_option
@json_option
@click.pass_context
@honest
def list_(context: click.Context, data: Path | None, as_json: bool) -> None:
    """All keys, without their secrets."""
    found = _store(context, data).list()
    rows = [
        (
            *(k.id, k.sender, k.mode, " ".join(k.municipalities), " ".join(k.scopes)),
            "yes" if k.signed else "",
            k.last_used_at and f"{k.last_used_at:%Y-%m-%d %H}h",
            k.expires_at.date(),
            f"revoked {k.revoked_at:%Y-%m-%d}" if k.revoked_at else "",
        )
        for k in found
    ]
    head = ("id", "sender", "mode", "municipalities", "scopes", "signs", "last used", "ends", "")
    tell([asdict(each) for each in found], table(rows, head), as_json=as_json)


@key.command()
@click.argument("key_id")
@click.option("--days", type=click.IntRange(0, 90), default=30, show_default=True)
@data_option
@json_option
@click.pass_context
@honest
def rotate(
    context: click.Context, *, key_id: str, days: int, data: Path | None, as_json: bool
) -> None:
    """Make the successor of a key; the old one ends after some days."""
    from rueckhalt_shared.keys import InvalidKey  # noqa: PLC0415

    try:
        plain = _store(context, data).rotate(key_id, overlap=timedelta(days=days))
    except InvalidKey as error:
        raise unusable(f"{type(error).__name__}: {error}") from None
    _tell_key(plain, as_json=as_json)


@key.command()
@click.argument("key_id")
@data_option
@json_option
@click.pass_context
@honest
def revoke(context: click.Context, key_id: str, data: Path | None, as_json: bool) -> None:
    """End a key at once."""
    from rueckhalt_shared.keys import InvalidKey  # noqa: PLC0415

    try:
        _store(context, data).revoke(key_id)
    except InvalidKey as error:
        raise unusable(f"{type(error).__name__}: {error}") from None
    tell({"revoked": key_id}, [f"revoked {key_id}"], as_json=as_json)


def _store(context: click.Context, data: Path | None, *, make: bool = False) -> "KeyStore":
    from rueckhalt_shared.keys import KeyStore  # noqa: PLC0415

    settings = settings_of(services_of(context, None)[0], data)
    if not make and not is_there(settings.identity_url):
        raise no_installation(settings.data)
    if settings.identity_url.startswith("sqlite:"):
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return KeyStore.of(settings.identity_url)


def _tell_key(plain: str, *, as_json: bool) -> None:
    key_id = plain.split("_", 3)[2]
    lines = [plain, "Keep it now: it is stored nowhere."]
    tell({"id": key_id, "api_key": plain}, lines, as_json=as_json)
