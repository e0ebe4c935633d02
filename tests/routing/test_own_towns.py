# SPDX-License-Identifier: EUPL-1.2
"""Pages that show everybody their own town: asked from the neighbour's, nothing foreign shows."""

from collections.abc import Callable
from typing import Any

import pytest

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.duty import crises
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.persons import handlers as people
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import KeyStore
from tests.routing.duty import Person, texts
from tests.routing.town import ARS, Town, person

OTHER = "160770888888"
In = Callable[..., Person]


@pytest.fixture
def two_towns(town: Town) -> Town:
    """Musterstadt and a neighbour with a plan of its own, in one installation."""
    neighbour = sample_plan().replace(ARS, OTHER).replace("Anna Aydin", "Nora Nachbar")
    town.publish_plan(neighbour)
    return town


@pytest.fixture
def signed_in(settings: Settings, two_towns: Town, keys: KeyStore) -> In:
    """`signed_in(OTHER, "plan_owner", "anna.aydin")`: somebody with one role in one town."""

    def make(place: str, role: str, key: str) -> Person:
        database = keys.database.prepare()
        name = f"b{len(database.read(accounts.list_accounts))}"
        held = [(role, place)]
        account = database.run(accounts.add_account, name, held=held, person=person(key, place))
        token = database.run(sessions.begin_full, account.id, device="test")
        client = create_app(settings, two_towns.database).test_client()
        client.set_cookie("rueckhalt_session", token, domain="localhost")
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return Person(client)

    return make


def cases(somebody: Person, path: str = "") -> Any:
    return somebody.client.get(f"/assignments{path}", headers={"Accept": "text/html"})


@pytest.mark.parametrize("role", ["responsible", "plan_owner"])
def test_nobody_sees_a_case_of_the_neighbour(two_towns: Town, signed_in: In, role: str) -> None:
    here = two_towns.report()
    there = two_towns.report(municipality=OTHER)
    key = _key_of(two_towns, there.person)
    neighbour, own = signed_in(OTHER, role, key), signed_in(ARS, role, key)

    lists = {place: cases(each).text for place, each in ((OTHER, neighbour), (ARS, own))}

    assert here.id not in lists[OTHER]
    assert there.id not in lists[ARS]
    for somebody, foreign in ((neighbour, here), (own, there)):
        assert cases(somebody, f"/{foreign.id}").status_code in (403, 404)
        assert cases(somebody, f"/{foreign.id}/why").status_code in (403, 404)


def test_each_sees_their_own_case(two_towns: Town, signed_in: In) -> None:
    there = two_towns.report(municipality=OTHER)
    key = _key_of(two_towns, there.person)

    assert there.id in cases(signed_in(OTHER, "responsible", key)).text
    assert there.id not in cases(signed_in(ARS, "responsible", key)).text


def test_a_neighbours_crisis_is_neither_seen_nor_ended(two_towns: Town, signed_in: In) -> None:
    act = Actor(name="david")
    two_towns.database.run(crises.declare, ARS, act, reason="Drohung im Rathaus")
    neighbour = signed_in(OTHER, "plan_owner", "david.dorn")

    seen = [neighbour.get(path).text for path in ("", "/crisis", "/crisis/end")]
    neighbour.send("/crisis/end", "/crisis/end")

    assert not any("Drohung" in each or "Es ist eine Krise" in each for each in seen)
    assert two_towns.database.read(crises.going_on, town=ARS, now=two_towns.clock.now) is not None
    home = signed_in(ARS, "plan_owner", "david.dorn")
    assert "Es ist eine Krise ausgerufen" in texts(home.get(""))
    home.send("/crisis/end", "/crisis/end")
    assert two_towns.database.read(crises.going_on, town=ARS, now=two_towns.clock.now) is None


def test_the_people_of_the_neighbour_are_not_named(signed_in: In) -> None:
    home = signed_in(ARS, "plan_owner", "david.dorn")
    neighbour = signed_in(OTHER, "plan_owner", "david.dorn")

    assert "Nora Nachbar" not in home.get("").text
    assert "Anna Aydin" not in neighbour.get("").text
    assert "Nora Nachbar" in neighbour.get("").text


def _key_of(town: Town, id: str | None) -> str:
    found = town.database.read(people.names, [id])
    return found[str(id)][0]
