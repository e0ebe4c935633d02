# SPDX-License-Identifier: EUPL-1.2
"""`check`, `db upgrade`, `version`: what an operator runs before and after a new version."""

from pathlib import Path
from typing import Any

import click

from rueckhalt_shared.commands.choosing import data_option, only_option, services_of, settings_of
from rueckhalt_shared.commands.standing import bus_missing, is_there, no_installation
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
    """Look at settings, databases, bus, clock, mail server and waiting events; 1 for findings."""
    from rueckhalt_shared.settings import BadSettings  # noqa: PLC0415

    known: list[tuple[Any, Any]] = []
    faults: list[str] = []
    for service in services_of(context, only):
        try:
            known.append((service, settings_of(service, data)))
        except BadSettings as error:
            faults += error.faults
    if faults:
        raise unusable("\n".join(dict.fromkeys(faults)))
    if not any(is_there(settings.database_url) for _, settings in known):
        raise no_installation(known[0][1].data)
    found = {service.name: _checked(service, settings) for service, settings in known}
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

    if not is_there(settings.database_url):
        told = "there is none: `rueckhalt db upgrade` makes it"
        return {"database": {"status": "failed", "reason": told}}
    database = service.database(settings)
    try:
        checks = health.readiness(database, service.migrations)
        checks["broker"] = _broker(service.name, settings)
        if "outbox" in checks:
            if clock := health.clock(database):
                checks["clock"] = clock
            checks |= service.checks(settings, database) if service.checks else {}
            if broken := database.read(_broken_audit):
                checks["audit"] = {"status": "failed", "reason": broken}
            waiting = database.read(quarantine.count)
            told = f"{waiting} events wait for a person: rueckhalt quarantine list"
            checks["quarantine"] = (
                {"status": "degraded", "reason": told} if waiting else {"status": "ok"}
            )
    finally:
        database.dispose()
    return checks


def _broken_audit(tx: Any) -> str | None:
    """What the last daily look at the chains of the audit has found wrong."""
    from rueckhalt_shared.states import states  # noqa: PLC0415

    last = states(tx).get("audit")
    return (last.cause or "broken") if last is not None and last.state == "broken" else None


def _broker(service: str, settings: Any) -> dict[str, Any]:
    from rueckhalt_shared.commands.bus import connected  # noqa: PLC0415
    from rueckhalt_shared.contracts import topology  # noqa: PLC0415
    from rueckhalt_shared.pipe import BusUnavailable  # noqa: PLC0415

    if told := bus_missing(settings):
        return {"status": "failed", "reason": told}
    deployed = topology.queues_for(settings.services | {service})
    own = [queue for queue in deployed if queue.startswith(f"{service}.")]
    try:
        with connected(settings.bus_url, service) as pipe:
            pipe.depth(own[0])  # asking is what connects
            return {"status": "ok"}
    except BusUnavailable as error:
        return {"status": "failed", "reason": str(error) or "cannot be reached"}
