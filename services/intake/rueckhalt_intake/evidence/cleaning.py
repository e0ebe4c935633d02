# SPDX-License-Identifier: EUPL-1.2
"""The cleaned view: pictures drawn anew without metadata, mails and texts as plain words.

Pictures are first shown small and blurred. A picture of more than 40 million points is refused
by its header, before anything is unpacked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING

from rueckhalt_intake.evidence import mime
from rueckhalt_intake.evidence.domain import NotShown, safe_name
from rueckhalt_intake.evidence.mime import Opened, Part

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_POINTS = 40_000_000
LONGEST_TEXT = 50_000
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
EDGE, SMALL_EDGE, _BLUR = 1600, 320, 12
_HEADERS = ("From", "To", "Cc", "Date", "Subject", "Reply-To", "Message-ID", "Return-Path")
_MOST_RECEIVED, _LONGEST_PART = 20, 1024 * 1024
# A tag ends before the next one begins: a million brackets cost a million steps, not their square.
_TAGS = re.compile(r"<(?:style|script)\b.*?(?:</(?:style|script)>|\Z)|<[^<>]*>", re.I | re.S)
_SPELLED = re.compile(r"&#?[0-9A-Za-z]{1,8};")  # no longer: `unescape` counts digits without end
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
    told = mime.decoded(content, "utf-8")
    return told[:LONGEST_TEXT], len(told) > LONGEST_TEXT


def mail(content: bytes) -> MailView:
    """Sender, way, date and words of a mail; nothing in it is followed, opened or run."""
    found = mime.opened(content, into_mails=True)
    told = words_of(found)
    named = [(_named(part), len(part.content)) for part in found.parts if not _is_words(part)]
    return MailView(
        headers=tuple(_headers(found.headers)),
        text=told[:LONGEST_TEXT],
        is_cut=found.is_cut or len(told) > LONGEST_TEXT,
        parts=tuple(named),
    )


def words_of(found: Opened) -> str:
    """The plain words of a mail; where there are none, those of its HTML without the tags."""
    plain = "".join(_said(found, "text/plain"))
    return plain or _without_tags("".join(_said(found, "text/html")))


def _without_tags(told: str) -> str:
    """Words of HTML; letters that are spelled out (`&uuml;`) become letters after the tags went."""
    read = _SPELLED.sub(lambda found: unescape(found[0]), _TAGS.sub(" ", told))
    return _LINES.sub("\n\n", mime.printable(read)).strip()


def _said(found: Opened, kind: str) -> Iterator[str]:
    for part in found.parts:
        if part.media_type == kind and not part.is_attached:
            yield mime.decoded(part.content[:_LONGEST_PART], part.charset)


def _is_words(part: Part) -> bool:
    return part.media_type in ("text/plain", "text/html") and not part.is_attached


def _named(part: Part) -> str:
    return safe_name(part.name) if part.is_attached else part.media_type


def _written(plain: "Picture", *, blurred: bool) -> bytes:
    from PIL import ImageFilter  # noqa: PLC0415 - loads slowly

    if blurred:
        plain = plain.filter(ImageFilter.GaussianBlur(_BLUR))
    written = BytesIO()
    plain.save(written, "JPEG", quality=80)
    return written.getvalue()


def _headers(found: Message) -> Iterator[tuple[str, str]]:
    for name in _HEADERS:
        for told in found.get_all(name, [])[:2]:
            yield name, mime.word(told)
    for told in found.get_all("Received", [])[:_MOST_RECEIVED]:
        yield "Received", mime.word(told)
