# SPDX-License-Identifier: EUPL-1.2
"""One conversation with a mail server, command by command or (RFC 2920) several at once.

Nothing here raises for what the other side does: it comes back as an `Answer`.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Sequence
from functools import partial

from rueckhalt_notify.delivery.domain import Answer, Kind, Stage

Talk = Callable[[smtplib.SMTP], tuple[int, bytes]]
CLOSING = 421
_STAGES = (Stage.MAIL, Stage.RCPT, Stage.DATA)


def reply_to(smtp: smtplib.SMTP, command: str) -> tuple[int, bytes]:
    """The reply to a command; to one that was sent before, if this one is empty."""
    if command:
        smtp.putcmd(command)
    return smtp.getreply()


def send_together(smtp: smtplib.SMTP, commands: Sequence[tuple[Stage, str]]) -> Answer | None:
    """All commands in one go, for a server that announces PIPELINING; the fault, if there is one.

    Until the mail itself follows nothing is handed over, whatever the server says to DATA.
    """
    lines = b""
    for stage, command in commands:
        if "\r" in command or "\n" in command or not command.isascii():
            return Answer(stage, Kind.UNSENDABLE)
        lines += command.encode("ascii") + b"\r\n"
    try:
        smtp.send(lines)
    except (OSError, smtplib.SMTPException) as error:
        return failure(Stage.MAIL, error)
    return None


def is_welcome(answer: Answer) -> bool:
    """May the conversation go on?"""
    wanted = 3 if answer.stage is Stage.DATA else 2
    return answer.kind is Kind.REPLY and answer.code // 100 == wanted


def is_settled(smtp: smtplib.SMTP, *, after: Stage, answer: Answer) -> bool:
    """Hear the rest of a refused group, so that the connection can be used again; false if not.

    A server may say 354 although it refused the recipient: then a lonely dot ends it.
    """
    if answer.kind is not Kind.REPLY or answer.code == CLOSING:
        return False
    for stage in _STAGES[_STAGES.index(after) + 1 :]:
        further = heard(stage, lambda s: s.getreply(), smtp)
        if further.kind is not Kind.REPLY or further.code == CLOSING:
            return False
        if stage is Stage.DATA and is_welcome(further):
            end = heard(Stage.END, partial(reply_to, command="."), smtp)
            return end.kind is Kind.REPLY and end.code != CLOSING
    return True


def failure(stage: Stage, error: Exception) -> Answer:
    """An exception as an answer."""
    if isinstance(error, smtplib.SMTPResponseException):
        return Answer(stage, code=error.smtp_code, text=_text(error.smtp_error))
    kinds: tuple[tuple[type[Exception], Kind], ...] = (
        (smtplib.SMTPNotSupportedError, Kind.TLS),  # STARTTLS or AUTH is not offered
        (ssl.SSLError, Kind.TLS),
        (socket.gaierror, Kind.DNS),
        (ConnectionRefusedError, Kind.REFUSED),
        (TimeoutError, Kind.TIMEOUT),
        (UnicodeError, Kind.UNSENDABLE),
        (ValueError, Kind.UNSENDABLE),
    )
    kind = next((k for known, k in kinds if isinstance(error, known)), Kind.DROPPED)
    return Answer(stage, kind, text=type(error).__name__)


def heard(stage: Stage, talk: Talk, smtp: smtplib.SMTP) -> Answer:
    """What the server says, or the fault of the line as an answer."""
    try:
        code, words = talk(smtp)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return failure(stage, error)
    return Answer(stage, code=code, text=_text(words))


def hand_over(smtp: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    """The mail itself and the final dot; `smtplib.data` would hide which of both answers failed."""
    dotted = content.replace(b"\r\n.", b"\r\n..")
    smtp.send(dotted + (b".\r\n" if dotted.endswith(b"\r\n") else b"\r\n.\r\n"))
    return smtp.getreply()


def is_gone(answer: Answer) -> bool:
    """Has the server ended the connection?"""
    return answer.kind is Kind.DROPPED or answer.code == CLOSING


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
