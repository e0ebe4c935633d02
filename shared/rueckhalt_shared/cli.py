# SPDX-License-Identifier: EUPL-1.2
"""The command lines: `rueckhalt …` for an installation, `rueckhalt-intake …` for one service.

Commands import what they need when they run, so that `rueckhalt --help` answers at once and the
arbiter of `rueckhalt up` stays small.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from rueckhalt_shared.commands.accounts import account
from rueckhalt_shared.commands.audit import audit
from rueckhalt_shared.commands.bus import bus
from rueckhalt_shared.commands.choosing import data_option, only_option
from rueckhalt_shared.commands.keys import key
from rueckhalt_shared.commands.quarantine import quarantine
from rueckhalt_shared.commands.running import serve, web, worker
from rueckhalt_shared.commands.tombstones import tombstones
from rueckhalt_shared.commands.upkeep import check, db, version
from rueckhalt_shared.simulate.command import simulate

if TYPE_CHECKING:
    from rueckhalt_shared.service import Service

C = TypeVar("C", bound=Callable[..., object] | click.Command)
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """The own commands, and those the installed services bring (`plan`, `import` …)."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All names, the services' included."""
        return sorted({*super().list_commands(context), *self._brought()})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The own one first; a service is imported only when its command is asked for."""
        return super().get_command(context, name) or self._brought().get(name)

    def _brought(self) -> dict[str, click.Command]:
        from rueckhalt_shared.commands.joining import joined  # noqa: PLC0415
        from rueckhalt_shared.service import installed  # noqa: PLC0415

        brought = [(each.name, each.commands.commands) for each in installed() if each.commands]
        names = dict.fromkeys(name for _, commands in brought for name in commands)
        return {name: joined(name, brought) for name in names}


def _version_option(program: str) -> Callable[[C], C]:
    """`--version`; what else a version is made of tells the command `version`."""
    return click.version_option(
        None,
        *("-V", "--version"),
        package_name="rueckhalt-shared",
        prog_name=program,
        message="%(prog)s %(version)s",
    )


@click.group(cls=Commands, context_settings=_CONTEXT)
@_version_option("rueckhalt")
def rueckhalt() -> None:
    """Rückhalt: who is responsible, and do they know?"""


@rueckhalt.command()
@click.option("--demo", is_flag=True, help="The sample town Musterstadt, with a mail catcher.")
@click.option("--empty", is_flag=True, help="A new installation without any data.")
@only_option
@data_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON line when ready.")
def up(
    *,
    demo: bool,
    empty: bool,
    only: frozenset[str] | None,
    data: Path | None,
    host: str,
    port: int,
    as_json: bool,
) -> None:
    """Start all installed services in one process."""
    from rueckhalt_shared.up import up as run  # noqa: PLC0415

    if demo and empty:
        raise click.UsageError("--demo and --empty exclude each other")
    status = run(
        data=data, host=host, port=port, demo=demo, empty=empty, only=only, as_json=as_json
    )
    raise click.exceptions.Exit(status)


for _command in (account, audit, bus, check, db, key, quarantine, simulate, tombstones, version):
    rueckhalt.add_command(_command)


def main() -> None:
    """The entry point `rueckhalt`."""
    rueckhalt(prog_name="rueckhalt")


def run_service(service: "Service") -> None:
    """The entry point `rueckhalt-<service>`."""
    group_of(service)(prog_name=f"rueckhalt-{service.name}", obj=service)


def group_of(service: "Service") -> click.Group:
    """The commands of one service alone; to be called with the service as `obj`."""
    group = click.Group(context_settings=_CONTEXT, help=f"Rückhalt: the {service.name} service.")
    for command in (
        web,
        worker,
        serve,
        audit,
        account,
        bus,
        check,
        db,
        key,
        quarantine,
        tombstones,
        version,
    ):
        group.add_command(command)
    for command in (service.commands.commands if service.commands else {}).values():
        group.add_command(command)
    _version_option(f"rueckhalt-{service.name}")(group)
    return group
