# SPDX-License-Identifier: EUPL-1.2
"""Whoever reported gets the complete copy, and nothing about anybody else but their role."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from rueckhalt_intake.app import service
from rueckhalt_intake.commands import intake
from rueckhalt_intake.erasure import requests
from rueckhalt_shared.audit import store
from rueckhalt_shared.database import Database
from tests.intake.people import HERE, Meet, Person
from tests.intake.town import ANNA, ARS, BERND, Sender, report

TEXT = "Er schrieb: Ich weiß, wo du wohnst.\n<script>alert(1)</script>"
REPORT = report(
    narrative=TEXT,
    reporter={"role": "affected", "name": "Mia Muster", "email": "mia@musterstadt.example"},
    accused={"persons": [ANNA], "unit": "buergeramt"},
    organisation_unit=None,
)


@pytest.fixture
def mia(meet: Meet) -> Person:
    return meet("mia", "reporter")


@pytest.fixture
def own(mia: Person) -> str:
    answer = mia.client.post("/v1/incidents", json=REPORT, headers=HERE)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def download(person: Person, incident: str) -> dict[str, Any]:
    answer = person.get(f"/mine/{incident}/copy.json")
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["Content-Disposition"]
    copy: dict[str, Any] = json.loads(answer.text)
    return copy


def acts(database: Database) -> list[dict[str, Any]]:
    return database.read(lambda tx: [json.loads(row.body) for row in store.rows(tx, ARS)])


def test_the_copy_holds_everything_that_was_said(mia: Person, own: str) -> None:
    copy = download(mia, own)

    assert copy["narrative"] == TEXT
    assert copy["reporter"] == {
        "role": "affected",
        "name": "Mia Muster",
        "email": "mia@musterstadt.example",
    }
    assert copy["incident"]["forms"] == ["threat"]
    assert copy["incident"]["id"] == own
    assert copy["retention"]["months_after_closing"] == 36
    assert copy["retention"]["source_until"] is None
    assert copy["retention"]["source_months_if_closed"] == 12


def test_of_others_only_the_role_is_told(
    mia: Person, own: str, town: Sender, meet: Meet, database: Database
) -> None:
    town.get(f"/v1/incidents/{own}")

    copy = download(mia, own)

    assert copy["accused"] == {"persons": 1, "unit": "buergeramt"}
    assert ANNA not in json.dumps(copy)
    assert [(row["role"], row["act"]) for row in copy["seen"]] == [("system", "incident.opened")]
    assert "fachverfahren" not in json.dumps(copy)


def test_the_page_shows_it_and_lets_no_script_in(mia: Person, own: str) -> None:
    listed = mia.get("/mine").text
    page = mia.get(f"/mine/{own}").text

    assert f"/mine/{own}" in listed
    assert "Ich weiß, wo du wohnst." in page
    assert "<script>alert" not in page
    assert "Mia Muster" in page
    assert "36 Monate nach dem Abschluss" in page


def test_nobody_else_gets_it(own: str, meet: Meet) -> None:
    for role in ("reporter", "responsible"):
        other = meet(f"x.{role}", role)
        assert other.get(f"/mine/{own}").status_code == 404
        assert other.get(f"/mine/{own}/copy.json").status_code == 404
        assert own not in other.get("/mine").text
    assert meet("plan", "plan_owner").get(f"/mine/{own}").status_code == 403


def test_the_copy_wants_the_second_factor_again(meet: Meet) -> None:
    tired = meet("theo", "reporter", fresh=False)

    answer = tired.get("/mine/0f8fad5b-d9cb-469f-a165-70867728950e/copy.json")

    assert answer.status_code == 303
    assert "/account/confirm" in answer.location


def test_taking_it_is_recorded_without_naming_the_account(
    mia: Person, own: str, database: Database
) -> None:
    download(mia, own)

    (row,) = acts(database)
    assert (row["act"], row["who"], row["why"]) == ("copy.given", "reporter", "access")
    assert mia.account.id not in json.dumps(row)


def test_the_reporter_asks_for_erasure_and_reads_the_answer(
    mia: Person, own: str, meet: Meet, database: Database
) -> None:
    lea = meet("lea", "leadership")
    answer = mia.submit(f"/mine/{own}", scope="source", reason="withdrawn")
    assert answer.status_code == 303
    page = lea.get("/erasures").text
    assert "meldende Person" in page
    assert "mia" not in re.sub(r'value="[^"]*"', "", page.lower())  # tokens are random
    (asked,) = database.read(requests.of_incident, own)

    lea.submit(f"/erasures/requests/{asked.id}", action="decline", answer="Verfahren läuft")

    assert "Verfahren läuft" in mia.get(f"/mine/{own}").text
    assert download(mia, own)["erasure"]["requests"][0]["answer"] == "Verfahren läuft"


def test_a_hold_answers_the_reporter_with_its_reason(mia: Person, own: str, meet: Meet) -> None:
    dana = meet("dana", "data_protection_officer")
    given = {"action": "hold", "held": own, "ground": "legal_hold", "hold_reason": "12 Js 3/26"}
    dana.submit("/erasures", **given)

    answer = mia.submit(f"/mine/{own}", scope="case", reason="request")

    assert answer.status_code == 409
    assert "12 Js 3/26" in answer.text


def test_after_the_source_is_erased_no_row_leads_back_to_the_account(
    mia: Person, own: str, meet: Meet, database: Database
) -> None:
    lea = meet("lea", "leadership")
    mia.submit(f"/mine/{own}", scope="source", reason="withdrawn")
    (asked,) = database.read(requests.of_incident, own)

    answer = lea.submit(f"/erasures/requests/{asked.id}", action="order")

    assert answer.status_code == 303, answer.text
    assert database.read(requests.of_incident, own) == []
    assert mia.account.id not in json.dumps(acts(database))


def test_an_operator_takes_the_copy_for_somebody_without_an_account(
    town: Sender, database: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUECKHALT_SERVICES", "intake")
    monkeypatch.setenv("LOGNAME", "erika")
    incident = town.post(report(narrative=TEXT, accused={"persons": [BERND]})).json["id"]

    answer = CliRunner().invoke(intake, ["copy", incident, "--data", str(tmp_path)], obj=service)

    assert answer.exit_code == 0, answer.output
    copy = json.loads(answer.stdout)
    assert copy["narrative"] == TEXT
    assert BERND not in answer.stdout
    assert [(row["act"], row["who"]) for row in acts(database)] == [("copy.given", "cli:erika")]


def test_what_was_erased_gives_no_copy(
    mia: Person, own: str, sender: Callable[..., Sender]
) -> None:
    eraser = sender("incident:erase", name="amt")
    eraser.post({"scope": "case", "reason": "request"}, f"/v1/incidents/{own}/erasure")

    assert mia.get(f"/mine/{own}").status_code == 410
