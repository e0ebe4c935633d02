# SPDX-License-Identifier: EUPL-1.2
"""The page of the gaps: what is missing, from when on, who closes it, and what was closed."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.certificates.running import Proving
from rueckhalt_routing.certificates.standing_in import Lack, lacks_of
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.drafts import handlers as drafts
from rueckhalt_routing.drafts.opening import opened
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty import store as duty_store
from rueckhalt_routing.duty.entries import Absence
from rueckhalt_routing.plan.handlers import draft_of
from rueckhalt_routing.proving.people import reach_of
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.keys import SCOPES, KeyStore
from rueckhalt_shared.settings import ServiceSettings
from tests.intake.people import Person
from tests.routing.drafting import DAVID
from tests.routing.town import ARS, Town, person
from tests.support import FakeClock

HTML = {"Accept": "text/html"}


@pytest.fixture
def proving(clock: FakeClock, town: Town, tmp_path: Path) -> Proving:
    settings = ServiceSettings(service="routing", data=tmp_path)
    tombstones.install(town.database, settings)
    return Proving(clock)


def everybody_away() -> str:
    """Musterstadt's plan with an outing of the whole house on Christmas Eve."""
    people = [person.key for person in draft_of(sample_plan()).plan.persons]
    away = "".join(
        f"  - {{person: {key}, from: 2026-12-24 08:00, until: 2026-12-24 20:00}}\n"
        for key in people
    )
    return f"{sample_plan()}\nabsences:\n{away}"


def prove(town: Town, proving: Proving) -> None:
    while proving.run(town.database):
        pass


def test_without_gaps_the_page_says_so(town: Town, proving: Proving, client: Any) -> None:
    prove(town, proving)

    page = client.get("/plan/gaps", headers=HTML)

    assert page.status_code == 200, page.text
    assert "Keine Lücke" in page.text
    assert "Grün: nachgewiesen" in page.text


def test_a_gap_is_told_with_its_sentence_its_begin_and_its_owner(
    town: Town, proving: Proving, client: Any
) -> None:
    town.publish_plan(everybody_away())
    prove(town, proving)

    page = client.get("/plan/gaps", headers=HTML).text

    assert "Niemand erreichbar" in page
    assert "24.12.2026" in page
    assert "David Dorn" in page
    assert "Gelb" in page
    plan = client.get("/plan", headers=HTML).text
    certificate = client.get("/plan/certificate", headers=HTML).text
    assert "gilt nur bis dahin" in certificate  # never that all chains are held, and no more
    assert 'href="/plan/gaps"' in plan.partition("<dt>Titel")[0]  # beside the light, at a click
    assert "Nobody reachable" in client.get("/plan/gaps?lang=en", headers=HTML).text


def test_the_calendar_of_the_plan_in_force_shows_the_standing_proof(
    town: Town, proving: Proving, client: Any
) -> None:
    town.publish_plan(everybody_away())
    assert "wird gerade geprüft" in client.get("/plan/calendar", headers=HTML).text
    prove(town, proving)

    page = client.get("/plan/calendar", headers=HTML).text

    assert "Do 24.12.2026 08:00 bis Do 24.12.2026 20:00" in page
    assert "Jetzt prüfen" not in page
    plan = client.get("/plan", headers=HTML).text
    assert "Eine Lücke steht bevor." in plan
    assert "catch_all: alle sind zugleich abwesend (2026-12-24)" in plan


def test_a_gap_that_was_closed_stays_readable(town: Town, proving: Proving, client: Any) -> None:
    town.publish_plan(everybody_away())
    prove(town, proving)
    town.publish_plan()
    prove(town, proving)

    page = client.get("/plan/gaps", headers=HTML).text

    assert "Keine Lücke" in page
    assert "Geschlossen am" in page


@pytest.fixture
def david(settings: Settings, town: Town, keys: KeyStore) -> Person:
    app = create_app(settings, town.database)
    return Person(app, keys, "david", "plan_owner", place=ARS, person=person("david.dorn"))


def away(town: Town) -> None:
    """Everybody of Musterstadt is away on Christmas Eve, as entered on the page."""
    entered = [
        Absence(
            id=f"away-{key}",
            municipality=ARS,
            person=key,
            start_at=datetime(2026, 12, 24, 7, tzinfo=UTC),
            end_at=datetime(2026, 12, 24, 19, tzinfo=UTC),
            source="page",
            noted_by="test",
            noted_at=town.clock.now,
        )
        for key in (each.key for each in draft_of(sample_plan()).plan.persons)
    ]
    town.database.run(duty_store.add_absences, entered)
    town.database.run(duty.changed, ARS)


def test_a_gap_of_people_is_closed_by_removing_an_absence(
    town: Town, proving: Proving, david: Person
) -> None:
    away(town)
    prove(town, proving)

    offered = set(re.findall(r'href="(/duty/absences/[^"]+/remove)"', david.get("/plan/gaps").text))
    for page in offered:
        david.submit(page)
    prove(town, proving)

    assert len(offered) > 1
    assert "Keine Lücke" in david.get("/plan/gaps").text


def test_a_gap_leads_to_the_role_and_the_rota_of_a_new_draft(
    town: Town, proving: Proving, david: Person
) -> None:
    away(town)
    prove(town, proving)
    page = david.get("/plan/gaps").text
    parts = sorted(set(re.findall(r'name="part" value="([^"]+)"', page)))

    for part in parts:
        fields = {"origin": "published", "name": "Lücke", "municipality": ARS, "part": part}
        answer = david.submit("/plan/gaps", to="/plan/drafts", **fields)
        assert answer.headers["Location"].endswith(f"/{part}")
        assert david.get(answer.headers["Location"]).status_code == 200
    assert {part.partition("/")[0] for part in parts} >= {"roles"}
    assert "Vertretung ergänzen" in page


def half_the_house_away(town: Town, nights: int = 1) -> None:
    """Everybody but Karla Kern is away, night after night."""
    entered = [
        Absence(
            id=f"away-{key}-{night}",
            municipality=ARS,
            person=key,
            start_at=datetime(2026, 12, 14 + night, 19, tzinfo=UTC),
            end_at=datetime(2026, 12, 15 + night, 5, tzinfo=UTC),
            source="page",
            noted_by="test",
            noted_at=town.clock.now,
        )
        for key in (each.key for each in draft_of(sample_plan()).plan.persons)
        if key != FREE
        for night in range(nights)
    ]
    town.database.run(duty_store.add_absences, entered)
    town.database.run(duty.changed, ARS)


FREE = "karla.kern"


def test_eight_nights_are_one_gap_with_one_sentence(
    town: Town, proving: Proving, david: Person
) -> None:
    half_the_house_away(town, nights=8)
    prove(town, proving)

    page = david.get("/plan/gaps").text
    calendar = david.get("/plan/calendar").text

    assert page.count('aria-labelledby="gap-') <= 2
    assert "8 Nächte, Mo 14.12.2026 20:00 bis Di 22.12.2026 06:00" in page
    assert "weitere, fast gleiche Sätze" in page
    assert calendar.count("8 Nächte, Mo 14.12.2026 20:00") == 1


def test_a_hole_in_time_is_closed_at_one_click_as_far_as_the_page_says(
    town: Town, proving: Proving, david: Person
) -> None:
    the_contact_away(town)
    prove(town, proving)
    page = david.get("/plan/gaps").text
    offer = re.search(
        r"Clara Conrad ist dann da: Als Vertretung schließt das (\d+) von (\d+)", page
    )
    assert offer is not None, page
    assert 'name="person" value="clara.conrad"' in page
    part = {"role": "ansprechstelle", "person": "clara.conrad"}

    fields = {"municipality": ARS, "name": "Lücke", **part}
    answer = david.submit("/plan/gaps", to="/plan/gaps/stand-in", **fields)

    draft = david.get(answer.headers["Location"]).text
    assert "Geprüft:" in draft  # proved at once
    assert "Veröffentlichen geht noch nicht" in draft  # what is open keeps it back, and is told
    assert "Er gilt, sobald ihn eine zweite Person veröffentlicht" not in draft
    left = town.database.read(ways_that_lack_somebody)
    assert 0 < int(offer[1]) < int(offer[2])
    assert left
    assert all("clara.conrad" in lack.out for lack in left)  # she is in conflict there herself


def ways_that_lack_somebody(tx: Transaction) -> list[Lack]:
    """Of the only draft there is, by the proof's own courses."""
    (draft,) = drafts.list_drafts(tx, DAVID)
    plan = opened(draft.source).plan
    assert plan is not None
    return lacks_of(reach_of(plan, tx.now, 60, duty.facts(tx, ARS)))


def test_nobody_is_offered_who_is_away_then_too(
    town: Town, proving: Proving, david: Person
) -> None:
    half_the_house_away(town)
    prove(town, proving)

    page = david.get("/plan/gaps").text

    assert set(re.findall(r"([\w ß]+) ist dann da", page)) == {"Karla Kern"}


def the_contact_away(town: Town) -> None:
    """Nobody of the point of contact and their stand-ins is there for a night."""
    entered = [
        Absence(
            id=f"away-{key}",
            municipality=ARS,
            person=key,
            start_at=datetime(2026, 12, 14, 19, tzinfo=UTC),
            end_at=datetime(2026, 12, 15, 5, tzinfo=UTC),
            source="page",
            noted_by="test",
            noted_at=town.clock.now,
        )
        for key in ("anna.aydin", "lars.lind", "ines.iwanow")
    ]
    town.database.run(duty_store.add_absences, entered)
    town.database.run(duty.changed, ARS)


@pytest.mark.parametrize("path", ["/plan", "/plan/gaps", "/plan/drafts"])
def test_another_town_sees_nothing_of_this_one(
    town: Town, proving: Proving, client: Any, keys: KeyStore, path: str
) -> None:
    town.publish_plan(everybody_away())
    prove(town, proving)
    given: Any = {"scopes": SCOPES, "municipalities": ["090000000000"], "mode": "live"}
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {keys.create(sender='x', **given)}"

    page = client.get(path, headers=HTML)

    assert "Musterstadt" not in page.text
    assert "David Dorn" not in page.text
    asked = client.get(f"{path}?municipality={ARS}", headers=HTML).text
    assert "David Dorn" not in asked
