# SPDX-License-Identifier: EUPL-1.2
"""POST /v1/incidents: what a sender gets, what the bus hears, what counts as unknown."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from rueckhalt_intake.app import Settings
from rueckhalt_shared.database import Database
from tests.intake.people import HERE, Meet
from tests.intake.town import ANNA, ARS, BERND, ELSEWHERE, THREAT, Sender, errors, report
from tests.support import FakeClock

Events = Callable[[], list[dict[str, Any]]]
MakeSender = Callable[..., Sender]


def test_a_report_is_accepted_and_announced(town: Sender, events: Events) -> None:
    answer = town.post(THREAT)

    assert answer.status_code == 201, answer.text
    assert answer.json["status"] == "registered"
    assert answer.json["registered_at"] == "2026-11-20T12:00:00.000Z"
    assert answer.json["status_url"].endswith(f"/intake/v1/incidents/{answer.json['id']}")
    assert [event["type"] for event in events()] == ["de.rueckhalt.incident.registered.v1"]


def test_the_bus_hears_codes_and_a_day(town: Sender, events: Events) -> None:
    town.post(report(occurred_at="2026-11-19T23:30:00Z", danger=["concrete_threat"]))

    [event] = events()
    assert event["source"] == f"/intake/{ARS}"
    assert event["version"] == 1
    assert event["data"] == {
        "mode": "live",
        "registered_at": "2026-11-20T12:00:00.000Z",
        "occurred_on": "2026-11-20",  # it was past midnight in Germany
        "forms": ["threat"],
        "channel": "email",
        "place": "office_front",
        "affected_groups": ["staff_front"],
        "relation": "unknown",
        "motives_perceived": ["unknown"],
        "severity": 2,
        "severity_derived": True,
        "danger_level": "high",
        "danger": ["concrete_threat"],
        "wishes": ["unknown"],
        "unit": "unknown",
        "cluster": "unknown",
        "reporter_role": "unknown",
        "reporter_kind": "unknown",
        "sender": "fachverfahren",
        "excluded": [],
        "exclude_supervisor": False,
        "imported": False,
    }


def test_only_municipality_and_forms_are_needed(town: Sender) -> None:
    answer = town.post({"municipality": ARS, "forms": ["unknown"]})

    assert answer.status_code == 201
    shown = town.show(answer.json)
    assert (shown["channel"], shown["affected_groups"]) == ("unknown", ["unknown"])
    assert (shown["severity"], shown["danger"], shown["narrative"]) == (None, None, None)


def test_null_counts_as_left_out(town: Sender) -> None:
    nulls = ("channel", "severity", "danger", "occurred_at", "reporter", "reference", "wishes")

    answer = town.post(THREAT | dict.fromkeys(nulls) | {"accused": {"persons": [], "unit": None}})

    assert answer.status_code == 201, answer.text


def test_the_location_keeps_the_mount(app: Flask, town: Sender) -> None:
    answer = town.client.post(
        "/v1/incidents",
        json=THREAT,
        headers=town.headers({}),
        environ_overrides={"SCRIPT_NAME": "/intake"},
    )

    assert answer.headers["Location"] == f"/intake/v1/incidents/{answer.json['id']}"


@pytest.mark.parametrize(
    ("told", "level"),
    [
        ({"danger": []}, "normal"),
        ({}, "unknown"),
        ({"danger": ["escalating"]}, "normal"),
        ({"danger": ["unknown"]}, "unknown"),
        ({"danger": [], "place": "home"}, "high"),
        ({"danger": ["weapon_shown"], "wishes": ["anonymous"]}, "acute"),
    ],
)
def test_danger_not_asked_is_not_danger_denied(
    town: Sender, events: Events, told: dict[str, Any], level: str
) -> None:
    town.post(report(**told))

    [event] = events()
    assert event["data"]["danger_level"] == level
    assert event["data"].get("danger") == told.get("danger")


@pytest.mark.parametrize(
    ("told", "severity", "derived"),
    [
        ({"forms": ["insult", "weapon"]}, 3, True),
        ({"forms": ["insult"], "severity": 3}, 3, False),
        ({"forms": ["discrimination"], "affected_groups": ["institution"]}, 0, True),
        ({"forms": ["massmail"]}, 1, True),
    ],
)
def test_severity_is_derived_and_marked(
    town: Sender, events: Events, told: dict[str, Any], severity: int, derived: bool
) -> None:
    town.post(report(**told))

    [event] = events()
    assert event["data"]["severity"] == severity
    assert event["data"]["severity_derived"] is derived


def test_accused_and_reporter_are_kept_out(town: Sender, events: Events) -> None:
    reporter = {"role": "witness", "person": ANNA.upper()}

    town.post(report(reporter=reporter, accused={"persons": [BERND], "unit": "bauamt"}))

    [event] = events()
    assert event["data"]["excluded"] == sorted([ANNA, BERND])
    assert event["data"]["exclude_supervisor"] is True
    assert event["data"]["reporter_kind"] == "person"


def test_an_anonymous_reporter_gets_a_mailbox_code_and_leaves_no_name(town: Sender) -> None:
    reporter = {"role": "affected", "name": "Mira Muster", "email": "mira@example.org"}

    answer = town.post(report(wishes=["anonymous", "contact"], reporter=reporter))

    groups = answer.json["mailbox_code"].split("-")
    assert [len(group) for group in groups] == [4, 4, 4, 4, 4, 4, 2]
    assert town.show(answer.json)["reporter"] == {"role": "affected"}


def test_whoever_is_signed_in_and_stays_anonymous_leaves_no_account(
    meet: Meet, database: Database, events: Events
) -> None:
    mia = meet("mia", "reporter")
    told = report(wishes=["anonymous"], reference="Az 1")
    first = mia.client.post("/v1/incidents", json=told, headers=HERE)
    again = mia.client.post("/v1/incidents", json=told, headers=HERE)
    later = mia.client.post("/v1/incidents", json=report(), headers=HERE).json["id"]
    mia.client.patch(f"/v1/incidents/{later}", json={"wishes": ["anonymous"]}, headers=HERE)

    assert first.status_code == 201
    assert again.json == first.json  # a retry is still known
    assert mia.get(f"/v1/incidents/{first.json['id']}").status_code == 404
    kept = database.read(
        lambda tx: tx.execute(text("SELECT sender FROM incidents")).scalars().all()
    )
    assert not [sender for sender in kept if mia.account.id in sender]
    assert len(set(kept)) == 2  # nor can the two be told to be of one person
    assert {event["data"].get("sender", "account") for event in events()} == {"account"}
    assert mia.account.id not in str(events())


def test_nobody_else_gets_a_mailbox_code(town: Sender) -> None:
    assert "mailbox_code" not in town.post(report(wishes=["contact"])).json


def test_a_test_key_reports_in_test_mode(sender: MakeSender, events: Events) -> None:
    sender("incident:create", mode="test").post(THREAT)

    [event] = events()
    assert event["data"]["mode"] == "test"


def test_an_import_is_historic_and_closed(
    sender: MakeSender, events: Events, clock: FakeClock
) -> None:
    archive = sender("incident:create", "incident:read", "incident:import")

    answer = archive.post(report(registered_at="2017-03-02", wishes=["anonymous"]))

    assert answer.json["status"] == "closed"
    assert answer.json["registered_at"] == "2017-03-02T11:00:00.000Z"  # noon in Germany
    assert "mailbox_code" not in answer.json
    shown = archive.show(answer.json)
    assert (shown["imported"], shown["close_reason"]) == (True, "imported")
    [event] = events()
    assert (event["data"]["imported"], event["data"]["mode"]) == (True, "live")


def test_only_an_importer_may_tell_the_time_of_registration(town: Sender, events: Events) -> None:
    answer = town.post(report(registered_at="2017-03-02"))

    assert answer.status_code == 403
    assert "incident:import" in answer.json["detail"]
    assert events() == []


def test_a_foreign_municipality_is_out_of_reach(town: Sender, events: Events) -> None:
    answer = town.post(report(municipality=ELSEWHERE))

    assert answer.status_code == 403
    assert events() == []


def test_a_configured_ags_becomes_its_ars(sender: MakeSender) -> None:
    kreis = sender("incident:create", "incident:read", municipalities=["16077"])

    accepted = kreis.post(report(municipality="16077043"))
    unknown = kreis.post(report(municipality="16077001"))

    assert kreis.show(accepted.json)["municipality"] == "160770043043"
    assert "ARS" in errors(unknown)["municipality"]


def test_every_sender_name_has_a_code_for_the_bus(sender: MakeSender, events: Events) -> None:
    sender("incident:create", name="Stadt Köln – Fachverfahren").post(THREAT)

    [event] = events()
    assert event["data"]["sender"] == "stadt-k-ln---fachverfahren"


def test_a_report_needs_a_key_and_the_scope(sender: MakeSender, settings: Settings) -> None:
    reader = sender("incident:read")

    assert reader.client.post("/v1/incidents", json=THREAT).status_code == 401
    assert reader.post(THREAT).status_code == 403


def test_units_of_the_file_go_on_the_bus_with_their_cluster(
    settings: Settings, database: Any, events: Events, keys: Any
) -> None:
    from rueckhalt_intake.app import create_app

    path = settings.data / "units.csv"
    path.write_text("unit,cluster\nbuergeramt,publikum\nbauamt,technik\n", encoding="utf-8")
    key = keys.create(sender="a", scopes=["incident:create"], municipalities=[ARS])
    town = Sender(create_app(settings, database).test_client(), key)

    accepted = town.post(report(organisation_unit="buergeramt"))
    unknown = town.post(report(organisation_unit="jobcenter"))

    assert accepted.status_code == 201
    assert [(e["data"]["unit"], e["data"]["cluster"]) for e in events()] == [
        ("buergeramt", "publikum")
    ]
    assert unknown.json["errors"] == [
        {
            "field": "organisation_unit",
            "problem": "unknown unit 'jobcenter'",
            "allowed": ["buergeramt", "bauamt"],
        }
    ]


def test_without_a_file_the_unit_stays_in_intake(town: Sender, events: Events) -> None:
    answer = town.post(report(organisation_unit="buergeramt"))

    assert town.show(answer.json)["organisation_unit"] == "buergeramt"
    assert events()[0]["data"]["unit"] == "unknown"
