# SPDX-License-Identifier: EUPL-1.2
"""A mail as an arrival: the whole of it kept as a file, what it holds beside it, its words.

Nothing is guessed from what it says. One thing is certain: whoever attaches a mail reports a mail.
"""

import mimetypes
import re
from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from email.utils import parseaddr
from hashlib import sha256
from typing import Any

from rueckhalt_intake.evidence import cleaning, mime
from rueckhalt_intake.evidence.domain import MAIL, ending_of
from rueckhalt_intake.evidence.kinds import kind_of
from rueckhalt_intake.evidence.mime import Opened, Part
from rueckhalt_intake.inbound.domain import EMAIL, FileTold, Told
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
WHOLE = "e-mail.eml"
_HEAD = 8 * 1024
_ADDRESS = re.compile(r"[^\s<>,;:\"'()\[\]@]{1,64}@[^\s<>,;:\"'()\[\]@]{1,255}")
_DELIVERED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_ADDRESSED = ("To", "Cc", "Resent-To")
_ENDINGS = frozenset({"eml", "msg"})
_HEADING, _MOST_SHOWN = ("From", "Date", "Subject"), 5
_LONGEST_NAME, _LONGEST_MAIL = 200, 254


def told_of(raw: bytes, municipality: str, *, received_at: datetime | None = None) -> Told:
    """The mail as it will wait. Never raises: what nobody can read is kept whole all the same."""
    try:
        return _read(raw, municipality, received_at)
    except Exception as error:  # a fault of ours must not cost anybody's mail
        log.error("a mail could not be read", exc_info=error)
        return Told(
            municipality=municipality,
            origin=EMAIL,
            reference=sha256(raw).hexdigest(),
            received_at=received_at,
            notes=(("inbound.note.unreadable", 0),),
            files=(FileTold(name=WHOLE, content=raw),),
        )


def _read(raw: bytes, municipality: str, received_at: datetime | None) -> Told:
    found = mime.opened(raw)
    parts = [part for part in found.parts if _is_file(part)]
    files = [FileTold(name=WHOLE, content=raw)]
    files += [_file_of(part, number) for number, part in enumerate(parts, start=1)]
    is_mail = kind_of(raw[:_HEAD], WHOLE)[0] == MAIL
    text = cleaning.words_of(found) if is_mail else ""
    return Told(
        municipality=municipality,
        origin=EMAIL,
        reference=reference_of(raw, found.headers),
        received_at=received_at,
        subject=mime.word(found.headers.get("Subject")),
        sender=mime.word(found.headers.get("From")),
        text=text,
        attached=tuple(_attached(parts)),
        answers=dict(_certain(found.headers, files[1:])),
        notes=tuple(_notes(found, is_readable=is_mail and bool(text or parts))),
        files=tuple(files),
    )


def too_large(head: bytes, municipality: str, *, size: int, received_at: datetime) -> Told:
    """A mail above the limit, of which only the headers were read: it stays where it lies."""
    headers = mime.opened(head).headers
    return Told(
        municipality=municipality,
        origin=EMAIL,
        reference=f"{headers.get('Message-ID', '')}|{size}|{sha256(head).hexdigest()}",
        received_at=received_at,
        subject=mime.word(headers.get("Subject")),
        sender=mime.word(headers.get("From")),
        notes=(("inbound.note.too_large", -(-size // (1024 * 1024))),),
    )


def reference_of(raw: bytes, headers: Message) -> str:
    """What makes two copies the same mail: its id together with its body.

    The id alone would let somebody who knows it keep another mail away by sending theirs first.
    """
    named = mime.word(headers.get("Message-ID"))
    content = mime.body_of(raw) if named else raw
    return f"{named}|{sha256(content).hexdigest()}"


def recipients(head: bytes) -> Iterator[str]:
    """The addresses a mail was delivered to, then those it names; small, the surest first."""
    headers = mime.opened(head).headers
    for name in (*_DELIVERED, *_ADDRESSED):
        for told in headers.get_all(name, [])[:5]:
            yield from (each.lower() for each in _ADDRESS.findall(str(told)))


def _attached(parts: list[Part]) -> Iterator[tuple[str, str]]:
    """The words of attached mails: without them nobody could say what has happened."""
    mails = [part.content for part in parts if part.media_type == mime.MAIL]
    for content in mails[:_MOST_SHOWN]:
        read = cleaning.mail(content)
        heading = ", ".join(told for name, told in read.headers if name in _HEADING)
        yield heading, read.text


def _certain(headers: Message, files: list[FileTold]) -> Iterator[tuple[str, Any]]:
    """The answers that need no guess; the sender is proposed as whom to write to."""
    if any(ending_of(each.name) in _ENDINGS for each in files):
        yield "channel", "email"
    name, address = _sender(mime.word(headers.get("From")))
    if _ADDRESS.fullmatch(address) and len(address) <= _LONGEST_MAIL:
        yield "email", address
        if name:
            yield "name", name[:_LONGEST_NAME]


def _sender(told: str) -> tuple[str, str]:
    try:
        return parseaddr(told)
    except RecursionError:  # brackets in brackets in brackets
        return "", ""


def _notes(found: Opened, *, is_readable: bool) -> Iterator[tuple[str, int]]:
    if not is_readable:
        yield "inbound.note.unreadable", 0
    if found.is_cut:
        yield "inbound.note.many_parts", mime.MOST_PARTS
    if "auto-submitted" in found.headers and _is_automatic(found.headers):
        yield "inbound.note.automatic", 0


def _is_automatic(headers: Message) -> bool:
    return str(headers.get("Auto-Submitted", "no")).strip().lower() != "no"


def _is_file(part: Part) -> bool:
    is_words = part.media_type in ("text/plain", "text/html")
    return bool(part.content) and (part.is_attached or not is_words)


def _file_of(part: Part, number: int) -> FileTold:
    return FileTold(name=_name_of(part, number), content=part.content)


def _name_of(part: Part, number: int) -> str:
    """Its own name; an attached mail gets the ending that says so, what has none a number."""
    if part.media_type == mime.MAIL:
        inner = mime.word(mime.opened(part.content[:_HEAD]).headers.get("Subject"))
        name = part.name or inner or f"e-mail-{number}"
        return name if ending_of(name) == "eml" else f"{name}.eml"
    ending = mimetypes.guess_extension(part.media_type) or ".bin"
    return part.name or f"teil-{number}{ending}"
