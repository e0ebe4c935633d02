# SPDX-License-Identifier: EUPL-1.2
"""Every route of every service says who may call it; the services start with their defaults."""

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from rueckhalt_shared import access
from rueckhalt_shared.identity.roles import ALL_SCOPES
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.service import Service
from tests.rules.house import SERVICES

PREFIX = "RUECKHALT_"
# Public views that find rows of any municipality, one by one: by the hash of a cookie of 256
# bit, by seven words, or by the single-use token or the secret in their address.
BY_SECRET: dict[str, set[str]] = {
    "intake": {
        *("report.begin", "report.ask", "report.answer", "report.alarm", "report.discard"),
        *("sending.review", "sending.send", "sending.show_receipt", "sending.save"),
        "sending.show_words",
        *("diary.show", "diary.add_entry", "diary.give_words", "diary.make_report"),
        "diary.discard",
        *("entering.ask_words", "entering.come_in", "entering.wait_in_line"),
        *("case.show", "case.write", "case.change_sharing"),
        *("case.answer_question", "case.leave"),
        *("own_case.ask_correction", "own_case.correct", "own_case.ask_withdrawal"),
        *("own_case.withdraw", "own_case.show_copy", "own_case.download_copy"),
        *("case_notes.choose", "case_notes.attach"),
        *("tidings.show", "tidings.want", "tidings.want_none"),
        *("own_evidence.show", "own_evidence.bring", "own_evidence.take_back"),
        "own_evidence.ask_erasure",
        *("case_deadlines.case_list", "case_deadlines.case_calendar"),
        *("case_deadlines.case_clock", "case_deadlines.set_case_clock"),
        *("case_papers.list_papers", "case_papers.prefill", "case_papers.open_texts"),
    },
    "routing": {"feed_pages.fetch_feed"},
    "notify": {"answers.show_question", "answers.answer_question", "answers.show_result"},
    "reporting": set(),
}
UNIFORM = {"/healthz", "/readyz", "/metrics", "/version", "/openapi.json", "/docs", "/v1/events"}


def service(name: str) -> Service:
    """Import the composition of a service."""
    composed: Service = import_module(f"rueckhalt_{name}.app").service
    return composed


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the developer's own shell may have set."""
    for variable in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(variable)


@pytest.fixture
def app(name: str, tmp_path: Path, clean_environment: None) -> Iterator[Flask]:
    """Build the app of a service as it comes, on a migrated database in a temporary folder."""
    composed = service(name)
    settings = composed.settings_from_env(given={"data": tmp_path})
    upgrade(settings.database_url, composed.migrations)
    database = composed.database(settings)
    yield composed.create_app(settings, database)
    database.engine.dispose()


def views(app: Flask) -> dict[str, Any]:
    """List the views behind all routes but Flask's own static files."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}
    return {endpoint: app.view_functions[endpoint] for endpoint in sorted(endpoints)}


def undeclared(app: Flask) -> list[str]:
    """List routes that nobody has decided about, or not in the words everybody knows."""
    faults = []
    for endpoint, view in views(app).items():
        rule = access.access_of(app, endpoint)
        if rule is None:
            faults.append(f"{endpoint}: neither @requires nor @public")
        elif rule == "public":
            if len(getattr(view, "_reason", "").split()) < 2:
                faults.append(f"{endpoint}: @public needs its reason")
        elif not set(rule.split(" or ")) <= set(ALL_SCOPES):
            faults.append(f"{endpoint}: {rule} is no scope")
    return faults


@pytest.mark.parametrize("name", SERVICES)
def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    assert len(views(app)) > len(UNIFORM) - 1
    assert undeclared(app) == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_the_uniform_routes(app: Flask) -> None:
    assert {str(rule) for rule in app.url_map.iter_rules()} >= UNIFORM


@pytest.mark.parametrize("name", SERVICES)
def test_without_a_key_only_public_routes_answer(app: Flask) -> None:
    client = app.test_client()
    closed = [
        (method, str(rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and access.access_of(app, rule.endpoint) != "public"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.arguments
    ]

    answers = {route: client.open(route[1], method=route[0]).status_code for route in closed}

    assert {each: status for each, status in answers.items() if status != refused(each[1])} == {}


def refused(path: str) -> int:
    """GeoReport v2 has a number of its own for a missing key."""
    return 403 if path.startswith("/open311/") else 401


def test_a_bare_view_is_caught_and_stops_the_start() -> None:
    bare = Flask("bare", static_folder=None)
    bare.add_url_rule("/open", view_func=lambda: "all of it", endpoint="open_to_all")

    assert undeclared(bare) == ["open_to_all: neither @requires nor @public"]
    with pytest.raises(access.NoAccessRule):
        access.check_rules(bare)


def test_public_without_a_reason_is_caught() -> None:
    app = Flask("app", static_folder=None)
    app.add_url_rule("/open", view_func=access.public("")(lambda: "hello"), endpoint="hello")

    assert undeclared(app) == ["hello: @public needs its reason"]


@pytest.mark.parametrize("name", SERVICES)
def test_only_a_link_or_a_secret_finds_rows_without_a_caller(name: str, app: Flask) -> None:
    """A public view that finds rows of any municipality: think twice, then add it to BY_SECRET."""
    opened = {each for each, view in views(app).items() if getattr(view, "_whole_house", "")}

    assert opened == BY_SECRET[name]
