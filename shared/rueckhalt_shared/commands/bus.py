# SPDX-License-Identifier: EUPL-1.2
"""`bus status` and `bus declare`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rueckhalt_shared.commands.choosing import data_option, services_of, settings_of
from rueckhalt_shared.commands.standing import bus_missing, is_there, no_installation
from rueckhalt_shared.commands.telling import honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_shared.pipe import Pipe


@contextmanager
def connected(url: str, service: str) -> "Iterator[Pipe]":
    """A connection to the bus, closed again."""
    from rueckhalt_shared.pipe import Pipe  # noqa: PLC0415 - commands start fast

    pipe = Pipe(url, service=service)
    try:
        yield pipe
    finally:
        pipe.close()


@click.group()
def bus() -> None:
    """The bus between the services."""


@bus.command()
@data_option
@json_option
@click.pass_context
@honest
def status(context: click.Context, data: Path | None, as_json: bool) -> None:
    """How many messages wait in each queue."""
    from rueckhalt_shared.contracts import topology  # noqa: PLC0415

    services = services_of(context, None)
    service, settings = services[0], settings_of(services[0], data)
    if told := bus_missing(settings):
        stands = any(is_there(settings_of(each, data).database_url) for each in services)
        raise unusable(told) if stands else no_installation(settings.data)
    with connected(settings.bus_url, service.name) as pipe:
        depths = {queue: pipe.depth(queue) for queue in topology.queues_for(settings.services)}
    tell(depths, table(list(depths.items()), ("queue", "waiting")), as_json=as_json)


@bus.command()
@data_option
@json_option
@click.pass_context
@honest
def declare(context: click.Context, data: Path | None, as_json: bool) -> None:
    """Declare exchanges, queues and bindings of all deployed services."""
    from rueckhalt_shared.contracts import topology  # noqa: PLC0415

    service = services_of(context, None)[0]
    settings = settings_of(service, data)
    queues = topology.queues_for(settings.services)
    with connected(settings.bus_url, service.name) as pipe:
        pipe.declare(queues)
    tell(sorted(queues), [f"declared {queue}" for queue in sorted(queues)], as_json=as_json)
