# SPDX-License-Identifier: EUPL-1.2
"""The WSGI app of one service in a process of its own.

`rueckhalt-intake web` uses it; so may any other server:
`gunicorn -c deploy/gunicorn.conf.py 'rueckhalt_shared.wsgi:app("intake")'`.
"""

from typing import TYPE_CHECKING, Any

from rueckhalt_shared.logging import configure
from rueckhalt_shared.mounting import Proxied
from rueckhalt_shared.service import installed

if TYPE_CHECKING:
    from rueckhalt_shared.service import Service


def app(name: str) -> Any:
    """The app of an installed service, set up from the environment; raises BadSettings."""
    (service,) = installed(frozenset({name}))
    settings = service.settings_from_env()
    configure(service=name, level=settings.log_level, style=settings.log_format)
    return app_of(service, settings)


def app_of(service: "Service", settings: Any) -> Any:
    """The app with these settings, behind the listed proxies."""
    from rueckhalt_shared.guarding import warn  # noqa: PLC0415 - the arbiter stays small

    database = service.database(settings)
    made: Any = service.create_app(settings, database)
    warn(database)
    return Proxied(made, settings.proxy) if settings.proxy else made
