# SPDX-License-Identifier: EUPL-1.2
"""A mailbox on the operator's mail server, by IMAP and always by TLS.

imap-tools signs in, lists and moves; it parses no mail for us, because a mail may be a bomb.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Literal

from rueckhalt_intake.inbound.postboxes import HEAD, Letter, LetterGone, PostboxShut

_PATIENCE = 30.0  # seconds for each answer
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_HEADS = f"(RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{HEAD}>)"
_WHOLE = "(BODY.PEEK[])"


@dataclass(frozen=True, kw_only=True)
class Imap:
    """The mailbox; what was taken is moved to `done`, or marked as seen where `done` is empty."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done: str = ""
    security: Literal["tls", "starttls"] = "tls"
    authorities: str = ""
    name: str = "imap"

    @contextmanager
    def opened(self) -> Iterator["ImapSession"]:
        """Signed in, with the folder open; raises PostboxShut."""
        import imaplib  # noqa: PLC0415 - only the worker of whoever has a mailbox needs them

        import imap_tools  # noqa: PLC0415

        broken = (OSError, imap_tools.ImapToolsError, imaplib.IMAP4.error)
        try:
            line = self._connected(imap_tools)
            try:
                yield self._signed_in(line)
            finally:
                _leave(line, broken)
        except imap_tools.MailboxLoginError:
            raise PostboxShut("the mail server does not accept user and password") from None
        except ssl.SSLCertVerificationError as error:
            raise PostboxShut(f"certificate: {error.verify_message}") from None
        except broken as error:
            raise PostboxShut(f"mail server: {type(error).__name__}") from None

    def _signed_in(self, line: Any) -> "ImapSession":
        line.login(self.user, self.password, initial_folder=None)
        if self.done and not line.folder.exists(self.done):
            line.folder.create(self.done)
        line.folder.set(self.folder)
        return ImapSession(line, done=self.done)

    def _connected(self, imap_tools: Any) -> Any:
        context = ssl.create_default_context(cafile=self.authorities or None)
        kind = imap_tools.MailBox if self.security == "tls" else imap_tools.MailBoxStartTls
        return kind(self.host, self.port, timeout=_PATIENCE, ssl_context=context)


def _leave(line: Any, broken: tuple[type[Exception], ...]) -> None:
    """Say goodbye, and hang up also where nobody answers any more."""
    with suppress(*broken):
        line.logout()
    with suppress(OSError):
        line.client.shutdown()


@dataclass(frozen=True)
class ImapSession:
    """One visit to the mailbox."""

    line: Any
    done: str

    def letters(self) -> Iterator[Letter]:
        """Every mail of the folder, or those not seen yet; each is asked for by itself."""
        for uid in self.line.uids("ALL" if self.done else "UNSEEN", charset=None):
            told, head = self._fetched(uid, _HEADS)
            if head is None:
                continue  # somebody has moved it meanwhile
            size, date = _SIZE.search(told), _DATE.search(told)
            yield Letter(
                key=uid,
                received_at=_moment(date.group(1) if date else b""),
                size=int(size.group(1)) if size else len(head),
                head=head,
                whole=partial(self._whole, uid),
            )

    def settle(self, letter: Letter) -> None:
        """Put it away; a flag is set without expunging what others have marked as deleted."""
        if self.done:
            self.line.move(letter.key, self.done)
        else:
            self.line.client.uid("STORE", letter.key, "+FLAGS.SILENT", r"(\Seen)")

    def _whole(self, uid: str) -> bytes:
        content = self._fetched(uid, _WHOLE)[1]
        if content is None:
            raise LetterGone
        return content

    def _fetched(self, uid: str, what: str) -> tuple[bytes, bytes | None]:
        """What the server says around a mail, and its bytes."""
        _, answer = self.line.client.uid("FETCH", uid, what)
        told, content = b"", None
        for each in answer or ():
            if isinstance(each, tuple):
                told, content = told + each[0], each[1]
            elif isinstance(each, bytes):
                told += each
        return told, content


def _moment(told: bytes) -> datetime:
    try:
        return parsedate_to_datetime(told.decode("ascii", "replace")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)
