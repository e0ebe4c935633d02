# SPDX-License-Identifier: EUPL-1.2
"""`check`, `db upgrade`, `version`: what an operator runs before and after a new version."""

from pathlib import Path
from typing import Any

import click

from rueckhalt_shared.commands.choosing import data_option, only_option, services_of, settings_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, table, tell, unusable
from rueckhalt_shared.deployed import installed_services


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Which version this is."""
    from rueckhalt_shared import version as told  # noqa: PLC0415 - commands start fast

    services = sorted(installed_services())
    document = {"version": told.version(), "commit": told.commit(), "services": services}
    tell(document, [f"rueckhalt {told.version()} ({', '.join(services)})"], as_json=as_json)


@click.group()
def db() -> None:
    """The databases of the services."""


@db.command()
@data_option
@only_option
@json_option
@click.pass_context
@honest
def upgrade(
    context: click.Context, *, data: Path | None, only: frozenset[str] | None, as_json: bool
) -> None:
    """Bring the databases to the newest revision."""
    from rueckhalt_shared import migrations  # noqa: PLC0415
    from rueckhalt_shared.keys import KeyStore  # noqa: PLC0415

    reached = {}
    for service in services_of(context, only):
        settings = settings_of(service, data)
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        reached[service.name] = migrations.upgrade(settings.database_url, service.migrations)
        KeyStore.of(settings.identity_url).prepare()
    tell(reached, [f"{name}: {revision}" for name, revision in reached.items()], as_json=as_json)


@click.command()
@data_option
@only_option
@json_option
@click.pass_context
@honest
def check(
    context: click.Context, *, data: Path | None, only: frozenset[str] | None, as_json: bool
) -> None:
    """Look at settings, databases, bus and waiting events; 1 when something is to be done."""
    from rueckhalt_shared.settings import BadSettings  # noqa: PLC0415

    found: dict[str, Any] = {}
    faults: list[str] = []
    for service in services_of(context, only):
        try:
            settings = settings_of(service, data)
        except BadSettings as error:
            faults += error.faults
            continue
        found[service.name] = _checked(service, settings)
    if faults:
        raise unusable("\n".join(dict.fromkeys(faults)))
    rows = [
        (name, what, state["status"], state.get("reason", ""))
        for name, checks in found.items()
        for what, state in checks.items()
    ]
    tell(found, table(rows, ("service", "what", "state", "reason")), as_json=as_json)
    if any(state != "ok" for _, _, state, _ in rows):
        raise click.exceptions.Exit(FINDINGS)


def _checked(service: Any, settings: Any) -> dict[str, Any]:
    from rueckhalt_shared import health, quarantine  # noqa: PLC0415

    database = service.database(settings)
    try:
        checks = health.readiness(database, service.migrations)
        checks["broker"] = _broker(service.name, settings.bus_url)
        if "outbox" in checks:
            checks |= service.checks(settings, database) if service.checks else {}
            waiting = database.read(quarantine.count)
            told = f"{waiting} events wait for a person: rueckhalt quarantine list"
            checks["quarantine"] = (
                {"status": "degraded", "reason": told} if waiting else {"status": "ok"}
            )
    finally:
        database.dispose()
    return checks


def _broker(service: str, url: str) -> dict[str, Any]:
    from rueckhalt_shared.commands.bus import connected  # noqa: PLC0415
    from rueckhalt_shared.pipe import BusUnavailable  # noqa: PLC0415

    try:
        with connected(url, service):
            return {"status": "ok"}
    except BusUnavailable as error:
        return {"status": "failed", "reason": str(error) or "cannot be reached"}
