# SPDX-License-Identifier: EUPL-1.2
"""The first migrations of a new folder, made by a short-lived child while the worker starts.

They need alembic for a second and 16 MB; the worker lives for months. The child is a head start
only: the worker asks every database for its revision afterwards and does what is missing.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from rueckhalt_shared import migrations
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


class HeadStart:
    """One child process; `wait` before anything opens the databases."""

    def __init__(self, data: Path, services: Iterable[str]) -> None:
        self._wanted = [(f"sqlite:///{data}/{s}.db", f"rueckhalt_{s}.migrations") for s in services]
        self._child = 0

    def begin(self) -> None:
        """Fork; call it before any thread is started."""
        self._child = os.fork()
        if self._child:
            return
        status = 1
        try:
            for url, package in self._wanted:
                migrations.upgrade(url, package)
            status = 0
        finally:
            os._exit(status)

    def wait(self) -> None:
        """Return when the child is done, however it went."""
        if self._child:
            _, status = os.waitpid(self._child, 0)
            self._child = 0
            if status:
                log.warning("head start of the migrations failed", status=status)
