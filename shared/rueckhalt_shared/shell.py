# SPDX-License-Identifier: EUPL-1.2
"""What all pages share: templates, the style sheet, the language of the reader."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    render_template,
    request,
    send_from_directory,
)
from jinja2 import ChoiceLoader, PackageLoader

from rueckhalt_shared.access import public
from rueckhalt_shared.contracts.instants import read_instant
from rueckhalt_shared.headers import keep, vary
from rueckhalt_shared.messages import LANGUAGES, Catalogue
from rueckhalt_shared.problems import Problem

blp = Blueprint("shell", __name__)
_BERLIN = ZoneInfo("Europe/Berlin")
_STATIC = Path(__file__).parent / "static"
_catalogue = Catalogue.of_package("rueckhalt_shared")


def install(app: Flask) -> None:
    """Give the app the shared templates beside its own."""
    own = app.jinja_loader
    shared = PackageLoader("rueckhalt_shared", "templates")
    app.jinja_loader = ChoiceLoader([own, shared]) if own else shared
    app.jinja_env.globals.update(language=language, told=told, local_time=local_time)
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


def local_time(instant: datetime | str) -> str:
    """An instant (or its RFC 3339 text) by German clocks, in the reader's language."""
    at = read_instant(instant) if isinstance(instant, str) else instant
    return told("time.at", at=at.astimezone(_BERLIN))


def problem_page(problem: Problem) -> str:
    """A closed way (`problems.PAGES`) in words, with the way back where there is one.

    What a service itself says of it (a date, a scope) is shown; nothing of the address is.
    """
    mount = request.script_root
    rooms = current_app.extensions.get("rueckhalt")
    home = f"{mount.rpartition('/')[0]}/" if rooms is None or rooms.settings.embedded else None
    path = request.path if request.method == "GET" else None
    detail = problem.detail if problem.kind else ""
    return render_template(
        "rueckhalt/problem.html", status=problem.status, detail=detail, home=home, path=path
    )
