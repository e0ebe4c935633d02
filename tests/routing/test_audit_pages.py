# SPDX-License-Identifier: EUPL-1.2
"""Those who supervise read what was done to plans and duty, in pairs, in routing as in intake."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from rueckhalt_routing.app import Settings, create_app, create_worker
from rueckhalt_shared.audit.stating import Stating
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.states import states
from tests.intake.people import Person
from tests.routing import drafting
from tests.routing.town import ARS, Town
from tests.support import FakeClock, outbox

DAYS = {
    "since.day": "19",
    "since.month": "11",
    "since.year": "2026",
    "until.day": "20",
    "until.month": "11",
    "until.year": "2026",
}


@pytest.fixture
def meet(settings: Settings, town: Town, keys: KeyStore) -> Callable[..., Person]:
    """Somebody signed in: `meet("dana", "data_protection_officer")`."""
    app: Flask = create_app(settings, town.database)
    return lambda name, role: Person(app, keys, name, role, place=ARS)


@pytest.fixture
def dana(meet: Callable[..., Person]) -> Person:
    return meet("dana", "data_protection_officer")


def test_two_persons_read_who_began_a_draft(
    dana: Person, meet: Callable[..., Person], town: Town
) -> None:
    drafting.begin(town.database)
    peter = meet("peter", "staff_council")
    asked = dana.submit("/audit", action="ask", municipality=ARS, why="suspicion", **DAYS).location

    dana.submit(asked)
    assert "Lesen" not in dana.get(asked).text
    peter.submit(asked)

    assert "Entwurf eines Plans begonnen" in dana.get(f"{asked}/rows").text
    assert "Pflege des Zuständigkeitsplans" in peter.get(f"{asked}/rows").text


def test_the_page_stands_in_the_navigation_and_tells_damage(dana: Person, town: Town) -> None:
    drafting.begin(town.database)
    assert "Protokoll: Plan, Dienst und Zuständigkeit" in dana.get("/audit").text
    assert "unversehrt" in _checked(dana)
    town.database.run(lambda tx: tx.execute(text("UPDATE audit_rows SET hash = body WHERE n = 1")))

    assert "Erste falsche Zeile: Nummer 1" in _checked(dana)


def _checked(who: Person) -> str:
    who.submit("/audit", action="check", municipality=ARS)
    return who.get("/audit").text


def test_a_plan_owner_does_not_read_the_audit(meet: Callable[..., Person]) -> None:
    assert meet("olga", "plan_owner").get("/audit").status_code == 403


def test_the_head_lies_in_the_folder_and_is_not_mailed(
    settings: Settings, town: Town, clock: FakeClock, tmp_path: Path
) -> None:
    drafting.begin(town.database)
    settings = replace(settings, services=("intake", "routing", "notify"), data=tmp_path)
    worker = create_worker(settings, town.database)
    stating = Stating(database=town.database, settings=settings)
    stating.daily(town.database)
    clock.pass_(hours=24)

    stating.daily(town.database)

    assert town.database.read(states)["audit"].state == "whole"
    heads = list((tmp_path / "audit-heads").glob("audit-head-routing-*.json"))
    assert len(heads) == 1
    assert not [e for e in outbox(town.database) if e["type"].startswith("de.rueckhalt.audit")]
    assert "audit-heads" in [loop.name for loop in worker._loops]
