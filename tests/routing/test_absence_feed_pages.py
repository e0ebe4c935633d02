# SPDX-License-Identifier: EUPL-1.2
"""Pages of calendars that are fetched: whoever keeps the plan names them, who it is sees them."""

from datetime import timedelta

import pytest

from rueckhalt_routing.absence_feeds import store
from rueckhalt_routing.absence_feeds.domain import Trouble
from rueckhalt_routing.absence_feeds.fetching import ConsoleFetcher, Fetched, NotFetched
from rueckhalt_routing.absence_feeds.running import fetch_due
from rueckhalt_routing.duty import store as duty
from tests.html_check import Page
from tests.routing.duty import Person, acts, facts, texts
from tests.routing.test_absence_feeds import calendar
from tests.routing.town import ARS, Town

pytestmark = pytest.mark.usefixtures("sunday")
FEEDS = "/absences/feeds"
ANNA = {"whose": "person:anna.aydin", "url": "https://kalender.example/geheim.ics"}


def fetch(town: Town, answer: bytes | NotFetched) -> None:
    got = Fetched(body=answer) if isinstance(answer, bytes) else answer
    fetch_due(town.database, ConsoleFetcher(got), every=timedelta(minutes=30))


def feed_id(town: Town) -> str:
    (feed,) = town.database.read(store.feeds_of, ARS)
    return feed.id


def test_the_plan_owner_names_a_calendar_and_sees_what_it_brings(
    town: Town, planner: Person
) -> None:
    sent = planner.send(FEEDS, **ANNA)
    before = texts(planner.get(FEEDS))
    fetch(town, calendar("20261224"))
    after = planner.get(FEEDS)

    assert sent.status_code == 303
    assert "noch nicht abgerufen" in before
    assert "in Ordnung" in texts(after)
    assert "kalender.example" in after.text
    assert "geheim" not in after.text
    assert Page(after.text).faults() == []
    assert "aus einem abgerufenen Kalender" in texts(planner.get("/absences"))
    assert acts(town) == ["absence_feed.made"]


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_the_page_is_sound_in_every_language_and_state(
    town: Town, planner: Person, lang: str
) -> None:
    planner.send(FEEDS, **ANNA)
    broken = calendar("20261224", more=["RRULE:FREQ=SECONDLY"])
    pages = []
    for answer in (calendar("20261224"), calendar(), broken):
        fetch(town, answer)
        pages.append(planner.get(f"{FEEDS}?lang={lang}"))
        town.clock.pass_(hours=7)

    assert [Page(each.text).faults() for each in pages] == [[], [], []]
    assert "RRULE" in pages[-1].text
    assert "DAILY, WEEKLY, MONTHLY, YEARLY" in pages[-1].text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"url": "http://kalender.example/x"}, "muss mit https:// oder webcal:// beginnen"),
        ({"url": "kalender"}, "Rechnernamen"),
        ({"url": ""}, "Diese Angabe fehlt noch."),
        ({"whose": "person:niemand"}, "Bitte eine Person oder Einheit des Plans wählen."),
        ({"whose": "x"}, "Bitte eine Person oder Einheit des Plans wählen."),
    ],
)
def test_a_wrong_calendar_is_refused_at_its_field_and_stays_typed(
    town: Town, planner: Person, fields: dict[str, str], told: str
) -> None:
    answer = planner.send(FEEDS, **ANNA | fields)

    assert answer.status_code == 422
    assert told in texts(answer)
    assert f'value="{(ANNA | fields)["url"]}"' in answer.text
    assert Page(answer.text).faults() == []
    assert town.database.read(store.feeds_of, ARS) == []


def test_a_person_sees_and_ends_their_own_calendar_only(
    town: Town, planner: Person, clara: Person
) -> None:
    planner.send(FEEDS, **ANNA)
    strange = feed_id(town)
    foreign = {
        clara.get(f"{FEEDS}/{strange}/remove").status_code,
        clara.send("/absences", f"{FEEDS}/{strange}/remove").status_code,
        clara.send("/absences", f"{FEEDS}/{strange}/empty").status_code,
    }
    refused = clara.send("/absences", FEEDS, whose="person:clara.conrad", url=ANNA["url"])
    planner.send(FEEDS, **ANNA | {"whose": "person:clara.conrad"})
    own = next(e for e in town.database.read(store.feeds_of, ARS) if e.whose == "clara.conrad")

    seen = texts(clara.get(FEEDS))
    ended = clara.send("/absences", f"{FEEDS}/{own.id}/remove")

    assert foreign == {404}
    assert refused.status_code == 403
    assert "Clara Conrad" in seen
    assert "Anna Aydin" not in seen
    assert ended.status_code == 303
    assert feed_id(town) == strange


def test_an_absence_from_a_calendar_is_changed_there_and_not_here(
    town: Town, planner: Person
) -> None:
    planner.send(FEEDS, **ANNA)
    fetch(town, calendar("20261224"))
    (row,) = town.database.read(duty.absences_of, ARS)

    assert planner.get(f"/absences/{row.id}/remove").status_code == 404
    assert f"/absences/{row.id}/remove" not in planner.get("/absences").text
    assert planner.send("/absences", f"/absences/{row.id}/remove").status_code == 404
    assert len(facts(town).away) == 1


def test_an_empty_calendar_stands_in_red_until_somebody_agrees(town: Town, planner: Person) -> None:
    planner.send(FEEDS, **ANNA)
    fetch(town, calendar("20261224"))
    town.clock.pass_(minutes=30)
    fetch(town, calendar())

    shown = planner.get(FEEDS)
    warned = [planner.get(path).text for path in ("/absences", "")]
    asked = planner.get(f"{FEEDS}/{feed_id(town)}/empty")
    kept = facts(town).away
    planner.send(FEEDS, f"{FEEDS}/{feed_id(town)}/empty")

    assert "Der Kalender ist plötzlich leer" in shown.text
    assert all("Ein Kalender bringt keine Abwesenheiten mehr" in each for each in warned)
    assert Page(asked.text).faults() == []
    assert len(kept) == 1
    assert facts(town).away == ()
    assert "plötzlich leer" not in planner.get(FEEDS).text
    assert acts(town) == ["absence_feed.made", "absence_feed.emptied"]


def test_a_calendar_is_fetched_at_once_when_asked(town: Town, planner: Person) -> None:
    planner.send(FEEDS, **ANNA)
    fetch(town, NotFetched(Trouble(code="gone", field="HTTP 404")))

    planner.send(FEEDS, f"{FEEDS}/{feed_id(town)}/fetch")
    fetch(town, calendar("20261224"))

    assert len(facts(town).away) == 1
