# SPDX-License-Identifier: EUPL-1.2
"""Asks clamd over its socket whether a file is infected, and the worker's round that does so.

Without a scanner a file stays `unscanned` and says so; with one that does not answer it stays
`pending`, nobody gets it, and after half an hour `/readyz` and `check` say so.
"""

import socket
from collections.abc import Iterable
from typing import Protocol

from rueckhalt_intake.evidence import handlers
from rueckhalt_intake.evidence.domain import CLEAN, INFECTED
from rueckhalt_intake.evidence.sealing import Opener
from rueckhalt_intake.vault.sealing import SealedStrictly, Vault
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_PATIENCE = 60.0
_LONGEST_ANSWER = 4096


class ScannerSilent(Exception):
    """The scanner is away, or answered nothing that says yes or no."""


class Scanner(Protocol):
    """Whoever judges a file."""

    def judge(self, pieces: Iterable[bytes]) -> str:
        """`clean` or `infected`; raises ScannerSilent."""


class Clamd:
    """clamd by `zINSTREAM` (clamd(8)): pieces with their lengths in front, an empty one ends."""

    def __init__(self, address: str) -> None:
        """`address` is the path of a Unix socket, or `host:port`."""
        self._address = address

    def judge(self, pieces: Iterable[bytes]) -> str:
        """Ask; raises ScannerSilent."""
        try:
            with self._connected() as line:
                answer = _asked(line, pieces)
        except OSError as error:
            raise ScannerSilent(type(error).__name__) from None
        if answer == b"stream: OK":
            return CLEAN
        if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
            return INFECTED
        raise ScannerSilent("no verdict")

    def _connected(self) -> socket.socket:
        if self._address.startswith("/"):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(_PATIENCE)
            try:
                line.connect(self._address)
            except OSError:
                line.close()
                raise
            return line
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=_PATIENCE)


class Scanning:
    """The loop that lets waiting files be judged, oldest first."""

    def __init__(self, vault: Vault, scanner: Scanner | None) -> None:
        self._vault = vault
        self._scanner = scanner

    def run(self, database: Database) -> bool:
        """Judge what waits; false: the next round comes by itself."""
        if self._scanner is not None:
            self._judge(database, self._scanner)
        database.run(handlers.watch)
        return False

    def _judge(self, database: Database, scanner: Scanner) -> None:
        opener = Opener(self._vault, lambda file, n: database.read(handlers.chunk, file, n))
        for each in database.read(handlers.waiting):
            try:
                verdict = scanner.judge(opener.pieces(each))
            except ScannerSilent as silent:
                log.warning("the virus scanner gives no answer", cause=str(silent))
                return
            except SealedStrictly:
                continue  # only a person opens it; it stays pending, and is seen to be late
            database.run(handlers.note_scanned, each, verdict)


def _asked(line: socket.socket, pieces: Iterable[bytes]) -> bytes:
    line.sendall(b"zINSTREAM\0")
    for piece in pieces:
        if piece:
            line.sendall(len(piece).to_bytes(4, "big") + piece)
    line.sendall(bytes(4))
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        more = line.recv(1024)
        if not more:
            break
        answer += more
    return answer.rstrip(b"\0\r\n")
