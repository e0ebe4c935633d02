# SPDX-License-Identifier: EUPL-1.2
"""Waking another process over PostgreSQL: NOTIFY after the commit, coalesced, a hint only.

Inside the transaction NOTIFY would take a lock that serialises all commits, so it is a statement
of its own. A lost hint costs one poll, never an event.
"""

import threading
from collections.abc import Callable

import psycopg
from sqlalchemy.engine import make_url

from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.signals import Signal

log = get_logger(__name__)
_CHANNEL = "rueckhalt_"


def _conninfo(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class Notifying:
    """Used by web processes: turns signals nobody here listens to into NOTIFY."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._signal = Signal()
        self._names: set[str] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def hint(self, name: str) -> None:
        """Tell the other processes soon; several hints become one."""
        with self._lock:
            self._names.add(name)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="notifying", daemon=True)
                self._thread.start()
        self._signal.set()

    def _run(self) -> None:
        try:
            with psycopg.connect(_conninfo(self._url), autocommit=True) as connection:
                while True:
                    self._signal.wait(60.0)
                    with self._lock:
                        names, self._names = self._names, set()
                    for name in names:
                        connection.execute(f"NOTIFY {_CHANNEL}{name}")
        except psycopg.Error as error:
            log.warning("hints pause", cause=str(error))


class Listening:
    """Used by workers: turns NOTIFY into signals."""

    def __init__(
        self, url: str, signal_of: Callable[[str], Signal], names: tuple[str, ...]
    ) -> None:
        self._url = url
        self._signal_of = signal_of
        self._names = names

    def run(self, stopping: threading.Event) -> None:
        """Until stopped; reconnects after a pause."""
        while not stopping.is_set():
            try:
                self._listen(stopping)
            except psycopg.Error as error:
                log.warning("listener pauses", cause=str(error))
                stopping.wait(1.0)

    def _listen(self, stopping: threading.Event) -> None:
        with psycopg.connect(_conninfo(self._url), autocommit=True) as connection:
            for name in self._names:
                connection.execute(f"LISTEN {_CHANNEL}{name}")
            while not stopping.is_set():
                for notice in connection.notifies(timeout=1.0):
                    self._signal_of(notice.channel.removeprefix(_CHANNEL)).set()
                    if stopping.is_set():
                        return
