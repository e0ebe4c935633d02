# SPDX-License-Identifier: EUPL-1.2
"""Security headers stand on every answer of every route, errors included."""

from importlib import import_module

import pytest

from rueckhalt_shared.demo.start import start_app
from rueckhalt_shared.headers import POLICY
from rueckhalt_shared.migrations import upgrade
from tests.rules.house import SERVICES
from tests.shared.shell_app import BROWSER
from tests.shared.test_start_page import FakeHouse

EVERYWHERE = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
VIEWER = "docs.viewer"  # Swagger UI writes styles into its elements
VALUES = {"integer": 7, "uuid": "00000000-0000-4000-8000-000000000000"}


@pytest.fixture
def app(name, tmp_path, monkeypatch):
    for variable in ("RUECKHALT_MODE", "RUECKHALT_HOSTS"):
        monkeypatch.delenv(variable, raising=False)
    if name == "start":
        return start_app(FakeHouse(tmp_path))
    composed = import_module(f"rueckhalt_{name}.app").service
    settings = composed.settings_from_env(given={"data": tmp_path})
    upgrade(settings.database_url, composed.migrations)
    return composed.create_app(settings, composed.database(settings))


def address(app, rule):
    """An address of the rule with made-up values; most of them answer 404 or 401."""
    kinds = {
        name: type(c).__name__.lower().removesuffix("converter")
        for name, c in rule._converters.items()
    }
    values = {name: VALUES.get(kinds[name], "x") for name in rule.arguments}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(
            rule.endpoint, values, method=next(iter(rule.methods))
        )


@pytest.mark.parametrize("name", [*SERVICES, "start"])
def test_every_route_answers_with_the_headers(app, name):
    client = app.test_client()
    wrong = []

    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"OPTIONS"}):
            with client.open(address(app, rule), method=method, headers=BROWSER) as response:
                headers = dict(response.headers)
            expected = dict(EVERYWHERE)
            if rule.endpoint == VIEWER:
                expected["Content-Security-Policy"] = POLICY.replace(
                    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
                )
            missing = {h for h, value in expected.items() if headers.get(h) != value}
            if missing or not headers.get("Cache-Control"):
                wrong.append((method, rule.rule, missing))

    assert wrong == []


def test_the_policy_allows_no_inline_script_no_inline_style_and_no_third_party():
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "default-src 'none'" in POLICY


@pytest.mark.parametrize("name", ["start"])
def test_over_https_browsers_are_told_to_stay_there(app, name):
    response = app.test_client().get("/healthz", base_url="https://localhost")

    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
