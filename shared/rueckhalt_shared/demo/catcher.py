# SPDX-License-Identifier: EUPL-1.2
"""The mail catcher: takes every mail of the sample installation and lets none out.

Listens on a free port of this machine. Mails lie in `mails.db` of the data folder, so that they
are there again after a restart; nobody needs them after a crash of the machine.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

_TABLE = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    content BLOB NOT NULL
)
"""


class Mails:
    """What was caught; each use opens its own connection."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._open()) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(_TABLE)
        path.chmod(0o600)

    def add(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Keep one mail."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with closing(self._open()) as database:
            database.execute(
                "INSERT INTO mails (received_at, sender, recipients, content) VALUES (?, ?, ?, ?)",
                (now, sender, "\n".join(recipients), content),
            )

    def all(self, *, after: int = 0, newest: int | None = None) -> list[dict[str, Any]]:
        """The mails, newest last; those after an id, or only the newest few."""
        query = "SELECT id, received_at, sender, recipients, content FROM mails WHERE id > ?"
        with closing(self._open()) as database:
            if newest is None:
                rows = database.execute(f"{query} ORDER BY id", (after,)).fetchall()
            else:
                limited = f"{query} ORDER BY id DESC LIMIT ?"
                rows = database.execute(limited, (after, newest)).fetchall()[::-1]
        return [_told(row) for row in rows]

    def find(self, mail: int) -> dict[str, Any] | None:
        """One mail."""
        with closing(self._open()) as database:
            row = database.execute(
                "SELECT id, received_at, sender, recipients, content FROM mails WHERE id = ?",
                (mail,),
            ).fetchone()
        return _told(row) if row else None

    def count(self) -> int:
        """How many."""
        with closing(self._open()) as database:
            return int(database.execute("SELECT count(*) FROM mails").fetchone()[0])

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        database.execute("PRAGMA synchronous=NORMAL")
        return database


def _told(row: tuple[int, str, str, str, bytes]) -> dict[str, Any]:
    mail, received_at, sender, recipients, content = row
    message = message_from_bytes(content, policy=policy.default)
    return {
        "id": str(mail),
        "received_at": received_at,
        "from": sender,
        "to": recipients.split("\n"),
        "subject": str(message["Subject"] or ""),
        "message_id": str(message["Message-ID"] or ""),
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
    }


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else None


class Catcher:
    """An SMTP server in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.mails = Mails(path)
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mail-catcher", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self) -> None:
        """Listen on a free port of this machine; returns when mail can come."""
        listening = self._loop.create_server(self._session, "127.0.0.1", 0)
        self._server = self._loop.run_until_complete(listening)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread.start()

    def stop(self) -> None:
        """Take no more mail."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(2)

    def _session(self) -> SMTP:
        return SMTP(_Handler(self.mails.add), hostname="catcher.invalid", enable_SMTPUTF8=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        if self._server is not None:
            self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


class _Handler:
    """aiosmtpd calls this for each mail."""

    def __init__(self, keep: Callable[[str, list[str], bytes], None]) -> None:
        self._keep = keep

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep it; only then say 250."""
        content = envelope.original_content or b""
        self._keep(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        return "250 caught"
