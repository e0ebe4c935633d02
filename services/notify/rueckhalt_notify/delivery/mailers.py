# SPDX-License-Identifier: EUPL-1.2
"""Ways out of the house: SMTP, and a console for trying things out.

A mailer never raises for what the other side does: it answers with an `Answer`, and `classify`
says what that means.
"""

import smtplib
import socket
import ssl
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Literal, Protocol, TextIO

from rueckhalt_notify.delivery.domain import Answer, Kind, Stage
from rueckhalt_notify.delivery.letter import Letter
from rueckhalt_notify.delivery.talking import (
    CLOSING,
    failure,
    hand_over,
    heard,
    is_gone,
    is_settled,
    is_welcome,
    reply_to,
    send_together,
)
from rueckhalt_shared import crash

Tls = Literal["starttls", "tls", "none"]
_TOGETHER = 25.0  # seconds a whole mail may take: less than the lease on its notice
_REST_AFTER = 20.0  # seconds without a mail after which the connection is given back


class Mailer(Protocol):
    """Hands letters over, one at a time."""

    name: str

    def open(self) -> Answer | None:
        """Be ready to send; an answer says why not."""

    def send(self, letter: Letter) -> Answer:
        """Hand one letter over and say what was answered."""

    def rest(self) -> None:
        """Nothing to do at the moment."""

    def close(self) -> None:
        """Let go of everything."""


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The mail server of the municipality."""

    host: str
    port: int
    tls: Tls = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    authorities: str = ""  # PEM; those of the machine where there is none
    timeout: float = 10.0
    sender: str = ""


def is_loopback(host: str) -> bool:
    """Does this name mean this machine?"""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


class SmtpMailer:
    """One kept connection to a relay, verified, opened again whenever it is gone."""

    name = "smtp"

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._smtp: smtplib.SMTP | None = None
        self._context: ssl.SSLContext | None = None
        self._used_at = 0.0
        self._carried = 0

    def open(self) -> Answer | None:
        """Connect, encrypt, sign in; nothing where that is done already."""
        if self._smtp is not None:
            return None
        try:
            self._smtp = self._connect()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return failure(Stage.OPEN, error)
        self._used_at = time.monotonic()
        self._carried = 0
        return None

    def send(self, letter: Letter) -> Answer:
        """MAIL, RCPT, DATA, and the answer to the final dot."""
        answer = self._once(letter)
        if answer.stage is Stage.MAIL and self._carried and is_gone(answer):
            self.close()  # the server ended a connection we had kept; nothing was handed over
            answer = self.open() or self._once(letter)
        self._used_at = time.monotonic()
        self._carried += 1
        if answer.kind is not Kind.REPLY or answer.code == CLOSING:
            self.close()
        elif answer.stage is not Stage.END:
            self._reset()
        return answer

    def rest(self) -> None:
        """Give an idle connection back before the server does."""
        if self._smtp is not None and time.monotonic() - self._used_at > _REST_AFTER:
            self.close()

    def close(self) -> None:
        """Say goodbye, if anybody listens."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                if smtp.sock is not None:
                    smtp.sock.settimeout(1.0)
                smtp.quit()
            smtp.close()

    def _once(self, letter: Letter) -> Answer:
        smtp = self._smtp
        if smtp is None:
            return Answer(Stage.MAIL, Kind.DROPPED)
        until = time.monotonic() + _TOGETHER
        commands = (
            (Stage.MAIL, f"MAIL FROM:<{self._relay.sender}>"),
            (Stage.RCPT, f"RCPT TO:<{letter.to}>"),
            (Stage.DATA, "DATA"),
        )
        together = smtp.has_extn("pipelining")
        if together:
            crash.at("smtp.before_data")
            if (unsent := send_together(smtp, commands)) is not None:
                return unsent
        for stage, command in commands:
            self._limit(smtp, until)
            if stage is Stage.DATA and not together:
                crash.at("smtp.before_data")
            talk = partial(reply_to, command="" if together else command)
            answer = heard(stage, talk, smtp)
            if not is_welcome(answer):
                if together and not is_settled(smtp, after=stage, answer=answer):
                    self.close()
                return answer
        self._limit(smtp, until)
        return heard(Stage.END, lambda s: hand_over(s, letter.content), smtp)

    def _limit(self, smtp: smtplib.SMTP, until: float) -> None:
        """Each answer in time, and all of them together before somebody else takes over."""
        if smtp.sock is not None:
            smtp.sock.settimeout(max(0.1, min(self._relay.timeout, until - time.monotonic())))

    def _reset(self) -> None:
        if self._smtp is not None:
            answer = heard(Stage.MAIL, lambda s: s.rset(), self._smtp)
            if answer.code != 250:
                self.close()

    def _connect(self) -> smtplib.SMTP:
        relay = self._relay
        own_name = socket.gethostname()  # smtplib would ask the DNS for it each time
        smtp: smtplib.SMTP
        if relay.tls == "tls":
            smtp = smtplib.SMTP_SSL(
                relay.host, relay.port, own_name, timeout=relay.timeout, context=self._verified()
            )
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, own_name, timeout=relay.timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if relay.tls == "starttls":
                smtp.starttls(context=self._verified())
                smtp.ehlo_or_helo_if_needed()
            if relay.user:
                smtp.login(relay.user, relay.password)
            if smtp.sock is not None:
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _verified(self) -> ssl.SSLContext:
        """Without a context of ours smtplib would accept any certificate."""
        if self._context is None:
            self._context = ssl.create_default_context(cadata=self._relay.authorities or None)
        return self._context


class ConsoleMailer:
    """Writes that a mail would leave, for a machine without a mail server; never its words."""

    name = "console"

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def open(self) -> Answer | None:
        """Always ready."""
        return None

    def send(self, letter: Letter) -> Answer:
        """One line per letter."""
        crash.at("smtp.before_data")
        self._stream.write(f"mail {letter.message_id} {len(letter.content)} bytes\n")
        self._stream.flush()
        return Answer(Stage.END, code=250, text="2.0.0 written")

    def rest(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is kept."""


SIMULATED = {
    "simulate-delivered": Answer(Stage.END, code=250, text="2.0.0 simulated"),
    "simulate-bounced": Answer(Stage.RCPT, code=550, text="5.1.1 simulated"),
    "simulate-delayed": Answer(Stage.RCPT, code=451, text="4.7.1 simulated"),
    "simulate-blocked": Answer(Stage.END, code=550, text="5.7.1 simulated"),
}


class Simulated:
    """Answers for the simulated recipients itself; everybody else reaches the mailer behind."""

    def __init__(self, behind: Mailer) -> None:
        self.name = behind.name
        self._behind = behind
        self.open = behind.open
        self.rest = behind.rest
        self.close = behind.close

    def send(self, letter: Letter) -> Answer:
        """`simulate-bounced@…` bounces without a mail server that would."""
        simulated = SIMULATED.get(letter.to.partition("@")[0])
        return simulated or self._behind.send(letter)
