# SPDX-License-Identifier: EUPL-1.2
"""gunicorn, set the same way wherever a service answers HTTP.

One process with threads: rate limits and caches are per process. No control socket (all services
of one user would share it), a private umask, logs to stderr through our own logging.
"""

import os
import socket
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

STOP_SECONDS = 9  # SIGTERM ends everything within ten


class PortTaken(Exception):
    """Somebody listens on this address already, or it is not ours."""


class Quiet(Logger):  # type: ignore[misc]
    """gunicorn's logger without handlers of its own; no access log: paths are content."""

    def setup(self, cfg: Any) -> None:
        """Let everything go to our root logger."""
        self.error_log.setLevel("WARNING")
        self.error_log.propagate = True
        self.access_log.disabled = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """A broken request is told without its sender and without a word of it."""
        told = "invalid request" if str(msg).startswith("Invalid request") else msg
        super().warning(told, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """A fault is told without the path, which may hold the token of a link."""
        is_path = str(msg).startswith("Error handling request")
        if is_path:
            msg, args = "error handling a request", ()
        super().exception(msg, *args, **kwargs)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Nothing: who called and for what is not for the log."""


class Server(BaseApplication):  # type: ignore[misc]
    """The arbiter with its settings; `load` is called in the worker process."""

    def __init__(self, load: Callable[[], Any], listener: socket.socket, **options: Any) -> None:
        self._load = load
        self._options = {"bind": [f"fd://{listener.detach()}"], **STANDARD, **options}
        super().__init__()

    def load_config(self) -> None:
        """gunicorn's settings."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The WSGI app."""
        return self._load()


STANDARD: dict[str, Any] = {
    "worker_class": "rueckhalt_shared.slow_clients.PatientWorker",
    "forwarded_allow_ips": "",  # who is behind a proxy is for `mounting.Proxied` to say
    "forwarder_headers": "",
    "workers": 1,
    "threads": 8,
    "timeout": 30,
    "graceful_timeout": STOP_SECONDS,
    "keepalive": 15,
    "max_requests": 0,
    "preload_app": False,
    "control_socket_disable": True,
    "umask": 0o077,
    "limit_request_line": 2048,
    "limit_request_fields": 50,
    "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108
    "logger_class": Quiet,
    "accesslog": None,
    "errorlog": "-",
    "proc_name": "rueckhalt",
}


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else starts; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise PortTaken(f"{host}:{port}: {error.strerror}") from None
    return listener


def serve(server: Server) -> int:
    """Run until stopped; 0 after a signal, 2 when the app could not be loaded."""
    arbiter = os.getpid()
    try:
        server.run()
    except SystemExit as ended:
        if os.getpid() != arbiter:
            raise  # a worker's own end; the arbiter reads its status
        return 2 if ended.code else 0
    return 0
