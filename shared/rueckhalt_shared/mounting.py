# SPDX-License-Identifier: EUPL-1.2
"""Several WSGI apps in one process: `/intake`, `/routing` … and a start page for the rest.

Each app sees its mount as SCRIPT_NAME, so the addresses it builds carry the mount.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Mounts:
    """The dispatcher."""

    def __init__(self, mounts: Mapping[str, Wsgi], rest: Wsgi) -> None:
        self._mounts = dict(mounts)
        self._rest = rest

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Find the app by the first word of the path."""
        path: str = environ.get("PATH_INFO", "")
        word = path.split("/", 2)[1] if path.startswith("/") else ""
        app = self._mounts.get(word)
        if app is None:
            return self._rest(environ, start_response)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/{word}"
        environ["PATH_INFO"] = path[len(word) + 1 :]
        return app(environ, start_response)


class Proxied:
    """Believes `X-Forwarded-*` only when the request comes straight from a listed proxy."""

    def __init__(self, app: Wsgi, proxies: Iterable[str]) -> None:
        from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: PLC0415 - only where listed

        self._app = app
        self._fixed = ProxyFix(app, x_for=1, x_proto=1, x_host=1, x_prefix=1)
        self._proxies = frozenset(proxies)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pick the view on the request that its sender deserves."""
        trusted = environ.get("REMOTE_ADDR") in self._proxies
        return (self._fixed if trusted else self._app)(environ, start_response)
