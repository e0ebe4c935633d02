# SPDX-License-Identifier: EUPL-1.2
"""`web`, `worker` and `serve` of one service alone."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.telling import honest, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.service import Service

host_option = click.option("--host", help="Address to listen on.")
port_option = click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one.")


@click.command()
@data_option
@host_option
@port_option
@click.pass_context
@honest
def web(context: click.Context, data: Path | None, host: str | None, port: int | None) -> None:
    """Answer HTTP only; a worker runs elsewhere."""
    from rueckhalt_shared import webserver  # noqa: PLC0415 - commands start fast
    from rueckhalt_shared.wsgi import app_of  # noqa: PLC0415

    service = context.obj
    settings = _configured(service, data)
    try:
        chosen = settings.port if port is None else port
        listener = webserver.listen(host or settings.host, chosen)
    except webserver.PortTaken as error:
        raise unusable(str(error)) from None
    server = webserver.Server(
        lambda: app_of(service, settings),
        listener,
        threads=settings.threads,
        workers=settings.processes,
    )
    raise click.exceptions.Exit(webserver.serve(server))


@click.command()
@data_option
@click.pass_context
@honest
def worker(context: click.Context, data: Path | None) -> None:
    """Relay, consumers, retries, timers; no HTTP."""
    service = context.obj
    settings = _configured(service, data)
    service.create_worker(settings, service.database(settings)).run_forever()


@click.command()
@data_option
@host_option
@port_option
@click.option("--json", "as_json", is_flag=True, help="One JSON line when ready.")
@click.pass_context
@honest
def serve(
    context: click.Context, *, data: Path | None, host: str | None, port: int | None, as_json: bool
) -> None:
    """Web and worker in one process, migrations included: a small installation."""
    from rueckhalt_shared.up import up  # noqa: PLC0415

    settings = settings_of(context.obj, data)
    status = up(
        data=settings.data,
        host=host or settings.host,
        port=settings.port if port is None else port,
        only=frozenset({context.obj.name}),
        as_json=as_json,
    )
    raise click.exceptions.Exit(status)


def _configured(service: "Service", data: Path | None) -> Any:
    from rueckhalt_shared.logging import configure  # noqa: PLC0415

    os.umask(0o077)
    settings = settings_of(service, data)
    configure(service=service.name, level=settings.log_level, style=settings.log_format)
    return settings
