# SPDX-License-Identifier: EUPL-1.2
"""Another system behind TLS that says what a test wants, and a name server that lies."""

import socket
import ssl
import threading
from collections.abc import Callable

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"

Answer = Callable[[ssl.SSLSocket], None]


def says(content: bytes) -> Answer:
    """Answer this and hang up."""
    return lambda line: line.sendall(content)


class Receiver:
    """Another system at one address; keeps what it was sent, byte by byte."""

    def __init__(self, address: str, context: ssl.SSLContext, port: int = 0) -> None:
        self.received: list[bytes] = []
        self.answer: Answer = says(NO_CONTENT)
        self.stopping = threading.Event()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family)
        self.port: int = self._listener.getsockname()[1]
        self._context = context
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            with plain:
                self._talk(plain)

    def _talk(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) as line:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += line.recv(4096)
                head, _, body = request.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                while len(body) < length:
                    body += line.recv(4096)
                self.received.append(head + b"\r\n\r\n" + body)
                self.answer(line)
        except OSError:
            return


class Names:
    """A name server that answers what its owner likes, another thing each time."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self._answers.pop(0)


def endless(content: bytes) -> Answer:
    """Say this again and again, as long as somebody listens."""

    def answer(line: ssl.SSLSocket) -> None:
        while True:
            line.sendall(content)

    return answer
