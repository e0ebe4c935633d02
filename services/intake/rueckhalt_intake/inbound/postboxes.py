# SPDX-License-Identifier: EUPL-1.2
"""Where mails lie before they are taken: what a postbox offers, and a folder on this machine."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

HEAD = 64 * 1024  # of a mail: enough to know whom it is for


class PostboxShut(Exception):
    """The postbox cannot be read now; `told` says why, without names and contents."""


class LetterGone(Exception):
    """It lies there no more."""


class LetterShut(Exception):
    """This one cannot be read, unlike the others."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail that lies in a postbox; its content is fetched when somebody asks."""

    key: str
    received_at: datetime
    size: int
    head: bytes = field(repr=False)
    whole: Callable[[], bytes] = field(repr=False)


class OpenPostbox(Protocol):
    """A postbox while somebody empties it."""

    def letters(self) -> Iterator[Letter]:
        """What lies there, oldest first."""

    def settle(self, letter: Letter) -> None:
        """It is kept elsewhere: put it away. Only ever after the commit; doing it again is fine."""


class Postbox(Protocol):
    """Something mails arrive in."""

    @property
    def name(self) -> str:
        """What it is called in states and logs."""

    def opened(self) -> AbstractContextManager[OpenPostbox]:
        """The postbox, open; raises PostboxShut."""


@dataclass(frozen=True)
class Maildir:
    """A Maildir; what was taken lies in its folder `.<done>` afterwards, marked as seen."""

    path: Path
    done: str
    name: str = "maildir"

    @contextmanager
    def opened(self) -> Iterator["Maildir"]:
        """The folder itself."""
        try:
            if not (self.path / "new").is_dir():
                raise PostboxShut(f"{self.path} is no Maildir")
            yield self
        except OSError as error:
            raise PostboxShut(f"{self.path}: {error.strerror}") from None

    def letters(self) -> Iterator[Letter]:
        """Every mail of `new` and `cur`; one that has gone meanwhile is left out."""
        for path in sorted(self._paths(), key=lambda each: each.name):
            try:
                yield _letter(path)
            except FileNotFoundError:
                continue

    def settle(self, letter: Letter) -> None:
        """Move it into the folder of those that were taken."""
        away = self.path / f".{self.done}"
        for part in ("tmp", "new", "cur"):
            (away / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        target = away / "cur" / f"{letter.key.partition(':')[0]}:2,S"
        for part in ("new", "cur"):
            path = self.path / part / letter.key
            if path.exists():
                os.replace(path, target)

    def _paths(self) -> Iterator[Path]:
        for part in ("new", "cur"):
            folder = self.path / part
            if folder.is_dir():
                yield from (p for p in folder.iterdir() if p.is_file() and p.name[0] != ".")


def letters_at(path: Path) -> Iterator[Letter]:
    """A saved mail, or every mail of a Maildir; raises PostboxShut."""
    if path.is_dir():
        with Maildir(path, "").opened() as box:
            yield from box.letters()
    else:
        yield _letter(path)


def _letter(path: Path) -> Letter:
    found = path.stat()
    return Letter(
        key=path.name,
        received_at=datetime.fromtimestamp(found.st_mtime, UTC),
        size=found.st_size,
        head=_read(path, HEAD),
        whole=partial(_whole, path),
    )


def _whole(path: Path) -> bytes:
    """The mail; raises LetterShut, or LetterGone where somebody has moved it meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise LetterGone from None
    except OSError as error:
        raise LetterShut(error.strerror) from None


def _read(path: Path, most: int) -> bytes:
    """How it begins; nothing where it cannot be read, which its turn will tell."""
    try:
        with path.open("rb") as content:
            return content.read(most)
    except OSError:
        return b""
