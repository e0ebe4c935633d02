# SPDX-License-Identifier: EUPL-1.2
"""Takes a mail apart without trusting it: by offsets, a few levels deep, some hundred parts.

The parser of the standard library goes as deep as a mail says, asks every level at every line, and
writes an attached mail anew; here time and depth have an end, and each part keeps its own bytes.
"""

import re
from base64 import b64decode
from binascii import a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from itertools import islice

MOST_PARTS, DEEPEST = 200, 10
_LONGEST_HEAD, _LONGEST_VALUE, _LONGEST_WORD = 256 * 1024, 4000, 500
_MOST_HEADERS = 1000
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_NO_HEAD = re.compile(rb"\r?\n")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(each for each in range(256) if each not in _BASE64)
# Character sets a mail may name; others (`punycode`, `unicode_escape`) are slow or are no text.
_CHARSET = re.compile(
    r"(?:us-)?ascii|utf-?(?:7|8|16|32)(?:-?[bl]e)?|iso-?8859-?\d{1,2}|latin-?1|windows-?125\d|cp\d{3,4}"
    r"|koi8-[ru]|gb2312|gbk|gb18030|big5|shift[-_]jis|euc-(?:jp|kr)|iso-2022-(?:jp|kr)|mac-?roman",
    re.I,
)
_BROKEN = (HeaderParseError, ValueError, LookupError, TypeError, AttributeError)
MAIL = "message/rfc822"
_NEWLINE = 10
_BOM = b"\xef\xbb\xbf"  # what some editors put in front of a mail they save


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part that is not made of parts: what its headers say, and its bytes as they were sent."""

    media_type: str
    name: str
    charset: str
    is_attached: bool
    content: bytes = field(repr=False)


@dataclass
class Opened:
    """A mail that was taken apart; `is_cut`: there was more of it than anybody looks at."""

    headers: Message
    parts: list[Part] = field(default_factory=list)
    is_cut: bool = False
    visited: int = 0

    def may_go_on(self) -> bool:
        """One part more; empty ones count as well."""
        self.visited += 1
        self.is_cut = self.is_cut or self.visited > MOST_PARTS
        return self.visited <= MOST_PARTS


def opened(raw: bytes, *, into_mails: bool = False) -> Opened:
    """The headers and parts of a mail; attached mails stay whole unless `into_mails`."""
    headers, start = _first_head(raw)
    found = Opened(headers)
    _walk(raw, (start, len(raw)), headers, found, depth=0, into_mails=into_mails)
    return found


def body_of(raw: bytes) -> bytes:
    """What stands behind the headers: equal for copies that took other ways."""
    return raw[_first_head(raw)[1] :]


def word(told: object) -> str:
    """A header as words: encoded parts are read, line breaks and controls go."""
    raw = str(told or "")[: _LONGEST_WORD * 4]
    try:
        pieces = decode_header(raw)
    except _BROKEN:
        pieces = [(raw, None)]
    read = "".join(
        decoded(part, charset or "latin-1") if isinstance(part, bytes) else part
        for part, charset in pieces
    )
    return " ".join("".join(c if c.isprintable() else " " for c in read).split())[:_LONGEST_WORD]


def decoded(raw: bytes, charset: str) -> str:
    """Text without controls; what its character set does not explain is marked, never refused."""
    known = charset if _CHARSET.fullmatch(charset.strip()) else "utf-8"
    try:
        told = raw.decode(known.strip(), "replace")
    except (LookupError, ValueError):
        told = raw.decode("utf-8", "replace")
    return printable(told)


def printable(told: str) -> str:
    """Without controls; where one of them kept two words apart, a blank does."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else " " * c.isspace()
        for c in told.replace("\r\n", "\n")
    )


def _walk(
    raw: bytes,
    place: tuple[int, int],
    headers: Message,
    found: Opened,
    *,
    depth: int,
    into_mails: bool,
) -> None:
    within = _within(raw, place, headers, into_mails=into_mails)
    if within is None or depth >= DEEPEST:
        found.is_cut = found.is_cut or within is not None
        found.parts.append(_part(headers, raw[slice(*place)]))
        return
    for start, end in within:
        if not found.may_go_on():
            return
        inner, body = _head(raw, start, end)
        _walk(raw, (body, end), inner, found, depth=depth + 1, into_mails=into_mails)


def _within(
    raw: bytes, place: tuple[int, int], headers: Message, *, into_mails: bool
) -> Iterator[tuple[int, int]] | None:
    """Where the parts of this part lie; None where it is not made of parts."""
    if headers.get_content_maintype() == "multipart" and (boundary := _boundary(headers)):
        return _split(raw, *place, boundary)
    return iter((place,)) if into_mails and headers.get_content_type() == MAIL else None


def _first_head(raw: bytes) -> tuple[Message, int]:
    return _head(raw, len(_BOM) if raw.startswith(_BOM) else 0, len(raw))


def _head(raw: bytes, start: int, end: int) -> tuple[Message, int]:
    """The headers that begin there, and where the body does."""
    last = min(end, start + _LONGEST_HEAD)
    if empty := _NO_HEAD.match(raw, start, end):
        return Message(), empty.end()
    over = _END_OF_HEAD.search(raw, start, last)
    headers = BytesHeaderParser().parsebytes(raw[start : over.start() if over else last])
    short = Message()
    for name, value in islice(headers.raw_items(), _MOST_HEADERS):
        short[name] = _value(value)[:_LONGEST_VALUE]
    return short, over.end() if over else last


def _value(told: str) -> str:
    """Letters that nobody has encoded: UTF-8, else as Windows in Western Europe writes them."""
    sent = told.encode("ascii", "surrogateescape")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("cp1252", "replace")


def _boundary(headers: Message) -> bytes:
    try:
        return (headers.get_boundary() or "").encode("ascii", "replace")
    except _BROKEN:
        return b""


def _split(raw: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts between the boundaries lie; the last one may lack its end."""
    line = re.compile(b"--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$", re.M)
    begun = None
    for found in line.finditer(raw, start, end):
        if found.start() > start and raw[found.start() - 1] != _NEWLINE:
            continue
        if begun is not None:
            yield begun, max(begun, _before_line(raw, found.start()))
        begun = min(found.end() + 1, end)
        if found.group(1):
            return
    if begun is not None and begun < end:
        yield begun, end


def _before_line(raw: bytes, place: int) -> int:
    """The line break in front of a boundary belongs to the boundary."""
    place -= raw[place - 1 : place] == b"\n"
    return place - (raw[place - 1 : place] == b"\r")


def _part(headers: Message, sent: bytes) -> Part:
    try:
        name, charset = word(headers.get_filename()), str(headers.get_content_charset() or "utf-8")
        how = str(headers.get_content_disposition() or "")
    except _BROKEN:
        name, charset, how = "", "utf-8", ""
    return Part(
        media_type=headers.get_content_type(),
        name=name,
        charset=charset,
        is_attached=bool(name) or how == "attachment",
        content=_unpacked(sent, str(headers.get("Content-Transfer-Encoding", "")).strip().lower()),
    )


def _unpacked(sent: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        plain = sent.translate(None, _NOT_BASE64)
        plain = plain[: len(plain) - (len(plain) % 4 == 1)]
        return b64decode(plain + b"=" * (-len(plain) % 4))
    return a2b_qp(sent) if encoding == "quoted-printable" else sent
