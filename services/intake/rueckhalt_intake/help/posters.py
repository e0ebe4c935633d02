# SPDX-License-Identifier: EUPL-1.2
"""The poster "Hier gibt es Hilfe": a town's address as text and QR code, as page and as PDF."""

import io
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import as_file, files

from rueckhalt_intake.help import poster_press
from rueckhalt_intake.towns import Town
from rueckhalt_shared.messages import PAGE_LANGUAGES, Catalogue

LANGUAGES = PAGE_LANGUAGES
_FONTS = ("static", "vendor", "fira-sans-ttf-0.4.1")
_TEXTS = ("title", "who", "danger", "scan", "anonymous", "type", "qr")
_PATIENCE = 25.0  # seconds


class NoPoster(Exception):
    """The poster cannot be set as PDF; the page can be printed from the browser instead."""


@dataclass(frozen=True, kw_only=True)
class Poster:
    """What stands on a poster."""

    language: str
    town: str
    address: str
    texts: dict[str, str]


def poster_of(town: Town, language: str, *, base_url: str) -> Poster:
    """The poster of a town; its code leads to the town's doors."""
    catalogue = Catalogue.of_package("rueckhalt_intake")
    return Poster(
        language=language,
        town=town.name,
        address=f"{base_url.rstrip('/')}/at/{town.ars}",
        texts={name: catalogue.text(f"poster.{name}", language) for name in _TEXTS},
    )


def code_of(poster: Poster) -> str:
    """The QR code as an SVG."""
    import segno  # noqa: PLC0415 - only for this

    out = io.BytesIO()
    segno.make(poster.address, error="m", micro=False).save(
        out, kind="svg", scale=8, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return out.getvalue().decode()


def code_address(poster: Poster) -> str:
    """The QR code as an address of data: nothing else is asked for."""
    import segno  # noqa: PLC0415 - only for this

    code = segno.make(poster.address, error="m", micro=False)
    return str(code.svg_data_uri(scale=8, border=4, dark="#000", light="#fff"))


def pdf_of(poster: Poster, *, now: datetime) -> bytes:
    """A4 to print (PDF/UA-1 and PDF/A-2a); raises NoPoster."""
    with as_file(files("rueckhalt_shared").joinpath(*_FONTS)) as fonts:
        told = asdict(poster) | {
            "svg": code_of(poster),
            "fonts": str(fonts),
            "at": int(now.timestamp()),
        }
        done = subprocess.run(  # noqa: S603 - our own module, the text goes in by stdin
            [sys.executable, "-I", "-m", poster_press.__name__],
            input=json.dumps(told).encode(),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    if done.returncode != 0:
        raise NoPoster
    return done.stdout
