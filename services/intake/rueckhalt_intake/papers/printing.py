# SPDX-License-Identifier: EUPL-1.2
"""From a sheet to a PDF (PDF/UA-1 and PDF/A-2a), in a process with limits; two at a time."""

import json
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from rueckhalt_intake.papers import catalogue, press
from rueckhalt_intake.papers.catalogue import Values
from rueckhalt_intake.papers.domain import Sheet, plain, settable
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_FONTS = ("static", "vendor", "fira-sans-ttf-0.4.1")
_REGULAR = "FiraSans_400Regular.ttf"
_PATIENCE = 25.0  # seconds
_PRESSES = threading.BoundedSemaphore(2)


class PressBusy(Exception):
    """All presses are at work; nothing is lost, please try again in a moment."""

    retry_after = 5


class CannotBePrinted(Exception):
    """This text cannot be set as a PDF; the page can be printed from the browser instead."""


def printed(code: str, values: Values, *, now: datetime) -> bytes:
    """A paper filled in, as PDF; raises Unprintable, PressBusy or CannotBePrinted."""
    known = printable()
    sheet = catalogue.sheet_of(code, values)
    return pdf_of(catalogue.map_texts(sheet, lambda text: settable(text, known)), now=now)


def pdf_of(sheet: Sheet, *, now: datetime) -> bytes:
    """The sheet as a file to print; raises PressBusy or CannotBePrinted."""
    if not _PRESSES.acquire(timeout=_PATIENCE):
        raise PressBusy
    try:
        return _pressed(sheet, now)
    finally:
        _PRESSES.release()


def _pressed(sheet: Sheet, now: datetime) -> bytes:
    with as_file(files("rueckhalt_shared").joinpath(*_FONTS)) as fonts:
        told = {"sheet": plain(sheet), "fonts": str(fonts), "at": int(now.timestamp())}
        command = [sys.executable, "-I", "-m", press.__name__]
        try:
            done = subprocess.run(  # noqa: S603 - our own module, the text goes in by stdin
                command,
                input=json.dumps(told).encode(),
                capture_output=True,
                check=False,
                timeout=_PATIENCE,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired:
            raise CannotBePrinted("it takes too long") from None
    if done.returncode != 0:
        log.warning("a paper could not be set", code=done.returncode)
        raise CannotBePrinted("the text cannot be set")
    return done.stdout


@cache
def printable() -> frozenset[int]:
    """The characters our font has, by its own table (`cmap`, formats 4 and 12)."""
    with as_file(files("rueckhalt_shared").joinpath(*_FONTS)) as fonts:
        return frozenset(_characters((Path(fonts) / _REGULAR).read_bytes()))


def _characters(font: bytes) -> Iterator[int]:
    (tables,) = struct.unpack_from(">H", font, 4)
    for place in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sIII", font, 12 + 16 * place)
        if tag == b"cmap":
            yield from _mapped(font, start)


def _mapped(font: bytes, cmap: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for place in range(count):
        _, _, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * place)
        (form,) = struct.unpack_from(">H", font, cmap + offset)
        if form == 4:
            yield from _segments(font, cmap + offset)
        elif form == 12:
            yield from _groups(font, cmap + offset)


def _segments(font: bytes, at: int) -> Iterator[int]:
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    ends = struct.unpack_from(f">{doubled // 2}H", font, at + 14)
    starts = struct.unpack_from(f">{doubled // 2}H", font, at + 16 + doubled)
    for first, last in zip(starts, ends, strict=True):
        yield from range(first, last + 1)


def _groups(font: bytes, at: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">I", font, at + 12)
    for place in range(count):
        first, last, _ = struct.unpack_from(">III", font, at + 16 + 12 * place)
        yield from range(first, last + 1)
