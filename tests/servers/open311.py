# SPDX-License-Identifier: EUPL-1.2
"""Another house's Open311 server on loopback, which says what a test has scripted."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Script = Callable[[BaseHTTPRequestHandler, dict[str, str]], None]


def says(content: Any, status: int = 200, kind: str = "application/json") -> Script:
    """The same to everybody, whatever is asked."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()

    def answer(line: BaseHTTPRequestHandler, _: dict[str, str]) -> None:
        line.send_response(status)
        line.send_header("Content-Type", kind)
        line.send_header("Content-Length", str(len(raw)))
        line.end_headers()
        line.wfile.write(raw)

    return answer


def pages_of(entries: list[dict[str, Any]]) -> Script:
    """A server that knows pages, service codes and `updated_after`, as some do."""

    def answer(line: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        since, code = asked.get("updated_after", ""), asked.get("service_code")
        fitting = [
            each
            for each in entries
            if each["updated_datetime"] >= since and code in (None, each["service_code"])
        ]
        size = int(asked.get("page_size", "100"))
        first = (int(asked.get("page", "1")) - 1) * size
        says(fitting[first : first + size])(line, asked)

    return answer


class OtherHouse:
    """A server at 127.0.0.1; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.script: Script = says([])
        house = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = dict(parse_qsl(parts.query))
                house.paths.append(parts.path)
                house.asked.append(query)
                try:
                    house.script(self, query)
                except OSError:
                    return

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/citysdk"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
