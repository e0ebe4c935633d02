# SPDX-License-Identifier: EUPL-1.2
"""schemathesis with the credentials of each role: no fault, and nothing of another town.

`RUECKHALT_TEST_FUZZ=400` makes that many requests per operation and caller instead of a few.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from werkzeug.test import TestResponse

from rueckhalt_shared.identity.roles import ROLES
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import SCOPES
from tests.identity.house import ARS, OTHER
from tests.identity.matrix import REPORT, Installation
from tests.rules.house import SERVICES

IS_LONG = "RUECKHALT_TEST_FUZZ" in os.environ
EXAMPLES = int(os.environ.get("RUECKHALT_TEST_FUZZ", "2"))
pytestmark = pytest.mark.timeout(3600 if IS_LONG else 240)
SECRET = "Geheimes-Wort-7f3a"  # stands in the narrative and the name of the planted report
DETAILED = REPORT | {
    "narrative": f"Schilderung {SECRET}",
    "reference": f"ref {SECRET}",
    "reporter": {"role": "affected", "name": f"Name {SECRET}", "email": "a@b.example"},
}


@schemathesis.serializer("application/x-ndjson")
def lines(ctx: schemathesis.SerializationContext, value: Any) -> bytes:
    """Any text, and a report of the town."""
    told = value if isinstance(value, str) else json.dumps(value)
    return "\n".join((told, json.dumps(DETAILED))).encode("utf-8", "replace")


class Callers:
    """Everybody with a role in a municipality, and a key with every scope there."""

    def __init__(self, installation: Installation, place: str) -> None:
        self.headers: dict[str, dict[str, str]] = {}
        begin = installation.keys.database.run
        for role in ROLES:
            account = installation.accounts[role, place]
            token = begin(sessions.begin_full, account.id, device="fuzz")
            self.headers[role] = {
                "Cookie": f"rueckhalt_session={token}",
                "Sec-Fetch-Site": "same-origin",
            }
        key = installation.keys.create(sender=f"at {place}", scopes=SCOPES, municipalities=[place])
        self.headers["key"] = {"Authorization": f"Bearer {key}"}


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """All services, with something of one town in each of them."""
    for name in [each for each in os.environ if each.startswith("RUECKHALT_")]:
        monkeypatch.delenv(name)
    made = Installation(tmp_path)
    key = made.keys.create(sender="planter", scopes=SCOPES, municipalities=[ARS])
    headers = {"Authorization": f"Bearer {key}"}
    planted = (
        made.apps["intake"].test_client().post("/v1/incidents", json=DETAILED, headers=headers)
    )
    made.things["incident_id"] = planted.json["id"]
    yield made
    made.close()


def planted(installation: Installation) -> set[str]:
    """What nobody of another town may ever be shown."""
    ours = {v for k, v in installation.things.items() if k.endswith("id") or k == "id"}
    return ours | {SECRET}


def probe(installation: Installation, app: Flask, look: Callable[[Any, Any], None]) -> int:
    """Some requests to each operation, each also about what the town has; counts operations."""
    described = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operations = [result.ok() for result in described.get_all_operations()]
    for operation in operations:

        @effort(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=not IS_LONG,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def fuzz(case: schemathesis.Case) -> None:
            look(app, case)
            aim(case, installation.things)
            look(app, case)

        fuzz()
    return len(operations)


def aim(case: schemathesis.Case, things: dict[str, str]) -> None:
    """Make the request one about the town and its things."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = things.get(name, case.path_parameters[name])
    if isinstance(case.query, dict) and "municipality" in case.query:
        case.query["municipality"] = ARS
    if isinstance(case.body, dict):
        if "municipality" in case.body:
            case.body["municipality"] = ARS
        if "incidents" in case.body:
            case.body["incidents"] = [things["incident_id"]]


def ask(app: Flask, case: Any, headers: dict[str, str]) -> tuple[str, TestResponse]:
    """Send the request; what was sent, as text, and the answer."""
    given = case.as_transport_kwargs(headers=headers)
    given["headers"] = dict(given["headers"]) | headers
    answer = app.test_client(use_cookies=False).open(**given)
    return repr(given), answer


@pytest.mark.parametrize("service", SERVICES)
def test_whoever_is_elsewhere_sees_nothing_of_the_town(
    installation: Installation, service: str
) -> None:
    callers, hidden = Callers(installation, OTHER), planted(installation)
    faults: set[tuple[str, ...]] = set()

    def look(app: Flask, case: Any) -> None:
        for name, headers in callers.headers.items():
            sent, answer = ask(app, case, headers)
            shown = f"{answer.headers} {answer.text}"
            for each in hidden:
                if each in shown and each not in sent:
                    faults.add((name, case.operation.label, f"shows {each}"))
            if answer.status_code >= 500:
                faults.add((name, case.operation.label, answer.text[:200]))

    assert probe(installation, installation.apps[service], look) >= 3
    assert faults == set()


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_finds_a_fault_at_home_and_no_role_opens_a_text(
    installation: Installation, service: str
) -> None:
    callers = Callers(installation, ARS)
    faults: set[tuple[str, ...]] = set()

    def look(app: Flask, case: Any) -> None:
        for name, headers in callers.headers.items():
            sent, answer = ask(app, case, headers)
            if answer.status_code >= 500:
                faults.add((name, case.operation.label, answer.text[:200]))
            if name != "key" and SECRET in answer.text and SECRET not in sent:
                faults.add((name, case.operation.label, "shows a text"))

    assert probe(installation, installation.apps[service], look) >= 3
    assert faults == set()


def test_the_net_catches_what_it_is_for(installation: Installation) -> None:
    """The town's own key is shown what is hidden elsewhere: the search looks where it lies."""
    key = Callers(installation, ARS).headers["key"]
    path = f"/v1/incidents/{installation.things['incident_id']}"

    answer = installation.apps["intake"].test_client().get(path, headers=key)

    assert SECRET in answer.text
