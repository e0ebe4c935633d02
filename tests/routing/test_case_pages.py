# SPDX-License-Identifier: EUPL-1.2
"""The pages of whoever is asked: their cases, what they can do, and "Warum ich?"."""

import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.duty.domain import CHANGES
from rueckhalt_shared.audit.store import audit_rows
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.messages import Catalogue
from tests.html_check import Page
from tests.intake.staff import OWN_PAGE, Person, signed_in
from tests.routing.test_presence import away
from tests.routing.town import ARS, Town, person


@pytest.fixture
def app(settings: Settings, town: Town) -> Flask:
    return create_app(settings, town.database)


@pytest.fixture
def meet(app: Flask, keys: KeyStore) -> Callable[..., Person]:
    """Somebody of the plan, signed in: `meet("anna.aydin")`."""

    def signed(key: str, *roles: str) -> Person:
        held = [(role, ARS) for role in roles or ("responsible",)]
        return signed_in(app.test_client(), keys, key.replace(".", "-"), person(key), *held)

    return signed


@pytest.fixture
def anna(meet: Callable[..., Person]) -> Person:
    return meet("anna.aydin")


THREAT = {"severity": 2, "forms": ("threat",)}


def act(who: Person, town: Town, incident: str, verb: str, **fields: str) -> None:
    """Press a button of the page, on the version that is shown now."""
    assignment = town.assignment(incident)
    data = {"version": str(assignment.version), **fields}
    answer = press(who, assignment.id, verb, **data)
    assert answer.status_code == 303, answer.text


def press(who: Person, id: str, verb: str, **fields: str) -> TestResponse:
    token = _TOKEN.search(who.page("/account").text)
    assert token is not None
    data = {"csrf_token": token[1], **fields}
    return who.client.post(f"/assignments/{id}/{verb}", data=data, headers=OWN_PAGE)


_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def without_token(page: str) -> str:
    return _TOKEN.sub("", page)


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
@pytest.mark.parametrize("is_taken", [False, True])
def test_every_page_is_sound_in_every_language(
    anna: Person, town: Town, lang: str, is_taken: bool
) -> None:
    case = town.report(**THREAT)
    town.pass_(hours=2)
    if is_taken:
        town.answer(case, "anna.aydin", "take_over")

    here = f"/assignments/{case.id}"
    for path in (
        "/assignments",
        here,
        f"{here}/why",
        f"{here}/decline",
        f"{here}/offer",
        f"{here}/done",
    ):
        answer = anna.page(f"{path}?lang={lang}")
        assert answer.status_code == 200, path
        assert Page(answer.text).faults() == []


def test_the_list_shows_what_one_was_told_of_and_nothing_else(
    anna: Person, meet: Callable[..., Person], town: Town
) -> None:
    case = town.report(**THREAT)

    asked, stranger = anna.page("/assignments").text, meet("karla.kern").page("/assignments").text

    assert case.id in asked
    assert "wartet auf Ihre Antwort" in asked
    assert case.id not in stranger
    assert "Zurzeit ist für Sie nichts offen" in stranger


def test_taking_over_working_on_it_and_finishing_by_the_pages(anna: Person, town: Town) -> None:
    case = town.report(**THREAT)

    act(anna, town, case.incident_id, "take-over")
    assert "von Ihnen übernommen" in anna.page(f"/assignments/{case.id}").text
    town.clock.pass_(hours=3)
    act(anna, town, case.incident_id, "activity")
    moved = town.assignment(case.incident_id)
    act(anna, town, case.incident_id, "done")

    assert moved.follow_up_by is not None
    assert (moved.follow_up_by - town.clock.now).total_seconds() == 8 * 3600
    assert town.assignment(case.incident_id).state == "closed"
    assert town.said_types()[1:] == [
        "responsibility.taken_over",
        "responsibility.taken_over",
        "responsibility.completed",
    ]


def test_two_who_press_at_once_one_takes_over_and_the_other_is_told_to_look_again(
    anna: Person, meet: Callable[..., Person], town: Town
) -> None:
    case = town.report(**THREAT)
    town.pass_(hours=2)
    lars, seen = meet("lars.lind"), str(town.assignment(case.incident_id).version)

    for who in (lars, anna):
        press(who, case.id, "take-over", version=seen)

    assert town.assignment(case.incident_id).taken_by == person("lars.lind")
    assert "Inzwischen hat sich etwas geändert" in anna.page(f"/assignments/{case.id}").text


def test_declining_needs_a_reason_and_asks_the_next_at_once(anna: Person, town: Town) -> None:
    case = town.report(**THREAT)
    version = str(case.version)

    empty = press(anna, case.id, "decline", version=version)
    act(anna, town, case.incident_id, "decline", reason="not_mine")

    assert empty.status_code == 422
    assert town.assignment(case.incident_id).person == person("lars.lind")
    why = anna.page(f"/assignments/{case.id}/why").text
    assert "Das gehört nicht zu meinen Aufgaben" in why


def test_who_says_that_they_are_in_conflict_finds_it_no_more_and_every_service_hears(
    anna: Person, meet: Callable[..., Person], town: Town
) -> None:
    case = town.report(**THREAT)

    act(anna, town, case.incident_id, "decline", reason="in_conflict")
    town.amend(case.incident_id, severity=3, forms=("threat",))
    for _ in range(12):
        town.pass_(minutes=15)

    assert anna.page(f"/assignments/{case.id}").status_code == 404
    assert anna.page(f"/assignments/{case.id}/why").status_code == 404
    assert case.id not in anna.page("/assignments").text
    assert person("anna.aydin") in town.said()[1][1]["excluded"]
    told = str([data.get("recipients") for _, data in town.said()[1:]])
    assert person("anna.aydin") not in told
    lars = meet("lars.lind")
    assert "Anna Aydin" not in lars.page(f"/assignments/{case.id}/why").text


def test_handing_over_to_a_colleague_who_accepts(
    anna: Person, meet: Callable[..., Person], town: Town
) -> None:
    case = town.report(**THREAT)
    act(anna, town, case.incident_id, "take-over")

    act(anna, town, case.incident_id, "offer", to="ines.iwanow")
    ines = meet("ines.iwanow")
    assert "Ihnen angeboten" in ines.page(f"/assignments/{case.id}").text
    act(ines, town, case.incident_id, "accept")

    assert town.assignment(case.incident_id).taken_by == person("ines.iwanow")
    assert "von jemand anderem übernommen" in anna.page(f"/assignments/{case.id}").text


def test_a_partner_needs_consent_and_the_giver_notes_their_answer(anna: Person, town: Town) -> None:
    case = town.report(**THREAT)
    act(anna, town, case.incident_id, "take-over")
    version = str(town.assignment(case.incident_id).version)

    refused = press(anna, case.id, "offer", version=version, to="beratung.thueringen")
    act(anna, town, case.incident_id, "offer", to="beratung.thueringen", consent="true")
    assert "Die Stelle hat zugesagt" in anna.page(f"/assignments/{case.id}").text
    act(anna, town, case.incident_id, "accept")

    assert refused.status_code == 422
    assert "Einverständnis" in refused.text
    assert town.assignment(case.incident_id).taken_by is None
    act(anna, town, case.incident_id, "done")
    assert town.assignment(case.incident_id).state == "closed"


def test_the_excluded_and_the_unknown_find_the_same_nothing(
    meet: Callable[..., Person], town: Town
) -> None:
    case = town.report(**THREAT, excluded=(person("bernd.brandt"),))
    bernd = meet("bernd.brandt")
    unknown = case.id[:-1] + ("0" if case.id[-1] != "0" else "1")

    for path in ("", "/why", "/decline", "/offer", "/done"):
        ours, theirs = (bernd.page(f"/assignments/{id}{path}") for id in (case.id, unknown))
        assert (ours.status_code, theirs.status_code) == (404, 404)
        same = [without_token(each.text) for each in (ours, theirs)]
        assert same[0] == same[1]
    for verb in ("take-over", "activity", "accept", "refuse", "done"):
        assert press(bernd, case.id, verb, version="1").status_code == 404
    assert bernd.page(f"/assignments/of/{case.incident_id}").status_code == 404
    assert town.assignment(case.incident_id) == case


def test_why_me_says_rule_time_people_and_steps_in_plain_german(anna: Person, town: Town) -> None:
    case = town.report(**THREAT)
    town.pass_(hours=2)

    why = anna.page(f"/assignments/{case.id}/why").text

    for told in (
        "Regel „",
        "Bedrohung",
        "Öffnungszeit",
        "Sie: ",
        "niemand hat rechtzeitig",
        "Fassung 1",
    ):
        assert told in why, told
    assert "Befangen" not in why


def test_only_the_plans_auditor_reads_who_is_in_conflict_and_why(
    meet: Callable[..., Person], town: Town
) -> None:
    case = town.report(**THREAT, excluded=(person("bernd.brandt"),))
    keeper = meet("jonas.jung", "plan_owner", "responsible")

    why = keeper.page(f"/assignments/{case.id}/why")

    assert why.status_code == 200
    assert "Bernd Brandt: beschuldigt" in why.text
    assert f'href="/assignments/{case.id}"' not in why.text  # they audit it, but it is not theirs


def test_whoever_keeps_the_plan_sees_why_in_codes_and_that_they_looked_is_recorded(
    meet: Callable[..., Person], town: Town
) -> None:
    case = town.report(**THREAT)
    keeper = meet("jonas.jung", "plan_owner")

    listed = keeper.page("/assignments")
    why = keeper.page(f"/assignments/{case.id}/why")

    assert f'href="/assignments/{case.id}/why"' in listed.text
    assert why.status_code == 200
    assert "steht im Zugriffsprotokoll" in why.text
    assert keeper.page(f"/assignments/{case.id}").status_code == 403
    rows = town.database.read(lambda tx: list(tx.execute(select(audit_rows.c.body)).scalars()))
    (seen,) = [each for each in map(json.loads, rows) if each["act"] == "assignment.explained"]
    assert (seen["object"], seen["case"], seen["why"]) == (case.id, None, "plan")


def test_whoever_keeps_the_plan_finds_no_case_that_accuses_them(
    meet: Callable[..., Person], town: Town
) -> None:
    case = town.report(**THREAT, excluded=(person("jonas.jung"),))
    keeper = meet("jonas.jung", "plan_owner")

    assert case.id not in keeper.page("/assignments").text
    assert keeper.page(f"/assignments/{case.id}/why").status_code == 404


def test_why_me_says_who_was_not_there_and_by_what_somebody_has_duty(
    meet: Callable[..., Person], town: Town
) -> None:
    away(town, "anna.aydin")
    case = town.report(**THREAT)

    why = meet("lars.lind").page(f"/assignments/{case.id}/why").text

    assert "Anna Aydin abwesend" in why
    assert f'href="/assignments/{case.id}"' in why


def test_who_was_not_there_and_is_in_conflict_later_is_named_no_more(
    meet: Callable[..., Person], town: Town
) -> None:
    away(town, "anna.aydin")
    case = town.report(**THREAT)
    town.amend(case.incident_id, forms=("threat",), excluded=(person("anna.aydin"),))

    lars = meet("lars.lind")
    for path in ("", "/why"):
        assert "Anna Aydin" not in lars.page(f"/assignments/{case.id}{path}").text


@pytest.mark.parametrize("because", [*CHANGES, "rota", "holder", "stand_in", "catch_all"])
def test_every_reason_to_be_asked_has_words(because: str) -> None:
    assert Catalogue.of_package("rueckhalt_routing").has(f"why.because.{because}")


def test_the_desk_finds_the_case_by_its_incident(anna: Person, town: Town) -> None:
    case = town.report(**THREAT)

    answer = anna.page(f"/assignments/of/{case.incident_id}")

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/assignments/{case.id}")
