# SPDX-License-Identifier: EUPL-1.2
"""The cleaned view: pictures drawn anew without metadata, mails and texts as plain words.

Pictures are first shown small and blurred. A picture of more than 40 million points is refused
by its header, before anything is unpacked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from io import BytesIO
from typing import TYPE_CHECKING

from rueckhalt_intake.evidence.domain import NotShown, safe_name

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_POINTS = 40_000_000
LONGEST_TEXT = 50_000
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
EDGE, SMALL_EDGE, _BLUR = 1600, 320, 12
_HEADERS = ("From", "To", "Cc", "Date", "Subject", "Reply-To", "Message-ID", "Return-Path")
_MOST_RECEIVED, _MOST_PARTS, _LONGEST_HEADER = 20, 200, 500
_TAGS = re.compile(r"<(?:style|script)\b.*?(?:</(?:style|script)>|\Z)|<[^>]*>", re.I | re.S)
_LINES = re.compile(r"\n\s*\n+")


@dataclass(frozen=True, kw_only=True)
class MailView:
    """A mail as plain words."""

    headers: tuple[tuple[str, str], ...]
    text: str
    is_cut: bool
    parts: tuple[tuple[str, int], ...]  # its own attachments: name and size


def picture(content: bytes, *, blurred: bool) -> bytes:
    """A JPEG of the picture without anything else of the file; raises NotShown."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - loads slowly

    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as found:
            if found.width * found.height > MOST_POINTS:
                raise NotShown("evidence.too_many_points")
            edge = SMALL_EDGE if blurred else EDGE
            found.draft("RGB", (edge, edge))
            drawn = ImageOps.exif_transpose(found)
            drawn.thumbnail((edge, edge))
            plain = Image.new("RGB", drawn.size, "white")
            seen = drawn.convert("RGBA")
            plain.paste(seen, mask=seen.getchannel("A"))
    except Image.DecompressionBombError:
        raise NotShown("evidence.too_many_points") from None
    except (OSError, ValueError, SyntaxError):
        raise NotShown("evidence.broken_picture") from None
    return _written(plain, blurred=blurred)


def from_points(size: tuple[int, int], points: bytes, *, blurred: bool) -> bytes:
    """A JPEG of points alone, three bytes each."""
    from PIL import Image  # noqa: PLC0415 - loads slowly

    return _written(Image.frombytes("RGB", size, points), blurred=blurred)


def text(content: bytes) -> tuple[str, bool]:
    """A text file, and whether it was cut."""
    told = _decoded(content, "utf-8")
    return told[:LONGEST_TEXT], len(told) > LONGEST_TEXT


def mail(content: bytes) -> MailView:
    """Sender, way, date and words of a mail; nothing in it is followed, opened or run."""
    found = message_from_bytes(content)
    plain, html, parts = _taken_apart(found)
    told = plain or _LINES.sub("\n\n", _TAGS.sub(" ", html)).strip()
    return MailView(
        headers=tuple(_headers(found)),
        text=told[:LONGEST_TEXT],
        is_cut=len(told) > LONGEST_TEXT,
        parts=tuple(parts),
    )


def _written(plain: "Picture", *, blurred: bool) -> bytes:
    from PIL import ImageFilter  # noqa: PLC0415 - loads slowly

    if blurred:
        plain = plain.filter(ImageFilter.GaussianBlur(_BLUR))
    written = BytesIO()
    plain.save(written, "JPEG", quality=80)
    return written.getvalue()


def _taken_apart(found: Message) -> tuple[str, str, list[tuple[str, int]]]:
    plain, html = "", ""
    parts: list[tuple[str, int]] = []
    for number, part in enumerate(found.walk()):
        if number >= _MOST_PARTS:
            break
        if part.is_multipart():
            continue
        payload = part.get_payload(decode=True)
        raw = payload if isinstance(payload, bytes) else b""
        name, kind = _word(part.get_filename()), part.get_content_type()
        if name or part.get_content_disposition() == "attachment":
            parts.append((safe_name(name), len(raw)))
        elif kind == "text/plain":
            plain += _decoded(raw, str(part.get_content_charset() or "utf-8"))
        elif kind == "text/html":
            html += _decoded(raw, str(part.get_content_charset() or "utf-8"))
        else:
            parts.append((kind, len(raw)))
    return plain, html, parts


def _headers(found: Message) -> Iterator[tuple[str, str]]:
    for name in _HEADERS:
        for told in found.get_all(name, [])[:2]:
            yield name, _word(told)
    for told in found.get_all("Received", [])[:_MOST_RECEIVED]:
        yield "Received", _word(told)


def _word(told: object) -> str:
    """A header as words: encoded parts are read, line breaks and controls go."""
    raw = str(told or "")[: _LONGEST_HEADER * 4]
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        pieces = [(raw, None)]
    read = "".join(
        _decoded(part, charset or "utf-8") if isinstance(part, bytes) else part
        for part, charset in pieces
    )
    return " ".join("".join(c if c.isprintable() else " " for c in read).split())[:_LONGEST_HEADER]


def _decoded(raw: bytes, charset: str) -> str:
    try:
        told = raw.decode(charset, "replace")
    except (LookupError, ValueError):
        told = raw.decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c in "\n\t" else "" for c in told.replace("\r\n", "\n"))
