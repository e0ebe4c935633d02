# SPDX-License-Identifier: EUPL-1.2
"""A load generator that costs little itself: one thread, kept connections, no HTTP library.

    python -m tests.bench.load SPECIFICATION.json OUTPUT

Closed loop (`connections` that always have one request under way) or open loop (`rate` per
second, whatever the server does). In the body `@@NUMBER@@` becomes ten digits. A line of the
output per request: number, time sent (open loop: when it was due), seconds, status, id answered.
"""

import heapq
import json
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MARK = b"@@NUMBER@@"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ID = re.compile(rb'"id": *"([^"]+)"')
_PATIENCE = 10.0


@dataclass
class Line:
    """One connection and the request under way on it."""

    sock: socket.socket | None = None
    number: int = -1
    sent: float = 0.0
    buffer: bytes = b""


class Load:
    """Runs one specification."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._address = (given["host"], given["port"])
        self._seconds: float = given["seconds"]
        self._rate: float = given.get("rate", 0)
        self._selector = selectors.DefaultSelector()
        self._idle = [Line() for _ in range(given["connections"])]
        self._busy: dict[int, Line] = {}
        self._resting: list[tuple[float, int, Line]] = []
        self._number: int = given.get("first", 0)
        self._first = self._number
        body = given["body"].encode()
        lines = [f"POST {given['path']} HTTP/1.1", f"Host: 127.0.0.1:{given['port']}"]
        lines += [f"{name}: {value}" for name, value in given["headers"].items()]
        lines.append(f"Content-Length: {len(body)}")
        self._request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        self.results: list[tuple[int, float, float, int, str]] = []

    def run(self) -> None:
        """Until the time is over and every answer has come."""
        self._started = time.time()
        ends = self._started + self._seconds
        while True:
            now = time.time()
            while self._resting and self._resting[0][0] <= now:
                self._idle.append(heapq.heappop(self._resting)[2])
            due = self._due(now) if now < ends else None
            while due is not None and due <= now and self._idle:
                self._send(self._idle.pop(), due)
                due = self._due(now)
            if now >= ends and not self._busy:
                return
            pause = 0.05 if due is None else max(0.0, min(0.05, due - now))
            if due is not None and due <= now:
                pause = 0.05  # all connections are busy
            for key, _ in self._selector.select(pause):
                self._heard(key.data)
            self._give_up(time.time())

    def _due(self, now: float) -> float | None:
        """When the next request is to be sent."""
        if not self._rate:
            return now
        return self._started + (self._number - self._first) / self._rate

    def _send(self, line: Line, due: float) -> None:
        line.number, line.buffer = self._number, b""
        line.sent = due if self._rate else time.time()
        self._number += 1
        message = self._request.replace(_MARK, b"%010d" % line.number)
        for fresh in (False, True):
            try:
                if line.sock is None:
                    line.sock = socket.create_connection(self._address, timeout=2)
                    line.sock.settimeout(None)
                    line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._selector.register(line.sock, selectors.EVENT_READ, line)
                elif self._is_closed(line):
                    self._hang_up(line)
                    continue
                line.sock.sendall(message)
                self._busy[id(line)] = line
                return
            except OSError:
                self._hang_up(line)
                if fresh:
                    break
        self._done(line, 0, "")

    @staticmethod
    def _is_closed(line: Line) -> bool:
        """Nothing may come on an idle connection but its end."""
        assert line.sock is not None
        try:
            return line.sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _heard(self, line: Line) -> None:
        if line.sock is None:
            return
        try:
            data = line.sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            self._hang_up(line)
            if id(line) in self._busy:
                self._done(line, 0, "")
            return
        line.buffer += data
        head, blank, rest = line.buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        found = _LENGTH.search(head)
        if found is None or len(rest) < int(found.group(1)):
            return
        told = _ID.search(rest)
        if b"connection: close" in head.lower():
            self._hang_up(line)
        self._done(line, int(head[9:12]), told.group(1).decode() if told else "")

    def _done(self, line: Line, status: int, told: str) -> None:
        self._busy.pop(id(line), None)
        now = time.time()
        self.results.append((line.number, line.sent, now - line.sent, status, told))
        if status:
            self._idle.append(line)
        else:  # refused or cut off: a client would not hammer either
            heapq.heappush(self._resting, (now + 0.1, line.number, line))

    def _give_up(self, now: float) -> None:
        for line in [line for line in self._busy.values() if now - line.sent > _PATIENCE]:
            self._hang_up(line)
            self._done(line, 0, "")

    def _hang_up(self, line: Line) -> None:
        if line.sock is not None:
            self._selector.unregister(line.sock)
            line.sock.close()
            line.sock = None


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text())
    load = Load(given)
    load.run()
    with Path(sys.argv[2]).open("w") as output:
        for result in load.results:
            output.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
