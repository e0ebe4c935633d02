# SPDX-License-Identifier: EUPL-1.2
"""The pages of drafts: every part can be edited, what is wrong is told at its field."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.drafts import publishing
from rueckhalt_routing.drafts.opening import opened
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty import store as duty_store
from rueckhalt_routing.duty.entries import Absence
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.files import write_plan
from rueckhalt_routing.plan_pages.heat import DELIBERATE, GAP, HELD, WEAK, heat
from rueckhalt_shared.keys import KeyStore
from tests.intake.people import Person
from tests.routing import drafting
from tests.routing.town import ARS, Town, person
from tests.support import FakeClock

DRAFTS = "/plan/drafts"


@pytest.fixture
def meet(settings: Settings, town: Town, keys: KeyStore) -> Callable[..., Person]:
    """A plan owner, signed in: `meet("david.dorn")`."""
    app: Flask = create_app(settings, town.database)
    return lambda key, **options: Person(
        app, keys, key.replace(".", "-"), "plan_owner", place=ARS, person=person(key), **options
    )


@pytest.fixture
def david(meet: Callable[..., Person]) -> Person:
    return meet("david.dorn")


@pytest.fixture
def draft(david: Person) -> str:
    """The address of a new draft."""
    answer = david.submit(DRAFTS, name="Probe", origin="published")
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def plan_in(town: Town, draft: str) -> Plan:
    """What the draft says now."""
    plan = opened(drafting.get(town.database, draft.rpartition("/")[2]).source).plan
    assert plan is not None
    return plan


def version_in(town: Town, draft: str) -> int:
    return drafting.get(town.database, draft.rpartition("/")[2]).version


def save(who: Person, town: Town, page: str, **fields: Any) -> Any:
    """Send the form of a part."""
    draft = "/".join(page.split("/")[:4])
    return who.submit(page, version=str(version_in(town, draft)), **fields)


RULE = {
    "code": "zettel",
    "tier": "2",
    "title": "Drohzettel",
    "when_form": ["threat"],
    "when_urgency": ["u0", "u1"],
    "chain": "ansprechstelle",
    "told": ["hvb"],
    "take_over_within": "4 h",
    "steps": "clearing",
}


def test_a_new_rule_stands_where_its_tier_ends(david: Person, town: Town, draft: str) -> None:
    answer = save(david, town, f"{draft}/rules/new", **RULE)

    assert answer.status_code == 303
    rules = [rule.code for rule in plan_in(town, draft).rules if rule.tier >= 2]
    assert rules[-2:] == ["zettel", "auffang"]
    shown = david.get(f"{draft}/rules/zettel").text
    assert 'value="threat" checked' in shown
    assert 'value="4 h"' in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "Großes Wort"), ("take_over_within", "bald"), ("steps", "!"), ("chain", "")],
)
def test_a_wrong_rule_is_told_and_not_stored(
    david: Person, town: Town, draft: str, field: str, value: str
) -> None:
    answer = save(david, town, f"{draft}/rules/new", **RULE | {field: value})

    assert answer.status_code == 422
    assert "data-focus" in answer.text  # the error summary
    assert version_in(town, draft) == 1


def test_two_who_edit_do_not_overwrite_each_other(
    david: Person, meet: Callable[..., Person], town: Town, draft: str
) -> None:
    eva = meet("eva.engel")
    save(david, town, f"{draft}/rules/new", **RULE)

    answer = eva.submit(f"{draft}/roles/hvb", version="1", code="hvb", holder="eva.engel")

    assert answer.status_code == 422
    assert "inzwischen geändert" in answer.text
    assert plan_in(town, draft).roles["hvb"].holders[0] == "greta.gross"


def test_roles_chains_people_calendar_and_rotas_are_edited(
    david: Person, town: Town, draft: str
) -> None:
    parts: dict[str, dict[str, Any]] = {
        "people/persons/new": {"key": "otto.orth", "name": "Otto Orth", "until": "2027-06-30"},
        "roles/hvb": {"code": "hvb", "holder": "otto.orth", "stand_ins": ["hasan.hoff", ""]},
        "rotas/new": {
            "code": "nacht",
            "members": "otto.orth\nclara.conrad, farid.fischer",
            "every": "7 d",
            "starts": "2026-11-30 08:00",
        },
        "chains/new": {
            "code": "nachts",
            "targets_1": ["rota:nacht", ""],
            "wait_1": "10 min",
            "targets_2": ["role:hvb"],
            "urgency_2": ["u3"],
        },
        "times": {
            "title": "Neuer Plan",
            "person": "anna.aydin",
            "stand_in": "otto.orth",
            "office_hours": "07:30-15:00",
            "closing_days": "2026-12-24\n2026-12-31",
        },
    }
    for page, fields in parts.items():
        answer = save(david, town, f"{draft}/{page}", **fields)
        assert answer.status_code == 303, (page, answer.text)

    plan = plan_in(town, draft)
    assert plan.title == "Neuer Plan"
    assert plan.roles["hvb"].holders == ("otto.orth", "hasan.hoff")
    assert plan.rotas["nacht"].groups == (("otto.orth",), ("clara.conrad", "farid.fischer"))
    steps = plan.chains["nachts"].steps
    assert [str(step.targets[0]) for step in steps] == ["rota:nacht", "role:hvb"]
    assert steps[1].urgencies == {"u3"}
    assert plan.catch_all.stand_in == "otto.orth"
    assert f"{plan.calendar.office_from:%H:%M}" == "07:30"
    assert len(plan.calendar.closing_days) == 2
    for page in ("people/persons/otto.orth", "rotas/nacht", "chains/nachts", "times"):
        assert david.get(f"{draft}/{page}").status_code == 200, page


def test_a_text_with_faults_is_kept_and_shown_with_its_line(
    david: Person, town: Town, draft: str
) -> None:
    source = drafting.get(town.database, draft.rpartition("/")[2]).source

    answer = save(david, town, f"{draft}/text", source=source + "\nunsinn: 1\n")

    assert answer.headers["Location"].endswith("/text")
    shown = david.get(f"{draft}/text").text
    assert "unsinn" in shown
    assert f"Zeile {source.count(chr(10)) + 2}, unsinn" in shown
    assert david.get(f"{draft}/matrix").status_code == 409


@pytest.mark.parametrize("origin", ["default", "text"])
def test_a_draft_begins_with_what_is_chosen(david: Person, town: Town, origin: str) -> None:
    answer = david.submit(DRAFTS, name="Neu", origin=origin, source="format: 1\n")

    draft = answer.headers["Location"]
    text = opened(drafting.get(town.database, draft.rpartition("/")[2]).source)
    assert text.is_readable == (origin == "default")
    assert david.get(draft).status_code == 200


def test_a_draft_begins_with_a_spreadsheet(david: Person, town: Town, draft: str) -> None:
    document = opened(drafting.get(town.database, draft.rpartition("/")[2]).source).document
    sheet = write_plan(document, "xlsx")

    files = {"file": (BytesIO(sheet), "plan.xlsx")}
    answer = david.submit(DRAFTS, name="Tabelle", origin="text", **files)
    broken = david.submit(DRAFTS, name="x", origin="text", file=(BytesIO(b"PK"), "plan.xlsx"))

    assert plan_in(town, answer.headers["Location"]) == plan_in(town, draft)
    assert broken.status_code == 422


def first_told(shown: str) -> str:
    """Who is told at once, by the page of a case on trial."""
    found = re.search(r'<th scope="row">sofort</th><td>([^<]+)</td>', shown)
    assert found is not None
    return found[1]


def test_who_is_away_today_counts_in_a_trial(david: Person, town: Town, draft: str) -> None:
    page, now = f"{draft}/trial?try=1&form=insult&severity=1&unit=buergeramt", town.clock.now
    before = first_told(david.get(page).text)
    away = Absence(
        id="a",
        municipality=ARS,
        person="bernd.brandt",
        start_at=now - timedelta(days=1),
        end_at=now + timedelta(days=3),
        source="page",
        noted_by="test",
        noted_at=now,
    )
    town.database.run(duty_store.add_absences, [away])
    town.database.run(duty.changed, ARS)

    assert (before, first_told(david.get(page).text)) == ("Bernd Brandt", "David Dorn")


def test_a_key_signs_nothing(client: Any, town: Town) -> None:
    id = drafting.begin(town.database).id

    answer = client.get(f"{DRAFTS}/{id}/publish")

    assert answer.status_code == 403


def test_whoever_publishes_is_told_of_cases_that_nobody_has_signed_for(
    david: Person, meet: Callable[..., Person], town: Town, draft: str
) -> None:
    save(david, town, f"{draft}/rules/verbal", action="remove")
    save(david, town, f"{draft}/check")
    eva = meet("eva.engel")

    page = eva.get(f"{draft}/publish").text

    assert "Sie sind die zweite Person" in page
    warned = page.partition("Worauf Sie achten sollten")[2].partition("<h2>")[0]
    assert "Nur durch die Auffangregel gedeckt" in warned
    assert "Nichts, was zu tun wäre." not in eva.get(draft).text  # the weak cells stand above


def test_a_draft_that_is_not_checked_is_checked_where_it_would_be_published(
    david: Person, draft: str
) -> None:
    page = david.get(f"{draft}/publish").text

    assert "noch nicht geprüft" in page
    assert f'action="{draft}/check"' in page


def test_a_reason_too_short_is_told_how_long_it_has_to_be(david: Person, draft: str) -> None:
    answer = david.submit(f"{draft}/publish", version="1", action="ask", reason="Kurz.")

    assert answer.status_code == 422
    assert "Zwischen 10 und 500 Zeichen." in answer.text


def test_an_emergency_is_marked_on_each_page(
    david: Person, meet: Callable[..., Person], town: Town, draft: str, clock: FakeClock
) -> None:
    eva, page = meet("eva.engel"), f"{draft}/publish"
    save(david, town, f"{draft}/rules/verbal", action="remove")
    david.submit(page, version="2", action="ask", reason="Morgen ist niemand mehr da.")
    assert "beantragt" in eva.get(page).text

    answer = eva.submit(page, version="3", action="agree")

    assert answer.headers["Location"] == "/plan"
    for each in ("/plan", "/plan/matrix", DRAFTS):
        assert "rk-alarm" in david.get(each).text
    assert david.get("/v1/plan/standing").json["light"] == "red"
    assert "emergency" in david.get("/v1/plan/standing").json["reasons"]
    clock.pass_(hours=73)
    publishing.end_emergencies(town.database)
    assert "rk-alarm" not in david.get("/plan").text


def test_a_draft_that_changes_nothing_is_not_published(
    david: Person, meet: Callable[..., Person], town: Town, draft: str
) -> None:
    save(david, town, f"{draft}/check")

    answer = meet("eva.engel").submit(f"{draft}/publish", version="1", action="publish")

    assert answer.status_code == 409
    assert "gilt schon" in answer.text


def test_last_year_is_replayed_by_rule_and_names_no_incident(
    david: Person, town: Town, draft: str
) -> None:
    incidents = [town.report().incident_id for _ in range(3)]
    town.report(forms=("threat",), severity=2)
    hidden = town.report(excluded=(person("david.dorn"),))
    save(david, town, f"{draft}/rules/verbal", action="remove")

    shown = david.get(f"{draft}/replay").text

    assert "3 von 4 wären woanders gelandet." in shown
    assert "verbal → fuehrungskraft: Bernd Brandt" in shown
    assert "auffang → ansprechstelle: Anna Aydin" in shown
    assert not any(id in shown for id in (*incidents, hidden.incident_id))


def test_a_case_on_trial_says_who_when_and_why(david: Person) -> None:
    query = "try=1&at=2026-12-24T23:00&form=threat&severity=2&relation=citizen"

    shown = david.get(f"/plan/trial?{query}").text

    assert "Do 24.12.2026 23:00" in shown
    assert "Anna Aydin" in shown
    assert "stufe_2" in shown
    assert "data-focus" in david.get("/plan/trial?try=1&form=nonsense").text


def test_the_certificate_names_nobody(david: Person, town: Town, draft: str) -> None:
    save(david, town, f"{draft}/check")
    names = [each.name for each in plan_in(town, draft).persons if each.key != "david.dorn"]

    shown = david.get(f"{draft}/certificate").text

    assert "ist jemand zuständig und erreichbar" in shown
    assert not [name for name in names if name in shown]
    fetched = david.get(f"{draft}/certificate.json")
    assert fetched.json["plan"]["hash"] in shown


def test_the_map_counts_every_case(musterstadt: Any) -> None:
    found = heat(musterstadt.plan)

    assert sum(cell.cases for cell in found.cells.values()) == 9_746_100
    assert found.counts == {DELIBERATE: 18, HELD: 67}
    assert {GAP, WEAK}.isdisjoint(found.counts)
    for cell in found.cells.values():
        assert sum(n for _, n in cell.winners) + cell.gap == cell.cases
