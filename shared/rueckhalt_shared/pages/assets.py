# SPDX-License-Identifier: EUPL-1.2
"""Style sheets, scripts and fonts: found by their content, packed, kept for a year."""

import gzip
import hashlib
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory, url_for
from werkzeug.security import safe_join

from rueckhalt_shared.access import public
from rueckhalt_shared.headers import keep, vary

blp = Blueprint("shell", __name__)
FOLDER = Path(__file__).parent.parent / "static"
_HOUR, _YEAR = 3600, 365 * 24 * 3600
_PACKED = frozenset({".css", ".js", ".md"})


@blp.get("/static/<path:name>")
@public("style sheets, scripts and fonts")
def shared_file(name: str) -> Response:
    """A file all pages use."""
    path = Path(safe_join(str(FOLDER), name) or FOLDER)
    if not path.is_file():
        abort(404)
    vary("Accept-Encoding")
    if path.suffix in _PACKED and request.accept_encodings.quality("gzip"):
        response = Response(_packed(path), mimetype=guess_type(path.name)[0])
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = send_from_directory(FOLDER, name)
    return keep(response, _YEAR if request.args.get("v") == _mark(path) else _HOUR)


def asset(name: str) -> str:
    """The address of a shared file; it changes with the content, so it may be kept."""
    return url_for("shell.shared_file", name=name, v=_mark(FOLDER / name))


@cache
def _mark(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@cache
def _packed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)
