# SPDX-License-Identifier: EUPL-1.2
"""What a piece of evidence is, what may be shown of it, and how its name is made harmless."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PENDING, CLEAN, INFECTED, UNSCANNED = "pending", "clean", "infected", "unscanned"
STATES = (PENDING, CLEAN, INFECTED, UNSCANNED)
IMAGE, MAIL, TEXT, PDF, SOUND, FILM, OTHER = (
    *("image", "mail", "text", "pdf", "sound", "film"),
    "other",
)
KINDS = (IMAGE, MAIL, TEXT, PDF, SOUND, FILM, OTHER)
SHOWN = frozenset({IMAGE, MAIL, TEXT, PDF})  # the rest is handed out as it came, never opened here
BLURRED = frozenset({IMAGE, PDF})  # first shown so that nothing can be made out
RECEIVED, VIEWED, UNBLURRED, DOWNLOADED, SCANNED = (
    *("received", "viewed", "unblurred", "downloaded"),
    "scanned",
)
ADMITTED = "admitted"  # came in by mail or from elsewhere; somebody made it a report
REPORTER, SCANNER = "reporter", "scanner"

MOST_AN_HOUR = 30
MOST_OF_AN_INCIDENT = 200
AT_ONCE = 10
SCANNED_WITHIN = timedelta(minutes=30)
_LONGEST_NAME = 120
_LONGEST_ENDING = 12
_NAMELESS = "datei"


class NoSuchAttachment(Exception):
    """There is no such piece of evidence, or not of this incident."""


class TooMany(Exception):
    """More files than one report may bring in an hour, or altogether."""


class NotShown(Exception):
    """Nothing of this file is shown; `why` is the id of a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Label:
    """What names a file; sealed, because names and checksums tell what it is."""

    name: str
    sha256: str
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """One file as it came in, sealed in pieces under a key of its own."""

    id: str
    incident_id: str
    key_id: str
    source: str
    kind: str
    size: int
    chunks: int
    state: str
    received_at: datetime
    scanned_at: datetime | None = None
    label: bytes = field(repr=False)  # sealed

    @property
    def may_leave(self) -> bool:
        """May somebody take the original along? Not before the scanner has seen it."""
        return self.state in (CLEAN, UNSCANNED)

    @property
    def is_shown(self) -> bool:
        """Is there a view of it?"""
        return self.may_leave and self.kind in SHOWN


@dataclass(frozen=True, kw_only=True)
class Touch:
    """Somebody has had to do with a file: a line of its custody log."""

    attachment_id: str
    incident_id: str
    at: datetime
    who: str
    act: str


def refuse_unseen(found: Attachment, act: str) -> None:
    """Raise NotShown where nobody may take the file along, or there is no view of it."""
    if not found.may_leave:
        raise NotShown(f"evidence.{found.state}_stays")
    if act != DOWNLOADED and not found.is_shown:
        raise NotShown("evidence.no_view")


def safe_name(told: str) -> str:
    """The last part of a name without what hides, turns round or controls; never empty."""
    last = told.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(_plain(each) for each in unicodedata.normalize("NFC", last[-2000:]))
    plain = " ".join(plain.split()).strip(". ")
    if not plain:
        return _NAMELESS
    if len(plain) <= _LONGEST_NAME:
        return plain
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        return plain[:_LONGEST_NAME]
    return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}"


def ending_of(name: str) -> str:
    """The ending of a name, small, without its dot."""
    _, dot, ending = name.rpartition(".")
    return ending.lower() if dot else ""


def _plain(character: str) -> str:
    """Nothing for controls, marks of direction and halves of characters; no quotes, no brackets."""
    category = unicodedata.category(character)
    if category[0] == "C":
        return ""
    if category[0] == "Z":
        return " "
    return "_" if character in '<>:"|?*' else character
