# SPDX-License-Identifier: EUPL-1.2
"""A PDF as pictures of its pages, drawn behind walls; six of them at a time.

What comes back from there is as strange as what went in: points only are taken, as many as were
asked for, and written anew. Of the file itself nothing is left in them.
"""

import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rueckhalt_intake.evidence import cleaning
from rueckhalt_intake.evidence.domain import NotShown
from rueckhalt_intake.evidence.sandbox import NoSandbox, Run, Sandbox
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
AT_ONCE = 6
MOST_PAGES = 100_000
_INFO, _DRAW = Path("/usr/bin/pdfinfo"), Path("/usr/bin/pdftoppm")
_TOTAL = re.compile(rb"^Pages:\s+(\d{1,9})\s*$", re.M)
_SIZE = re.compile(rb"(\d{1,5}) (\d{1,5})\n")
_LOCKED = b"Incorrect password"
_LONGEST_INFO = 64 * 1024
_TURN = threading.BoundedSemaphore(1)
_PATIENCE = 20.0


@dataclass(frozen=True, kw_only=True)
class Leaves:
    """Some pages of a PDF, and how many there are."""

    total: int
    first: int
    pictures: tuple[bytes, ...]  # JPEG

    @property
    def last(self) -> int:
        """The number of the last page that was drawn."""
        return self.first + len(self.pictures) - 1

    @property
    def broke_off(self) -> bool:
        """Did drawing end before it should?"""
        return self.last < min(self.total, self.first + AT_ONCE - 1)

    @property
    def next(self) -> int | None:
        """The page to go on with, also behind one that could not be drawn."""
        following = self.last + (2 if self.broke_off else 1)
        return following if following <= self.total else None

    @property
    def rows(self) -> list[tuple[int, str]]:
        """Each page with its number, as an address of data."""
        told = (f"data:image/jpeg;base64,{b64encode(each).decode()}" for each in self.pictures)
        return list(enumerate(told, self.first))


def can_leaf(sandbox: Sandbox) -> bool:
    """Is what it takes installed here?"""
    return sandbox.has(_INFO, _DRAW)


def leaves(content: bytes, sandbox: Sandbox, *, first: int, blurred: bool) -> Leaves:
    """Pages of a PDF from `first` on; raises NotShown, also where there is no sandbox."""
    if not _TURN.acquire(timeout=_PATIENCE):
        raise NotShown("evidence.pdf_busy")
    try:
        total = _counted(content, sandbox)
        start = min(max(first, 1), total)
        return _drawn(content, sandbox, Leaves(total=total, first=start, pictures=()), blurred)
    except NoSandbox as missing:
        log.warning("the sandbox for PDF does not start", cause=str(missing))
        raise NotShown("evidence.pdf_not_shown") from None
    finally:
        _TURN.release()


def _counted(content: bytes, sandbox: Sandbox) -> int:
    with sandbox.running([str(_INFO), "-"], content) as run:
        told = run.out.read(_LONGEST_INFO)
        _, said = run.ended()
    if _LOCKED in said:
        raise NotShown("evidence.pdf_locked")
    found = _TOTAL.search(told)
    if found is None or not 1 <= int(found[1]) <= MOST_PAGES:
        raise NotShown("evidence.pdf_broken")
    return int(found[1])


def _drawn(content: bytes, sandbox: Sandbox, empty: Leaves, blurred: bool) -> Leaves:
    edge = cleaning.SMALL_EDGE if blurred else cleaning.EDGE
    last = min(empty.total, empty.first + AT_ONCE - 1)
    span = ["-q", "-f", str(empty.first), "-l", str(last), "-scale-to", str(edge), "-"]
    with sandbox.running([str(_DRAW), *span], content) as run:
        pictures = tuple(_pictures(run, edge, last - empty.first + 1, blurred))
        if not pictures:
            run.ended()  # says whether there was a sandbox at all
            raise NotShown("evidence.pdf_broken")
    return Leaves(total=empty.total, first=empty.first, pictures=pictures)


def _pictures(run: Run, edge: int, most: int, blurred: bool) -> Iterator[bytes]:
    """What is whole of what was drawn; the first page that is not ends it."""
    for _ in range(most):
        size = _size(run.out, edge)
        if size is None:
            return
        points = run.out.read(size[0] * size[1] * 3)
        if len(points) < size[0] * size[1] * 3:
            return
        yield cleaning.from_points(size, points, blurred=blurred)


def _size(drawn: IO[bytes], edge: int) -> tuple[int, int] | None:
    """Width and height out of the head of a PPM; None where it is not what was asked for."""
    if drawn.readline(8) != b"P6\n":
        return None
    found = _SIZE.fullmatch(drawn.readline(16))
    if found is None or drawn.readline(8) != b"255\n":
        return None
    width, height = int(found[1]), int(found[2])
    return (width, height) if 1 <= width <= edge and 1 <= height <= edge else None
