# SPDX-License-Identifier: EUPL-1.2
"""What changes daily, as router and proof are told it; and what of it is let go in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from rueckhalt_routing.duty import domain, entries, handlers, store
from rueckhalt_routing.duty.domain import EMERGENCY, NO_FACTS, OVERRIDE, SWAP, Away, Change, Facts
from rueckhalt_routing.duty.entries import AGREED, ASKED, Absence, Crisis, Departure, RotaChange
from rueckhalt_routing.duty.keeping import forget_over
from rueckhalt_shared.contracts import ContactReachabilityChanged, ids
from rueckhalt_shared.database import Transaction
from tests.routing.town import ARS, Town, person
from tests.support import NOON

DAY = timedelta(days=1)
KREIS = ARS[:5]


def absence(who: str = "anna.aydin", **changes: Any) -> Absence:
    given: dict[str, Any] = {
        "id": ids.uuid7(),
        "municipality": ARS,
        "person": who,
        "start_at": NOON + DAY,
        "end_at": NOON + 2 * DAY,
        "source": entries.PAGE,
        "noted_by": "test",
        "noted_at": NOON,
    }
    return Absence(**given | changes)


def change(**changes: Any) -> RotaChange:
    given: dict[str, Any] = {
        "id": ids.uuid7(),
        "municipality": ARS,
        "rota": "leitung",
        "kind": SWAP,
        "state": AGREED,
        "start_at": NOON + DAY,
        "end_at": NOON + 2 * DAY,
        "person": "farid.fischer",
        "instead_of": "clara.conrad",
        "noted_by": "test",
        "noted_at": NOON,
    }
    return RotaChange(**given | changes)


def crisis(**changes: Any) -> Crisis:
    given: dict[str, Any] = {"id": ids.uuid7(), "municipality": ARS, "start_at": NOON}
    return Crisis(**given | {"declared_by": "test"} | changes)


def enter(town: Town, *works: Callable[[Transaction], object]) -> None:
    """Do all of this and say that something changed."""

    def run(tx: Transaction) -> None:
        for work in works:
            work(tx)
        handlers.changed(tx, ARS)

    town.database.run(run)


def facts(town: Town) -> Facts:
    return town.database.read(handlers.facts, ARS)


def contact(who: str, state: str = "usable", **changes: Any) -> ContactReachabilityChanged:
    given: dict[str, Any] = {"subject": f"{who}-mail", "version": 1} | changes
    return ContactReachabilityChanged(
        municipality=ARS, person=person(who), channel="mail", state=state, **given
    )


def test_without_anything_entered_nothing_changes(town: Town) -> None:
    assert facts(town) == NO_FACTS


def test_an_absence_is_a_fact_without_its_source(town: Town) -> None:
    enter(town, lambda tx: store.add_absences(tx, [absence()]))

    assert facts(town).away == (Away(person="anna.aydin", start=NOON + DAY, end=NOON + 2 * DAY),)


def test_a_swap_counts_once_it_is_agreed_and_gives_the_other_stretch_in_return(town: Town) -> None:
    back = {"back_start_at": NOON + 8 * DAY, "back_end_at": NOON + 9 * DAY}
    enter(
        town,
        lambda tx: store.add_change(tx, change(state=ASKED, kind=SWAP)),
        lambda tx: store.add_change(tx, change(**back)),
        lambda tx: store.add_change(tx, change(kind=OVERRIDE, instead_of=None, rota="nacht")),
        lambda tx: store.add_change(tx, change(kind=EMERGENCY, rota="notfall")),
    )

    found = facts(town).changes

    there, returned = [each for each in found if each.rota == "leitung"]
    assert (there.person, there.instead_of, there.start) == (
        "farid.fischer",
        "clara.conrad",
        NOON + DAY,
    )
    assert returned == Change(
        rota="leitung",
        start=NOON + 8 * DAY,
        end=NOON + 9 * DAY,
        person="clara.conrad",
        instead_of="farid.fischer",
        kind=SWAP,
    )
    assert {each.kind for each in found} == {SWAP, OVERRIDE, EMERGENCY}


def test_a_crisis_of_the_kreis_is_one_of_its_towns(town: Town) -> None:
    later = NOON + DAY
    enter(
        town,
        lambda tx: store.add_crisis(tx, crisis(start_at=later)),
        lambda tx: store.add_crisis(tx, crisis(municipality=KREIS, end_at=later)),
        lambda tx: store.add_crisis(tx, crisis(municipality="095640000000")),
    )

    assert facts(town).crises == (
        domain.Crisis(start=NOON, end=later),
        domain.Crisis(start=later),
    )


def test_who_left_is_told_with_the_instant(town: Town) -> None:
    gone = Departure(municipality=ARS, person="eva.engel", left_at=NOON, noted_by="test")
    enter(town, lambda tx: store.keep_departure(tx, gone))

    assert facts(town).left == {"eva.engel": NOON}


def test_people_of_a_town_under_a_kreis_plan_are_those_of_the_kreis(town: Town) -> None:
    house = town.database.read(handlers.house_of, "160770999998")
    own = town.database.read(handlers.house_of, ARS)

    assert (house, own) == ("160770999998", ARS)


# ------------------------------------------------------------------------------ reachability
@pytest.mark.parametrize(
    ("contacts", "since"),
    [
        ([{}], None),
        ([{"state": "unverified"}], None),
        ([{"state": "bounced"}], NOON),
        ([{"state": "dead"}], NOON),
        ([{"verified_until": NOON + DAY}], NOON + DAY),
        ([{"verified_until": NOON + 3 * DAY, "key_valid_to": NOON + DAY}], NOON + DAY),
        ([{"state": "bounced"}, {}], None),
        ([{"state": "bounced"}, {"key_valid_to": NOON + DAY}], NOON + DAY),
    ],
)
def test_unreachable_is_whose_every_contact_ends(
    town: Town, contacts: list[dict[str, Any]], since: Any
) -> None:
    for number, given in enumerate(contacts):
        town.hear(contact("anna.aydin", subject=f"way-{number}", **given))

    found = {each.person: each.since for each in facts(town).unreachable}

    assert found == ({"anna.aydin": since} if since else {})


def test_a_contact_that_works_again_makes_reachable(town: Town) -> None:
    town.hear(contact("anna.aydin", "bounced"))
    assert facts(town).unreachable

    town.hear(contact("anna.aydin", "usable", version=2))

    assert facts(town).unreachable == ()


# ----------------------------------------------------------------------------------- changes
def test_each_change_has_a_number_of_its_own(town: Town) -> None:
    before = town.database.read(handlers.version_of, ARS)

    enter(town)
    town.hear(contact("anna.aydin", "bounced"))
    town.hear(contact("anna.aydin", "bounced"))  # known already: nothing changed

    assert before == 0
    assert town.database.read(handlers.version_of, ARS) == 2


def test_a_change_that_was_rolled_back_leaves_nothing_behind(town: Town) -> None:
    enter(town)

    class Torn(Exception):
        pass

    def tear(tx: Transaction) -> None:
        store.add_absences(tx, [absence()])
        handlers.changed(tx, ARS)
        assert handlers.facts(tx, ARS).away
        raise Torn

    with pytest.raises(Torn):
        town.database.run(tear)

    assert facts(town) == NO_FACTS
    enter(town)
    assert facts(town) == NO_FACTS


def test_facts_are_read_again_only_after_a_change(town: Town) -> None:
    enter(town)
    first = facts(town)
    assert facts(town) is first

    enter(town, lambda tx: store.add_absences(tx, [absence()]))

    assert facts(town) != first


# ----------------------------------------------------------------------------------- erasing
def test_what_was_over_ninety_days_ago_is_erased(town: Town) -> None:
    enter(
        town,
        lambda tx: store.add_absences(tx, [absence(), absence(end_at=NOON + 40 * DAY)]),
        lambda tx: store.add_change(tx, change()),
        lambda tx: store.add_crisis(tx, crisis(end_at=NOON + DAY)),
        lambda tx: store.add_crisis(tx, crisis()),
    )
    town.clock.pass_(days=91)
    forget_over(town.database)
    assert len(facts(town).away) == 2

    town.clock.pass_(days=2)
    forget_over(town.database)
    enter(town)

    found = facts(town)
    assert (len(found.away), len(found.changes), len(found.crises)) == (1, 0, 1)


def test_a_departure_stays_while_the_plan_names_the_person(town: Town) -> None:
    for key in ("eva.engel", "frueher.hier"):
        gone = Departure(municipality=ARS, person=key, left_at=NOON, noted_by="test")
        enter(town, lambda tx, gone=gone: store.keep_departure(tx, gone))  # type: ignore[misc]
    town.clock.pass_(days=91)

    forget_over(town.database)
    enter(town)

    assert set(facts(town).left) == {"eva.engel"}
