# SPDX-License-Identifier: EUPL-1.2
"""A notice as the bytes of a mail.

Written by hand because `email.generator` costs twenty times as much per mail and the form never
varies: fixed ASCII headers, one text, one HTML, both quoted-printable. A test reads each one back
with the standard library and finds no defect.
"""

import binascii
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache

from rueckhalt_notify.templates.domain import one_line
from rueckhalt_notify.templates.handlers import Rendered

_FORM = """\
From: {sender}
To: {to}
Subject: {subject}
Date: {date}
Message-ID: {message_id}
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: All
Content-Language: {language}
MIME-Version: 1.0
"""
_PART = """\
Content-Type: text/{kind}; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

"""


@dataclass(frozen=True)
class Letter:
    """One mail to one recipient."""

    to: str
    message_id: str
    content: bytes


def compose(  # one argument per header
    words: Rendered,
    *,
    sender: str,
    to: str,
    message_id: str,
    at: datetime,
    plain: bool = False,
) -> Letter:
    """The mail; `plain` leaves the HTML out, for servers that stumble over it."""
    head = _FORM.format(
        sender=one_line(sender),
        to=one_line(to),
        subject=_encoded(words.subject),
        date=format_datetime(at),
        message_id=message_id,
        language=words.language,
    )
    text = _part("plain", words.text)
    if plain:
        return Letter(to, message_id, _crlf(head) + text)
    mark = "=_" + message_id.strip("<>").partition("@")[0][:40]  # cannot occur in quoted-printable
    content = (
        _crlf(f'{head}Content-Type: multipart/alternative; boundary="{mark}"\n\n--{mark}\n')
        + text
        + _crlf(f"\n--{mark}\n")
        + _part("html", words.html)
        + _crlf(f"\n--{mark}--\n")
    )
    return Letter(to, message_id, content)


def mailbox(name: str, address: str) -> str:
    """The sender as a header value, with a name that may hold umlauts."""
    return formataddr((one_line(name), address), charset="utf-8")


def _part(kind: str, words: str) -> bytes:
    body = words.rstrip("\n").replace("\n", "\r\n").encode("utf-8", "replace")
    return _crlf(_PART.format(kind=kind)) + binascii.b2a_qp(body, istext=True) + b"\r\n"


def _crlf(lines: str) -> bytes:
    return lines.replace("\n", "\r\n").encode("ascii")


@lru_cache(maxsize=64)
def _encoded(subject: str) -> str:
    """Subjects repeat: encode each wording once."""
    line = one_line(subject)
    return line if line.isascii() else Header(line, "utf-8").encode(linesep="\n")
