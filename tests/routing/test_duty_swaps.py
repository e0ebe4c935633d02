# SPDX-License-Identifier: EUPL-1.2
"""Swaps between two, and duties set by whoever keeps the plan; one's own duties as a calendar.

The clock stands on Sunday, 22 November 2026; Clara has the night duty, Farid the week after.
"""

import re
from typing import Any

import pytest

from rueckhalt_routing.duty import handlers, store
from tests.routing.duty import WEEKEND, Person, Somebody, acts, facts, texts
from tests.routing.town import ARS, Town

pytestmark = pytest.mark.usefixtures("sunday")


def change(town: Town) -> Any:
    (found,) = town.database.read(store.changes_of, ARS)
    return found


def test_a_swap_counts_once_the_other_agrees(town: Town, clara: Person, farid: Person) -> None:
    clara.send("/swaps", person="farid.fischer", **WEEKEND)
    before = facts(town).changes
    assert "Wartet auf Farid Fischer" in texts(farid.get("/swaps"))

    farid.send("/swaps", f"/swaps/{change(town).id}/answer", answer="agree")

    assert before == ()
    assert [each.person for each in facts(town).changes] == ["farid.fischer"]
    assert "Farid Fischer im Tausch mit Clara Conrad" in texts(farid.get(""))
    assert acts(town) == ["swap.asked", "swap.agreed"]


def test_a_swap_may_give_a_time_in_return(town: Town, clara: Person, farid: Person) -> None:
    back = {"back_from": "28.11.2026 08:00", "back_until": "29.11.2026 08:00"}
    clara.send("/swaps", person="farid.fischer", **WEEKEND, **back)

    farid.send("/swaps", f"/swaps/{change(town).id}/answer", answer="agree")

    assert {each.person for each in facts(town).changes} == {"farid.fischer", "clara.conrad"}


def test_a_refused_swap_changes_nothing_and_is_settled(
    town: Town, clara: Person, farid: Person
) -> None:
    clara.send("/swaps", person="farid.fischer", **WEEKEND)
    where = f"/swaps/{change(town).id}"
    farid.send("/swaps", f"{where}/answer", answer="refuse")
    version = town.database.read(handlers.version_of, ARS)

    farid.send("/swaps", f"{where}/answer", answer="agree")
    clara.send("/swaps", f"{where}/withdraw")

    assert change(town).state == "refused"
    assert town.database.read(handlers.version_of, ARS) == version == 0


def test_nobody_else_answers_or_sees_a_swap(town: Town, clara: Person, somebody: Somebody) -> None:
    clara.send("/swaps", person="farid.fischer", **WEEKEND)
    lars = somebody("lars.lind")

    answer = lars.send("/swaps", f"/swaps/{change(town).id}/answer", answer="agree")

    assert answer.status_code == 404
    assert "Tausch ab" not in texts(lars.get("/swaps"))
    assert clara.send("/swaps", f"/swaps/{change(town).id}/answer", answer="agree").status_code
    assert change(town).state == "asked"


def test_what_the_planner_proposes_needs_both(
    town: Town, planner: Person, clara: Person, farid: Person
) -> None:
    planner.send("/swaps", instead_of="clara.conrad", person="farid.fischer", **WEEKEND)
    where = f"/swaps/{change(town).id}/answer"

    farid.send("/swaps", where, answer="agree")
    first = change(town).state
    clara.send("/swaps", where, answer="agree")

    assert (first, change(town).state) == ("asked", "agreed")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"person": "clara.conrad"}, "eine andere Person"),
        ({"person": "niemand"}, "Bitte"),
        ({"rota": "tagdienst"}, "Bitte"),
        ({"from_": "28.11.2026", "until": "29.11.2026"}, "keinen Dienst"),
        ({"from_": "24.11.2026", "until": "23.11.2026"}, "vor dem Anfang"),
        ({"back_from": "28.11.2026"}, "Anfang und Ende"),
        ({"back_from": "21.11.2026 10:00", "back_until": "22.11.2026"}, "keinen Dienst"),
    ],
)
def test_a_wrong_request_is_refused_at_its_field(
    town: Town, clara: Person, fields: dict[str, str], told: str
) -> None:
    answer = clara.send("/swaps", **{"person": "farid.fischer"} | WEEKEND | fields)

    assert answer.status_code == 422
    assert told in answer.text
    assert town.database.read(store.changes_of, ARS) == []


@pytest.mark.parametrize("emergency", [True, False])
def test_the_planner_sets_somebody_in_and_takes_it_back(
    town: Town, planner: Person, emergency: bool
) -> None:
    more = {"emergency": "true"} if emergency else {}
    planner.send("/swaps/set", person="lars.lind", **WEEKEND, **more)
    during = texts(planner.get(""))
    planner.send("/swaps", f"/swaps/{change(town).id}/withdraw")

    assert "Feiertagen Lars Lind" in during
    assert ("im Notdienst" in during) is emergency
    assert "Feiertagen Clara Conrad" in texts(planner.get(""))
    assert acts(town) == ["duty.set", "swap.withdrawn"]


# -------------------------------------------------------------------------------- calendar
def address_in(page: Any) -> str:
    found = re.search(r"/duty(/calendar/[\w-]+\.ics)", page.text)
    assert found is not None
    return found[1]


def test_ones_own_duties_come_as_a_calendar_under_a_secret_address(
    town: Town, clara: Person, somebody: Somebody
) -> None:
    import icalendar

    page = clara.send("/calendar")
    answer = clara.get(address_in(page))

    duties = icalendar.Calendar.from_ical(answer.text).walk("VEVENT")
    assert answer.mimetype == "text/calendar"
    assert 120 < len(duties) < 250
    assert duties[0]["SUMMARY"].startswith("Bereitschaft: Rufbereitschaft")
    assert {str(each["TRANSP"]) for each in duties} == {"TRANSPARENT"}
    assert "farid" not in answer.text.lower()
    assert address_in(page) not in clara.get("/calendar").text
    assert len({each["UID"] for each in duties}) == len(duties)

    town.clock.pass_(minutes=30)
    later = icalendar.Calendar.from_ical(clara.get(address_in(page)).text).walk("VEVENT")
    assert [each["UID"] for each in later] == [each["UID"] for each in duties]


def test_a_swap_is_in_the_calendar_of_whoever_takes_it(
    town: Town, planner: Person, clara: Person, somebody: Somebody
) -> None:
    lars = somebody("lars.lind")
    address = address_in(lars.send("/calendar"))
    assert "VEVENT" not in lars.get(address).text

    planner.send("/swaps/set", person="lars.lind", **WEEKEND)

    assert "BEGIN:VEVENT" in lars.get(address).text


def test_a_new_or_ended_address_ends_the_old_one(town: Town, clara: Person) -> None:
    first = address_in(clara.send("/calendar"))
    second = address_in(clara.send("/calendar"))
    found = [clara.get(each).status_code for each in (first, second)]
    clara.send("/calendar", "/calendar/revoke")

    assert found == [404, 200]
    assert clara.get(second).status_code == 404
    assert acts(town) == ["feed.made", "feed.made", "feed.revoked"]


def test_only_a_hash_of_the_secret_is_kept(town: Town, clara: Person) -> None:
    secret = address_in(clara.send("/calendar")).split("/")[-1].removesuffix(".ics")

    with town.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM ical_feeds").all()

    assert len(rows) == 1
    assert secret not in repr(rows)


def test_unknown_secrets_are_all_alike_and_asking_has_a_pace(town: Town, client: Any) -> None:
    answers = [client.get(f"/duty/calendar/{n}x{'y' * n}.ics") for n in range(60)]
    late = client.get("/duty/calendar/another.ics")

    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
    assert late.status_code == 429
    assert int(late.headers["Retry-After"]) > 0

    town.clock.pass_(minutes=2)
    assert client.get("/duty/calendar/another.ics").status_code == 404
