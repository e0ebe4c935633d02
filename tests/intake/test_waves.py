# SPDX-License-Identifier: EUPL-1.2
"""A flood of reports: none is refused or lost, what is above the limits is looked through."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from rueckhalt_intake.app import Settings, create_app
from rueckhalt_intake.waves.domain import NETWORK, SYSTEM, Limits
from rueckhalt_intake.waves.gauge import Gauge
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.settings import BadSettings
from tests.intake.town import ARS, ELSEWHERE, Sender, report
from tests.support import NOON, FakeClock

_AUDIT = text("SELECT body FROM audit_rows ORDER BY n")
_MARKS = text("SELECT incident_id FROM reports_set_aside")


class Person:
    """Somebody who is signed in, at some address."""

    def __init__(self, app: Flask, token: str, address: str) -> None:
        self.client = app.test_client()
        self.client.set_cookie("__Host-rueckhalt_session", token, domain="localhost", secure=True)
        self.address = address

    def open(self, method: str, path: str, **given: Any) -> TestResponse:
        """Ask as a page of ours does."""
        headers = {"Sec-Fetch-Site": "same-origin"} | given.pop("headers", {})
        place = {"REMOTE_ADDR": self.address}
        given |= {"base_url": "https://localhost", "environ_overrides": place}
        return self.client.open(path, method=method, headers=headers, **given)

    def report(self, **changes: Any) -> TestResponse:
        """Report, with some fields otherwise."""
        return self.open("POST", "/v1/incidents", json=report(**changes))

    def waiting(self, **query: Any) -> Any:
        """What is to be looked through."""
        answer = self.open("GET", "/v1/set-aside", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json["items"]

    def decide(self, decision: str, *incidents: str) -> TestResponse:
        """Say what these are."""
        body = {"incidents": list(incidents), "decision": decision}
        return self.open("POST", "/v1/set-aside/decisions", json=body)


Join = Callable[..., Person]


@pytest.fixture
def join(app: Flask, keys: KeyStore) -> Join:
    """Make somebody with an account and a session."""
    numbers = count()

    def make(
        role: str = "reporter",
        *,
        address: str = "192.0.2.7",
        place: str = ARS,
        person: str | None = None,
        to: Flask = app,
    ) -> Person:
        store, name = keys.database.prepare(), f"p{next(numbers)}"
        account = store.run(accounts.add_account, name, held=[(role, place)], person=person)
        token = store.run(sessions.begin_full, account.id, device="test")
        return Person(to, token, address)

    return make


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["incident"] for item in items]


def test_a_hundred_reports_from_one_network_are_all_accepted_and_announced(
    join: Join, events: Callable[[], list[Any]]
) -> None:
    angry, desk = join(), join("responsible")

    answers = [angry.report(reference=f"r{n}") for n in range(100)]

    assert {answer.status_code for answer in answers} == {201}
    accepted = [answer.json["id"] for answer in answers]
    assert len(set(accepted)) == 100
    assert [e["subject"] for e in events()] == accepted
    assert {e["type"] for e in events()} == {"de.rueckhalt.incident.registered.v1"}
    assert sorted(ids(desk.waiting(page_size=200))) == sorted(accepted[10:])
    assert {item["cause"] for item in desk.waiting()} == {"network"}


def test_reports_from_many_networks_are_all_accepted(
    join: Join, settings: Settings, database: Database, events: Callable[[], list[Any]]
) -> None:
    app = create_app(replace(settings, hourly_system=20), database)
    angry, desk = join(to=app), join("responsible", to=app)

    accepted = []
    for n in range(100):
        angry.address = f"10.0.{n}.1"
        answer = angry.report(narrative=None)
        assert answer.status_code == 201
        accepted.append(answer.json["id"])

    assert [e["subject"] for e in events()] == accepted
    waiting = desk.waiting(page_size=200)
    assert sorted(ids(waiting)) == sorted(accepted[20:])
    assert {item["cause"] for item in waiting} == {"system"}


@pytest.mark.parametrize(
    "danger", ["still_present", "weapon_shown", "concrete_threat", "escalating", "campaign"]
)
def test_a_report_that_names_a_danger_is_never_set_aside(join: Join, danger: str) -> None:
    angry, desk = join(), join("responsible")

    for _ in range(30):
        angry.report(danger=[danger])

    assert desk.waiting() == []


def test_dangers_do_not_use_up_what_others_may_send(join: Join) -> None:
    angry, desk = join(), join("responsible")

    for _ in range(30):
        angry.report(danger=["weapon_shown"])
    for _ in range(10):
        angry.report(danger=[])

    assert desk.waiting() == []


def test_machines_of_the_municipality_have_no_limit(
    join: Join, sender: Callable[..., Sender]
) -> None:
    system, desk = sender("incident:create"), join("responsible")

    answers = [system.post(report()) for _ in range(40)]

    assert {answer.status_code for answer in answers} == {201}
    assert desk.waiting() == []


def test_many_lines_in_one_request_count_like_many_requests(join: Join) -> None:
    angry, desk = join(), join("responsible")
    line = b'{"municipality": "%s", "forms": ["insult"]}\n' % ARS.encode()

    answer = angry.open(
        "POST", "/v1/incidents/bulk", data=line * 25, content_type="application/x-ndjson"
    )

    assert answer.text.count('"status": 201') == 25
    assert len(desk.waiting()) == 15


def test_one_source_pushes_nobody_else_aside(
    join: Join, settings: Settings, database: Database
) -> None:
    app = create_app(replace(settings, hourly_system=20), database)
    angry, other = join(to=app), join(to=app, address="198.51.100.9")
    desk = join("responsible", to=app)

    for _ in range(50):
        angry.report()
    calm = other.report().json["id"]

    assert calm not in ids(desk.waiting(page_size=200))


def test_after_an_hour_it_is_quiet_again(join: Join, clock: FakeClock) -> None:
    angry, desk = join(), join("responsible")
    for _ in range(11):
        angry.report()

    clock.pass_(seconds=3600)
    late = angry.report().json["id"]

    assert len(desk.waiting()) == 1
    assert late not in ids(desk.waiting())


def test_a_retry_of_a_report_set_aside_is_the_same_report(
    join: Join, events: Callable[[], list[Any]]
) -> None:
    angry, desk = join(), join("responsible")
    for _ in range(10):
        angry.report()

    first, again = angry.report(reference="A-1"), angry.report(reference="A-1")

    assert again.json == first.json
    assert ids(desk.waiting()) == [first.json["id"]]
    assert len(events()) == 11


@pytest.mark.parametrize("decision", ["wave", "released"])
def test_a_decision_takes_reports_off_the_list_and_changes_nothing_else(
    join: Join, database: Database, events: Callable[[], list[Any]], decision: str
) -> None:
    angry, desk = join(), join("responsible")
    reports = [angry.report().json["id"] for _ in range(13)][10:]
    before = events(), angry.open("GET", f"/v1/incidents/{reports[0]}").json

    first = desk.decide(decision, *reports[:2])
    again = desk.decide(decision, *reports[:2])

    assert (first.json, again.json) == ({"decided": 2}, {"decided": 0})
    assert ids(desk.waiting()) == reports[2:]
    assert (events(), angry.open("GET", f"/v1/incidents/{reports[0]}").json) == before
    rows = database.read(lambda tx: tx.execute(_AUDIT).scalars().all())
    acts = [re.search(r'"act":"([^"]+)"', str(row))[1] for row in rows]  # type: ignore[index]
    assert acts == ["report.in_wave" if decision == "wave" else "report.released"] * 2


def test_a_decision_about_something_unknown_decides_nothing(join: Join) -> None:
    angry, desk = join(), join("responsible")
    reports = [angry.report().json["id"] for _ in range(11)]

    for other in (reports[0], "0f8fad5b-d9cb-469f-a165-70867728950e"):
        assert desk.decide("wave", reports[10], other).status_code == 404

    assert ids(desk.waiting()) == reports[10:]


def test_another_town_neither_sees_nor_decides(join: Join) -> None:
    angry, foreign = join(), join("responsible", place=ELSEWHERE)
    reports = [angry.report().json["id"] for _ in range(11)]

    assert foreign.waiting() == []
    assert foreign.decide("wave", reports[10]).status_code == 404


def test_whoever_is_accused_does_not_find_the_report_here(join: Join) -> None:
    me = "2a9b7c61-4e2c-5b8f-9a1d-4d2c9b5f0e12"
    angry, accused = join(), join("responsible", person=me)
    for _ in range(10):
        angry.report()
    about_me = angry.report(accused={"persons": [me]}).json["id"]

    assert accused.waiting() == []
    assert accused.decide("wave", about_me).status_code == 404
    assert accused.open("GET", "/set-aside").text.count(about_me) == 0
    assert ids(join("responsible").waiting()) == [about_me]


def test_the_list_shows_codes_and_no_text(join: Join) -> None:
    angry, desk = join(), join("responsible")
    for _ in range(12):
        angry.report()

    [first, _] = desk.waiting()

    assert first["forms"] == ["threat"]
    assert first["same_sender"] == 1
    assert set(first) == {
        *("incident", "municipality", "registered_at", "status", "forms", "severity"),
        *("cause", "same_sender"),
    }


def test_an_erased_incident_leaves_the_list(
    join: Join, sender: Callable[..., Sender], database: Database
) -> None:
    angry, desk = join(), join("responsible")
    gone = [angry.report().json["id"] for _ in range(11)][10]

    order = {"scope": "case", "reason": "request"}
    answer = sender("incident:erase").post(order, f"/v1/incidents/{gone}/erasure")

    assert answer.status_code < 300, answer.text
    assert desk.waiting() == []
    assert database.read(lambda tx: tx.execute(_MARKS).all()) == []


def test_the_page_lists_reports_and_takes_both_answers(join: Join) -> None:
    angry, desk = join(), join("responsible")
    reports = [angry.report().json["id"] for _ in range(13)][10:]

    page = desk.open("GET", "/set-aside?all=1").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]  # type: ignore[index]
    form = {"csrf_token": token, "incidents": reports[:2], "decision": "wave"}
    answer = desk.open("POST", "/set-aside", data=form)

    assert page.count("checked") == 3
    assert "Er schrieb" not in page
    assert answer.status_code == 303
    assert ids(desk.waiting()) == reports[2:]
    assert "Als Welle eingeordnet: 2" in desk.open("GET", "/set-aside").text


def test_the_page_says_when_nothing_was_ticked(join: Join) -> None:
    angry, desk = join(), join("responsible")
    for _ in range(11):
        angry.report()
    page = desk.open("GET", "/set-aside").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]  # type: ignore[index]

    answer = desk.open("POST", "/set-aside", data={"csrf_token": token, "decision": "wave"})

    assert answer.status_code == 422
    assert "f-incidents" in answer.text
    assert len(desk.waiting()) == 1


@pytest.mark.parametrize("role", ["reporter", "plan_owner", "analyst", "municipality_admin"])
def test_others_do_not_look_through(join: Join, role: str) -> None:
    assert join(role).open("GET", "/v1/set-aside").status_code == 403


def test_the_gauge_keeps_no_network_and_a_new_key_each_day() -> None:
    gauge = Gauge(Limits(network=1, system=5))

    assert gauge.cause("192.0.2", now=NOON) is None
    first = set(gauge._counts)
    assert gauge.cause("192.0.2", now=NOON) == NETWORK
    gauge.cause("192.0.2", now=NOON + timedelta(days=1))

    assert "192.0.2" not in " ".join(first)  # 64 hexadecimal digits hold no dot
    assert first.isdisjoint(gauge._counts)


def test_a_flood_from_a_thousand_networks_is_told_once_and_fills_no_memory(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gauge = Gauge(Limits(network=1, system=5))

    causes = [gauge.cause(f"10.{n // 250}.{n % 250}", now=NOON) for n in range(1000)]

    assert causes == [None] * 5 + [SYSTEM] * 995
    assert len(gauge._counts) == 5
    assert capsys.readouterr().err.count("many reports") == 1


def test_limits_of_nothing_stop_the_start(settings: Settings) -> None:
    with pytest.raises(BadSettings):
        replace(settings, hourly_network=0)
