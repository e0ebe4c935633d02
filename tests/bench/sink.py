# SPDX-License-Identifier: EUPL-1.2
"""An SMTP server that only notes when a mail came: one line "time message-id" per mail.

    python -m tests.bench.sink PORT FILE

A process of its own, so that its CPU time is not taken for anybody else's. The test suite's sink
reads each mail into objects; under load that alone would be a good part of the machine.
"""

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import TextIO

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",  # as Postfix and Exim do
    b"DATA": b"354 go\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Session(asyncio.Protocol):
    """One client: commands by line, then the mail until the lonely dot."""

    def __init__(self, book: TextIO) -> None:
        self._book = book
        self._buffer = b""
        self._in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self._in_mail:
            content, dot, rest = self._buffer.partition(b"\r\n.\r\n")
            if not dot:
                return False
            self._book.write(f"{time.time():.6f} {_message_id(content)}\n")
            self._in_mail, self._buffer = False, rest
            self._transport.write(b"250 kept\r\n")
            return True
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return False
        self._buffer = rest
        verb = line[:4].upper()
        self._in_mail = verb == b"DATA"
        self._transport.write(_ANSWERS.get(verb, b"250 ok\r\n"))
        if verb == b"QUIT":
            self._transport.close()
        return bool(rest)


def _message_id(content: bytes) -> str:
    head = content.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"message-id:"):
            return line.partition(b":")[2].strip().decode("ascii", "replace")
    return "-"


async def _serve(port: int, path: Path) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    with path.open("a") as book:
        server = await loop.create_server(lambda: Session(book), "127.0.0.1", port)
        while not ended.is_set():
            book.flush()
            try:
                await asyncio.wait_for(ended.wait(), 0.05)
            except TimeoutError:
                continue
        server.close()


def read(path: Path) -> list[tuple[float, str]]:
    """(time, message id) of what has come."""
    lines = (line.split(" ", 1) for line in path.read_text().splitlines())
    return [(float(at), name) for at, name in lines]


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
