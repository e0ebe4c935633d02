# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt up` and `rueckhalt-<service> serve`: one arbiter, one worker process with threads.

The arbiter claims the folder and the port and imports nothing heavy; everything else happens in
the worker (see `embedding`). A worker that dies is started again by the arbiter.
"""

import gc
import os
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from rueckhalt_shared import crash, webserver
from rueckhalt_shared.folder import ClaimedFolder, FolderRefused, claim

UNUSABLE = 2


def up(
    *,
    data: Path | None,
    host: str,
    port: int,
    demo: bool = False,
    empty: bool = False,
    only: frozenset[str] | None = None,
    as_json: bool = False,
) -> int:
    """Run until stopped; answers the exit status."""
    os.umask(0o077)  # gunicorn's own setting reaches its sockets only
    if demo and not _is_loopback(host):
        return _refuse(f"--demo listens on this machine only, not on {host}")
    mode = "demo" if demo else "real"
    path = data or Path(os.environ.get("RUECKHALT_DATA") or (".demo" if demo else "rueckhalt-data"))
    try:
        folder = claim(path, mode=mode, empty=empty)  # type: ignore[arg-type]
        listener = webserver.listen(host, port)
    except (FolderRefused, webserver.PortTaken) as error:
        return _refuse(str(error))
    url = f"http://{_shown(host)}:{listener.getsockname()[1]}"
    hooks = _Hooks(folder, url, only, as_json=as_json)
    return webserver.serve(
        webserver.Server(
            hooks.load,
            listener,
            post_worker_init=hooks.started,
            worker_exit=hooks.ended,
            child_exit=hooks.died,
            timeout=120,  # a start on a busy machine; requests have no limit here anyway
            threads=_threads(),
        )
    )


class _Hooks:
    """What gunicorn calls, in the worker (load, started, ended) and in the arbiter (died)."""

    def __init__(
        self, folder: ClaimedFolder, url: str, only: frozenset[str] | None, *, as_json: bool
    ) -> None:
        self._arguments: dict[str, Any] = {
            "folder": folder,
            "url": url,
            "only": only,
            "as_json": as_json,
        }
        self._house: Any = None

    def load(self) -> Any:
        """Everything the worker does before it listens; garbage is not looked for meanwhile."""
        gc.disable()
        try:
            return self._load()
        finally:
            gc.enable()
            gc.freeze()

    def _load(self) -> Any:
        from rueckhalt_shared.embedding import House, Plan  # noqa: PLC0415 - in the worker only
        from rueckhalt_shared.logging import configure  # noqa: PLC0415
        from rueckhalt_shared.parcels import TopologyConflict  # noqa: PLC0415
        from rueckhalt_shared.settings import BadSettings  # noqa: PLC0415

        level = os.environ.get("RUECKHALT_LOG_LEVEL", "info")
        style = os.environ.get("RUECKHALT_LOG_FORMAT") or ("console" if _tty() else "json")
        configure(service="up", level=level, style=style)
        self._house = House(plan=Plan(**self._arguments))
        try:
            return self._house.load()
        except (BadSettings, TopologyConflict) as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(3)

    def started(self, worker: Any) -> None:
        self._house.start(first=worker.age == 1)

    def ended(self, arbiter: Any, worker: Any) -> None:
        if self._house is not None:
            self._house.stop()

    def died(self, arbiter: Any, worker: Any) -> None:
        """In a crash test a dead worker is a dead installation: the test starts it again."""
        if crash.armed() is not None:
            os._exit(137)


def _threads() -> int:
    """The worker's settings say what is wrong with a wrong value; the arbiter only needs one."""
    wanted = os.environ.get("RUECKHALT_THREADS", "")
    return int(wanted) if wanted.isdecimal() and int(wanted) else 8


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - asked for by the operator
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _tty() -> bool:
    return sys.stderr.isatty()


def _refuse(reason: str) -> int:
    sys.stderr.write(f"rueckhalt up: {reason}\n")
    return UNUSABLE
