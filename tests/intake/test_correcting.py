# SPDX-License-Identifier: EUPL-1.2
"""PATCH and close: corrections carry the whole coded state, once, by the sender alone."""

from collections.abc import Callable
from typing import Any

import pytest

from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.handlers import ChangedMeanwhile
from rueckhalt_intake.incidents.showing import reach_of
from rueckhalt_intake.units import Units
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import Caller
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender, errors, report

Events = Callable[[], list[dict[str, Any]]]
MakeSender = Callable[..., Sender]


def test_a_correction_tells_the_whole_state_and_what_changed(town: Sender, events: Events) -> None:
    accepted = town.post(THREAT).json

    answer = town.patch(accepted, forms=["assault", "weapon"], place="home")

    assert answer.status_code == 200, answer.text
    assert (answer.json["version"], answer.json["severity"]) == (2, 3)
    registered, amended = events()
    assert (amended["type"], amended["version"]) == ("de.rueckhalt.incident.amended.v1", 2)
    assert amended["data"]["changed"] == ["forms", "place", "severity", "danger_level"]
    assert set(registered["data"]) <= set(amended["data"])
    assert amended["data"]["affected_groups"] == ["staff_front"]


def test_a_new_narrative_is_sealed_again_and_leaves_the_rest(town: Sender, events: Events) -> None:
    accepted = town.post(report(reference="Az 7", reporter={"name": "Mira"})).json

    town.patch(accepted, narrative="Es war doch anders.")

    shown = town.show(accepted)
    assert shown["narrative"] == "Es war doch anders."
    assert (shown["reference"], shown["reporter"]["name"]) == ("Az 7", "Mira")
    assert events()[-1]["data"]["changed"] == ["narrative"]
    assert "anders" not in str(events())


def test_null_takes_an_answer_back(town: Sender) -> None:
    accepted = town.post(report(severity=0, danger=[], occurred_at="2026-11-19")).json

    shown = town.patch(accepted, severity=None, danger=None, occurred_at=None, narrative=None).json

    assert (shown["severity"], shown["severity_derived"]) == (2, True)
    assert (shown["danger"], shown["danger_level"]) == (None, "unknown")
    assert (shown["occurred_at"], shown["narrative"]) == (None, None)


def test_the_same_correction_again_changes_nothing(town: Sender, events: Events) -> None:
    accepted = town.post(THREAT).json

    for _ in range(2):
        answer = town.patch(accepted, place="home", narrative="Neu")

    assert answer.json["version"] == 2
    assert len(events()) == 2


def test_accused_and_reporter_can_be_corrected(town: Sender, events: Events) -> None:
    accepted = town.post(report(accused={"persons": [ANNA]})).json

    town.patch(accepted, accused={"persons": [BERND]}, reporter={"person": ANNA})

    assert events()[-1]["data"]["excluded"] == sorted([ANNA, BERND])
    assert town.show(accepted)["accused"]["persons"] == [BERND]


def test_who_becomes_anonymous_leaves_no_name(town: Sender) -> None:
    accepted = town.post(report(reporter={"name": "Mira Muster"})).json

    town.patch(accepted, wishes=["anonymous"])

    assert town.show(accepted)["reporter"] == {"role": "unknown"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"forms": []}, "forms"),
        ({"forms": None}, "forms"),
        ({"municipality": ARS}, "municipality"),
        ({"reference": "x"}, "reference"),
        ({"registered_at": "2020-01-01"}, "registered_at"),
        ({"occurred_at": "2030-01-01"}, "occurred_at"),
    ],
)
def test_what_may_not_be_corrected_is_refused(
    town: Sender, events: Events, change: dict[str, Any], field: str
) -> None:
    accepted = town.post(THREAT).json

    answer = town.patch(accepted, **change)

    assert answer.status_code == 422
    assert field in errors(answer)
    assert len(events()) == 1


def test_only_the_sender_may_correct(sender: MakeSender) -> None:
    accepted = sender("incident:create", name="kita").post(THREAT).json
    reader = sender("incident:create", "incident:read", name="leitung")

    assert reader.show(accepted)["id"] == accepted["id"]
    assert reader.patch(accepted, place="home").status_code == 404


def test_of_two_corrections_at_once_one_is_told_to_look_again(
    town: Sender, database: Database
) -> None:
    accepted = town.post(THREAT).json
    who = Caller(
        sender="fachverfahren",
        key_id="",
        mode="live",
        scopes=frozenset(),
        municipalities=(ARS,),
    )
    before = database.read(handlers.show_incident, accepted["id"], reach_of(who))
    town.patch(accepted, place="home")
    late = before.__class__(**vars(before) | {"version": 2, "narrative": None})

    with pytest.raises(ChangedMeanwhile):
        database.run(handlers.amend_incident, before, late, units=Units())


def test_closing_is_announced_once(town: Sender, events: Events) -> None:
    accepted = town.post(THREAT).json

    answers = [town.close(accepted) for _ in range(2)]

    assert [answer.json["status"] for answer in answers] == ["closed", "closed"]
    [_, closed] = events()
    assert (closed["type"], closed["version"]) == ("de.rueckhalt.incident.closed.v1", 2)
    assert closed["data"] == {
        "mode": "live",
        "closed_at": "2026-11-20T12:00:00.000Z",
        "reason": "resolved",
        "feedback_given": True,
    }


def test_closing_otherwise_is_a_conflict(town: Sender, events: Events) -> None:
    accepted = town.post(THREAT).json
    town.close(accepted)

    assert town.close(accepted, reason="duplicate").status_code == 409
    assert len(events()) == 2


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"reason": "boredom"}, "reason"),
        ({"feedback_given": "yes"}, "feedback_given"),
        ({"feedback_given": None}, "feedback_given"),
    ],
)
def test_closing_needs_a_reason_and_says_whether_feedback_was_given(
    town: Sender, told: dict[str, Any], field: str
) -> None:
    accepted = town.post(THREAT).json

    assert field in errors(town.close(accepted, **told))


def test_a_closed_incident_can_still_be_corrected(town: Sender, events: Events) -> None:
    accepted = town.post(THREAT).json
    town.close(accepted)

    assert town.patch(accepted, forms=["insult"]).json["status"] == "closed"
    assert [event["version"] for event in events()] == [1, 2, 3]
