# SPDX-License-Identifier: EUPL-1.2
"""Which services a command is about, and their settings."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rueckhalt_shared.deployed import SERVICES, installed_services

if TYPE_CHECKING:
    from rueckhalt_shared.service import Service

F = TypeVar("F", bound=Callable[..., Any])

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Data folder of an embedded installation (default: RUECKHALT_DATA or rueckhalt-data).",
)


def only_option(command: F) -> F:
    """`--only intake,notify`."""
    told = "Services, separated by commas (default: all that are installed)."
    return click.option("--only", callback=_names, metavar="NAMES", help=told)(command)


def services_of(context: click.Context, only: frozenset[str] | None) -> "list[Service]":
    """One service for `rueckhalt-intake …`, the installed ones for `rueckhalt …`."""
    from rueckhalt_shared.service import installed  # noqa: PLC0415 - commands start fast

    if context.obj is not None:
        return [context.obj]
    return installed(only)


def settings_of(service: "Service", data: Path | None) -> Any:
    """The settings of a service, for the folder the command names; raises BadSettings."""
    given: dict[str, Any] = {}
    named = os.environ.get("RUECKHALT_DATA")
    folder = data or (Path(named) if named else None)
    if folder is not None:
        given["data"] = folder
        from rueckhalt_shared.folder import installation_in  # noqa: PLC0415

        known = installation_in(folder)
        if known is not None and "RUECKHALT_MODE" not in os.environ:
            given["mode"] = known.mode
    return service.settings_from_env(given)


def _names(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> frozenset[str] | None:
    if value is None:
        return None
    names = frozenset(name.strip() for name in value.split(",") if name.strip())
    if unknown := names - frozenset(SERVICES):
        told = f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(SERVICES)}"
        raise click.BadParameter(told, context, parameter)
    if missing := names - installed_services():
        raise click.BadParameter(f"not installed: {', '.join(sorted(missing))}", context, parameter)
    if not names:
        raise click.BadParameter("names no service", context, parameter)
    return names
