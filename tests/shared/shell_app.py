# SPDX-License-Identifier: EUPL-1.2
"""The shell around the gallery: a small app for tests of pages."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from rueckhalt_shared import headers, problems, shell
from rueckhalt_shared.access import check_rules
from rueckhalt_shared.pages import gallery
from rueckhalt_shared.shell import Frame

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def gallery_app(**around: Any) -> Flask:
    """The gallery in a frame."""
    app = Flask("gallery", static_folder=None)
    problems.install(app, {})
    headers.install(app)
    shell.install(app, Frame(**around))
    app.register_blueprint(gallery.blp)
    check_rules(app)
    return app


def token_of(page: str) -> str:
    """The token of the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def filled(client: FlaskClient, **changed: Any) -> dict[str, Any]:
    """Everything the gallery's form wants, with some of it changed; None leaves a field out."""
    right = {
        "csrf_token": token_of(client.get("/gallery").text),
        "name": "Anna",
        "text": "Ein Satz.",
        "choice": "yes",
        "day.day": "7",
        "day.month": "2",
        "day.year": "2026",
        "agreed": "true",
    }
    everything = right | {name.replace("__", "."): value for name, value in changed.items()}
    return {name: value for name, value in everything.items() if value is not None}
