# SPDX-License-Identifier: EUPL-1.2
"""What a file is by its first bytes and its ending together; where the two differ, `other`."""

import re

from rueckhalt_intake.evidence.domain import FILM, IMAGE, MAIL, OTHER, PDF, SOUND, TEXT, ending_of

UNKNOWN = "application/octet-stream"
_BY_MAGIC = {
    "image/jpeg": (IMAGE, {"jpg", "jpeg", "jpe", "jfif"}),
    "image/png": (IMAGE, {"png"}),
    "image/gif": (IMAGE, {"gif"}),
    "image/webp": (IMAGE, {"webp"}),
    "application/pdf": (PDF, {"pdf"}),
    "audio/mpeg": (SOUND, {"mp3"}),
    "audio/wav": (SOUND, {"wav"}),
    "audio/x-wav": (SOUND, {"wav"}),
    "audio/wave": (SOUND, {"wav"}),
    "audio/ogg": (SOUND, {"ogg", "oga", "opus"}),
    "audio/x-m4a": (SOUND, {"m4a"}),
    "audio/mp4": (SOUND, {"m4a"}),
    "video/mp4": (FILM, {"mp4", "m4v"}),
    "video/quicktime": (FILM, {"mov"}),
    "video/webm": (FILM, {"webm"}),
}
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_HEADER = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:From [^\r\n]*\r?\n)?"  # as editors and mail programs save it
    rb"(?:[!-9;-~]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2}"
)
_MAIL_WORDS = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?:from|received|return-path|message-id|date|subject):", re.I | re.M
)


def kind_of(head: bytes, name: str) -> tuple[str, str]:
    """Kind and media type of a file by its first bytes and its name."""
    ending = ending_of(name)
    if ending == "eml" and _is_mail(head):
        return MAIL, "message/rfc822"
    for found in _media_types(head):
        kind, endings = _BY_MAGIC.get(found, (OTHER, set()))
        if ending in endings:
            return kind, found
    if ending == "txt" and _is_text(head):
        return TEXT, "text/plain"
    return OTHER, UNKNOWN


def _media_types(head: bytes) -> list[str]:
    """What the bytes look like; the ones we show are known without a guess."""
    sure = [told for start, told in _STARTS if head.startswith(start)]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        sure.append("image/webp")
    if sure or not head:
        return sure
    import puremagic  # noqa: PLC0415 - reads its tables when it is imported

    try:
        return [each.mime_type for each in puremagic.magic_string(head)]
    except (puremagic.PureError, ValueError):
        return []


def _is_mail(head: bytes) -> bool:
    return _HEADER.match(head) is not None and _MAIL_WORDS.search(head) is not None


def _is_text(head: bytes) -> bool:
    if b"\0" in head or any(byte < 9 or 13 < byte < 32 for byte in head):
        return False
    return not head.lstrip().lower().startswith((b"<", b"%!", b"#!", b"{\\rtf"))
