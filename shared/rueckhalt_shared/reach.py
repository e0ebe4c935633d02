# SPDX-License-Identifier: EUPL-1.2
"""How far what runs now may reach: the regional keys that PostgreSQL itself holds rows against.

The stores bind every query to the caller's municipalities. This is the second wall, for the query
that forgets it: a web request begins with no reach at all and gets the caller's from `access`.
Outside a request (worker, command line, start) it is the whole house, because there nobody asks
from outside, and a round that saw only some rows would take the others for gone: the one that
drops keys nobody uses, for example.
"""

from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, ContextVar, copy_context
from typing import Any

WHOLE_HOUSE = "*"
_NOTHING = ""
_Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]
_reach: ContextVar[str] = ContextVar("reach", default=WHOLE_HOUSE)


def current() -> str:
    """Regional keys with commas between, short ones for all below; "*" everything, "" nothing."""
    return _reach.get()


def be(municipalities: Iterable[str]) -> None:
    """From here on, in this request: these regional keys, "*" for the whole house."""
    _reach.set(_spelled(municipalities))


def _spelled(municipalities: Iterable[str]) -> str:
    """What is no regional key opens nothing: an empty one would be the beginning of each."""
    wanted = set(municipalities)
    if WHOLE_HOUSE in wanted:
        return WHOLE_HOUSE
    return ",".join(sorted(key for key in wanted if key.isascii() and key.isdecimal()))


class Unasked:
    """A WSGI app whose requests begin with no reach, and leave their thread as it was."""

    def __init__(self, app: _Wsgi) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The request in a context of its own, its answer's parts as well."""
        context = copy_context()
        context.run(_reach.set, _NOTHING)
        parts = context.run(self._app, environ, start_response)
        return _Parts(parts, context)


class _Parts:
    """The parts of an answer, each made within the reach its request had."""

    def __init__(self, parts: Iterable[bytes], context: Context) -> None:
        self._parts, self._context = parts, context

    def __iter__(self) -> Iterator[bytes]:
        each = self._context.run(iter, self._parts)
        while True:
            try:
                yield self._context.run(next, each)
            except StopIteration:
                return

    def close(self) -> None:
        close = getattr(self._parts, "close", None)
        if close is not None:
            self._context.run(close)
