# SPDX-License-Identifier: EUPL-1.2
"""Every route that answers a page is looked at in a browser, or says why not."""

import ast
import os
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from rueckhalt_shared.demo import start
from rueckhalt_shared.pages import gallery, switching
from rueckhalt_shared.service import Service
from tests.browser.pages import CHAPTERS, NO_PAGE, OF_EVERY_SERVICE
from tests.rules.house import ROOT, SERVICES

APIS = ("/v1/", "/open311/v2/")
_SOMETIMES = {"/account/provider", "/account/provider/back"}  # with a provider only


def rules_of(app: Flask) -> Iterator[str]:
    """The GET routes of an app that are pages: all but the API, where `.html` is one."""
    for rule in app.url_map.iter_rules():
        is_api = str(rule).startswith(APIS) and not str(rule).endswith(".html")
        if "GET" in (rule.methods or ()) and not is_api and rule.endpoint != "static":
            yield str(rule)


def apps(folder: Path) -> Iterator[tuple[str, Flask]]:
    """Every service's app, as it comes; nothing is asked of its database."""
    for name in SERVICES:
        composed: Service = import_module(f"rueckhalt_{name}.app").service
        settings = composed.settings_from_env(given={"data": folder})
        database = composed.database(settings)
        yield name, composed.create_app(settings, database)
        database.engine.dispose()


def clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the developer's own shell may have set."""
    for variable in [name for name in os.environ if name.startswith("RUECKHALT_")]:
        monkeypatch.delenv(variable)


def routes(folder: Path) -> set[str]:
    """The pages of the demo: the start app's, the services' below their mounts."""
    around = Flask("around", static_folder=None)
    for each in (start.blp, gallery.blp):
        around.register_blueprint(each)
    found = set(rules_of(around)) - set(OF_EVERY_SERVICE)
    for name, app in apps(folder):
        own = set(rules_of(app)) - set(OF_EVERY_SERVICE)
        accounts = {each for each in own if each.startswith("/account")}
        found |= accounts | {f"/{name}{each}" for each in own - accounts}
    return found


def marked(text: str) -> set[str]:
    """The routes that tests of a file say they walk: `@pytest.mark.walks(…)`."""
    return {
        str(argument.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.walks"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }


def walked() -> set[str]:
    """What the chapters and the marks name."""
    files = sorted((ROOT / "tests" / "browser").glob("test_*.py"))
    by_marks = {each for file in files for each in marked(file.read_text("utf-8"))}
    return by_marks | {each for chapter in CHAPTERS.values() for each in chapter.pages}


def test_every_page_is_looked_at_or_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear(monkeypatch)
    there = routes(tmp_path)

    assert sorted(there - walked() - set(NO_PAGE)) == [], "add them to tests/browser/pages.py"
    assert sorted((walked() | set(NO_PAGE)) - there - _SOMETIMES) == [], "routes that are no more"
    assert sorted(walked() & set(NO_PAGE)) == [], "walked and excused at once"


def test_a_mark_is_read() -> None:
    assert marked('@pytest.mark.walks("/a", "/b/<uuid:x>")\ndef test(): ...') == {
        "/a",
        "/b/<uuid:x>",
    }


def test_every_form_of_a_page_has_a_page_where_its_language_can_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clear(monkeypatch)
    left = set()
    for name, app in apps(tmp_path):
        for rule in app.url_map.iter_rules():
            if "POST" not in (rule.methods or ()) or str(rule).startswith(APIS):
                continue
            path = re.sub(r"<uuid:\w+>", str(UUID(int=1)), str(rule))
            path = re.sub(r"<[^>]+>", "x", path)
            with app.test_request_context(path, method="POST"):
                if switching.address("/nowhere") == "/nowhere":
                    left.add(f"{name} {rule}")

    assert left == set()
