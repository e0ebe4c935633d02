# SPDX-License-Identifier: EUPL-1.2
"""What a service tells about itself, so that one command line and one process can run it.

Each service has exactly one `service = Service(…)` in its `app.py`, found by the entry point
`rueckhalt.services`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from rueckhalt_shared.deployed import SERVICES
from rueckhalt_shared.settings import ServiceSettings, from_env

if TYPE_CHECKING:
    import click
    from flask import Flask

    from rueckhalt_shared.database import Database
    from rueckhalt_shared.demo.client import DemoClient
    from rueckhalt_shared.erasing.carrying_out import Eraser
    from rueckhalt_shared.worker import Subscriptions, Worker


@dataclass(frozen=True, kw_only=True)
class Service:
    """The composition of one service. Nothing here runs at import."""

    name: str
    settings: type[ServiceSettings]
    create_app: Callable[[Any, Database], Flask]
    """`create_app(settings, database)`; web and worker of one process share the database object."""
    create_worker: Callable[[Any, Database], Worker]
    """`create_worker(settings, database)`, not started."""
    migrations: str
    subscriptions: Subscriptions
    commands: click.Group | None = None
    """Every command of this group appears in `rueckhalt …` and in `rueckhalt-<name> …`."""
    checks: Callable[[Any, Database], dict[str, dict[str, str]]] | None = None
    """More rows for `rueckhalt check`: name -> {"status": ok|degraded|failed, "reason": …}."""
    create_database: Callable[[Any], Database] | None = None
    """Only where the database carries a context; `Database(settings.database_url, name)` else."""
    eraser: Eraser | None = None
    """What the service holds of an incident, for `rueckhalt tombstones replay`."""
    prepare_demo: Callable[[Any], None] | None = None
    """Fills the migrated, still stopped service with Musterstadt; runs at every demo start."""
    seed_demo: Callable[[DemoClient], None] | None = None
    """Posts what belongs to the sample through the running API, before the ready line."""

    calls: Mapping[str, str] = field(default_factory=dict)
    """Which neighbour's API it calls, with which scope; its settings have `<neighbour>_url` and
    `<neighbour>_key`, and `rueckhalt up` fills both."""

    def settings_from_env(self, given: Mapping[str, Any] | None = None) -> Any:
        """This service's settings from the environment; raises BadSettings."""
        return from_env(self.settings, self.name, given=given)

    def database(self, settings: Any) -> Database:
        """The one database object of this process."""
        if self.create_database is not None:
            return self.create_database(settings)
        from rueckhalt_shared.database import Database  # noqa: PLC0415 - the arbiter stays small

        return Database(settings.database_url, self.name)


def installed(only: frozenset[str] | None = None) -> list[Service]:
    """The installed services, imported, in the order in which a report walks through them."""
    points = {point.name: point for point in entry_points(group="rueckhalt.services")}
    names = [name for name in SERVICES if name in points and (only is None or name in only)]
    return [points[name].load() for name in names]
