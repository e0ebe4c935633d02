# SPDX-License-Identifier: EUPL-1.2
"""An SMTP server that keeps what it gets, with the time of each mail."""

import email
import email.policy
import threading
import time
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from tests.support import free_port


class MailSink:
    """Accepts everything on a free port of the loopback."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: list[tuple[float, EmailMessage]] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the mail; aiosmtpd calls this."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self._lock:
            self._mails.append((time.time(), message))  # type: ignore[arg-type]
        return "250 kept"

    def start(self) -> "MailSink":
        """Listen."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()

    def mails(self) -> list[EmailMessage]:
        """What has come, oldest first."""
        with self._lock:
            return [message for _, message in self._mails]

    def times(self) -> list[tuple[float, str]]:
        """(arrival in seconds since 1970, Message-ID) of each mail."""
        with self._lock:
            return [(at, str(message["Message-ID"])) for at, message in self._mails]

    def clear(self) -> None:
        """Forget what has come."""
        with self._lock:
            self._mails.clear()
