# SPDX-License-Identifier: EUPL-1.2
"""What all pages share: templates, the style sheet, the language of the reader."""

from pathlib import Path

from flask import Blueprint, Flask, Response, request, send_from_directory
from jinja2 import ChoiceLoader, PackageLoader

from rueckhalt_shared.access import public
from rueckhalt_shared.headers import keep, vary
from rueckhalt_shared.messages import LANGUAGES, Catalogue

blp = Blueprint("shell", __name__)
_STATIC = Path(__file__).parent / "static"
_catalogue = Catalogue.of_package("rueckhalt_shared")


def install(app: Flask) -> None:
    """Give the app the shared templates beside its own."""
    own = app.jinja_loader
    shared = PackageLoader("rueckhalt_shared", "templates")
    app.jinja_loader = ChoiceLoader([own, shared]) if own else shared
    app.jinja_env.globals.update(language=language, told=told)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(blp)


@blp.get("/static/<path:name>")
@public("style sheet and scripts")
def shared_file(name: str) -> Response:
    """A file all pages use."""
    return keep(send_from_directory(_STATIC, name), 3600)


def language() -> str:
    """What the reader wants: `?lang=`, else the browser's wish, else German."""
    wanted = request.args.get("lang", "")
    if wanted in LANGUAGES:
        return wanted
    vary("Accept-Language")
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def told(message: str, **values: object) -> str:
    """A text of the shared catalogue in the reader's language."""
    return _catalogue.text(message, language(), **values)
