# SPDX-License-Identifier: EUPL-1.2
"""Names of files made harmless, and the virus scanner: asked, silent, away."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from rueckhalt_intake.app import Settings, create_app
from rueckhalt_intake.evidence import handlers, store
from rueckhalt_intake.evidence.domain import PENDING, NotShown, safe_name
from rueckhalt_intake.evidence.scanning import Clamd, ScannerSilent, Scanning
from rueckhalt_shared.database import Database
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.states import states
from tests.intake import filing
from tests.intake.town import Sender, report
from tests.support import FakeClock


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("foto.jpg", "foto.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\bild.png", "bild.png"),
        ("rechnung\u202egpj.exe", "rechnunggpj.exe"),
        ("a\0b\r\nX-Evil: 1.txt", "abX-Evil_ 1.txt"),
        ("", "datei"),
        ("...", "datei"),
        ("\udc80bild.png", "bild.png"),
        ("x" * 10_000 + ".jpeg", "x" * 115 + ".jpeg"),
        ("Öffentliche Äußerung.eml", "Öffentliche Äußerung.eml"),
        ('"><script>.txt', "___script_.txt"),
    ],
)
def test_a_name_becomes_harmless(told: str, kept: str) -> None:
    assert safe_name(told) == kept


class FakeClamd:
    """Speaks `zINSTREAM` on a Unix socket and finds EICAR."""

    def __init__(self, path: Path, answer: bytes | None = None) -> None:
        self.seen: list[bytes] = []
        self._answer = answer
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._line.bind(str(path))
        self._line.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._line.accept()
            except OSError:
                return
            with client, client.makefile("rb") as sent:
                assert sent.read(10) == b"zINSTREAM\0"
                content = b""
                while length := int.from_bytes(sent.read(4), "big"):
                    content += sent.read(length)
                self.seen.append(content)
                is_bad = filing.EICAR in content
                told = b"stream: Eicar-Local.UNOFFICIAL FOUND\0" if is_bad else b"stream: OK\0"
                client.sendall(told if self._answer is None else self._answer)


@contextmanager
def clamd(path: Path, answer: bytes | None = None) -> Iterator[FakeClamd]:
    found = FakeClamd(path, answer)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture
def waiting(town: Sender, database: Database) -> str:
    """A file that waits for the scanner."""
    number = str(town.post(report()).json["id"])
    file = filing.filed(database, number, b"x" + filing.EICAR, "brief.txt")
    database.run(lambda tx: tx.execute(store.attachments.update().values(state=PENDING)))
    return file


def state(database: Database) -> str:
    return str(database.read(lambda tx: tx.execute(select(store.attachments.c.state)).scalar_one()))


@pytest.mark.enable_socket
def test_an_infected_file_stays_sealed_and_nobody_gets_it(
    waiting: str, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "clamd"
    with clamd(path) as scanner:
        Scanning(database.context["vault"], Clamd(str(path))).run(database)

    found: Any = database.read(store.find, waiting)
    assert scanner.seen == [b"x" + filing.EICAR]
    assert state(database) == "infected"
    assert not found.may_leave
    incident: Any = database.read(_incident, found.incident_id)
    with pytest.raises(NotShown, match="infected_stays"):
        database.run(handlers.take_own, incident, waiting)


@pytest.mark.enable_socket
@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: \0"])
def test_what_is_no_verdict_is_never_clean(
    waiting: str, database: Database, tmp_path: Path, answer: bytes
) -> None:
    path = tmp_path / "clamd"
    with clamd(path, answer):
        Scanning(database.context["vault"], Clamd(str(path))).run(database)

    assert state(database) == PENDING


def test_a_scanner_that_is_away_is_said_aloud_after_half_an_hour(
    waiting: str, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    scanning = Scanning(database.context["vault"], Clamd(str(tmp_path / "nobody")))

    scanning.run(database)
    early = database.read(states)["scanner"].state
    clock.pass_(seconds=31 * 60)
    scanning.run(database)

    assert (early, database.read(states)["scanner"].state) == ("up", "overdue")
    assert state(database) == PENDING
    with pytest.raises(ScannerSilent):
        Clamd(str(tmp_path / "nobody")).judge([b"x"])


@pytest.mark.parametrize("wrong", [{"scanner": "clamd"}, {"evidence_bytes": 5}])
def test_settings_that_cannot_be_are_refused(settings: Settings, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSettings, match="must be"):
        replace(settings, **wrong)


def test_with_a_scanner_a_file_waits_for_it(settings: Settings, database: Database) -> None:
    app = create_app(replace(settings, scanner="/run/clamd"), database)

    assert app.extensions["rueckhalt"].extensions["scanner"] == "/run/clamd"


def _incident(tx: Any, number: str) -> Any:
    from rueckhalt_intake.incidents import erasing

    return erasing.whoever_asks(tx, number)
