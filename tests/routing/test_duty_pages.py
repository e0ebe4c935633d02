# SPDX-License-Identifier: EUPL-1.2
"""Pages of duty: who is it, absences, crisis, departures.

The clock stands on Sunday, 22 November 2026; Clara has the night duty, Farid the week after.
"""

import io
import re

import pytest

from rueckhalt_routing.duty import store
from rueckhalt_routing.plan.store import plans
from rueckhalt_shared.messages import Catalogue
from tests.html_check import Page
from tests.routing.conftest import SignIn
from tests.routing.duty import Person, Somebody, acts, facts, texts
from tests.routing.town import ARS, Town
from tests.support import outbox

pytestmark = pytest.mark.usefixtures("sunday")
PATHS = ("", "/card", "/rotas", "/absences", "/absences/import", "/swaps", "/calendar")
PLANNER_PATHS = ("/swaps/set", "/crisis", "/crisis/end", "/people", "/people/eva.engel/leave")


def test_every_language_has_every_text() -> None:
    missing = Catalogue.of_package("rueckhalt_routing").missing()

    assert {language: sorted(ids) for language, ids in missing.items() if ids} == {}


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_every_page_is_sound_in_every_language(planner: Person, lang: str) -> None:
    for path in (*PATHS, *PLANNER_PATHS):
        answer = planner.get(f"{path}?lang={lang}")
        assert answer.status_code == 200, path
        assert Page(answer.text).faults() == [], path


def test_who_reports_sees_who_it_is_and_changes_nothing(somebody: Somebody) -> None:
    reporter = somebody(None, "reporter")

    seen = {path: reporter.get(path).status_code for path in (*PATHS, *PLANNER_PATHS)}

    assert {path for path, status in seen.items() if status == 200} == {"", "/card", "/rotas"}
    assert set(seen.values()) == {200, 403}


def test_who_is_responsible_does_not_plan(clara: Person) -> None:
    assert {clara.get(path).status_code for path in PATHS} == {200}
    assert {clara.get(path).status_code for path in PLANNER_PATHS} == {403}


def test_an_account_the_plan_does_not_name_enters_nothing(somebody: Somebody) -> None:
    stranger = somebody("niemand.hier")

    assert {stranger.get(p).status_code for p in ("/absences", "/swaps", "/calendar")} == {403}


@pytest.mark.parametrize("month", ["0001-01", "9999-12", "2100-01", "1999-12", "2026-13", "x"])
def test_a_month_beyond_all_plans_is_this_month(planner: Person, month: str) -> None:
    shown = planner.get(f"/rotas?month={month}")

    assert shown.status_code == 200
    assert "November 2026" in texts(shown) or "11/2026" in texts(shown)


# ------------------------------------------------------------------------------- who is it
def test_the_page_says_who_it_is_and_who_is_next_and_why(planner: Person) -> None:
    told = texts(planner.get(""))

    night = "Rufbereitschaft nachts, am Wochenende und an Feiertagen Clara Conrad"
    assert f"{night} nach dem Bereitschaftsplan" in told
    assert "Fr 27.11.2026, 14:00 Uhr Farid Fischer" in told
    assert "Anna Aydin hat die Rolle Lars Lind" in told


def test_an_absence_moves_the_role_to_the_stand_in(town: Town, planner: Person) -> None:
    planner.send("/absences", person="anna.aydin", from_="22.11.2026", until="24.11.2026")

    told = texts(planner.get(""))

    assert "Lars Lind vertritt; Anna Aydin abwesend Ines Iwanow Mi 25.11.2026, 00:00 Uhr" in told
    assert "Anna Aydin" in told


def test_nobody_is_said_in_words_and_first(town: Town, planner: Person) -> None:
    for key in ("karla.kern", "jonas.jung"):
        planner.send(f"/people/{key}/leave")

    told = planner.get("").text

    assert "1 Rollen sind gerade ohne Person" in told
    assert told.index("kern-alert--danger") < told.index("<table")


def test_any_instant_can_be_asked_for(planner: Person) -> None:
    later = texts(planner.get("?at=28.11.2026+23:00"))
    wrong = planner.get("?at=irgendwann")

    assert "am Sa 28.11.2026, 23:00 Uhr" in later
    assert "Feiertagen Farid Fischer" in later
    assert "Bitte einen Tag" in wrong.text


def test_the_card_names_people_only_when_it_may(planner: Person) -> None:
    inside, outside = planner.get("/card").text, planner.get("/card?names=0").text

    assert "Anna Aydin" in inside
    assert "Anna Aydin" not in outside
    assert "Ansprechstelle" in outside
    assert 'src="data:image/svg+xml' in outside


def test_a_month_shows_each_duty_and_load_only_to_whom_it_concerns(
    planner: Person, clara: Person, somebody: Somebody
) -> None:
    month = "/rotas?month=2026-12"
    everybody, hers, nobodys = (
        texts(each.get(month)) for each in (planner, clara, somebody(None, "reporter"))
    )

    assert "Fr 25.12.2026, 14:00 Uhr" in everybody
    assert "Farid Fischer nach dem Bereitschaftsplan" in everybody
    assert re.findall(r"(Clara Conrad|Farid Fischer) \d+ Stunden", everybody) == [
        "Clara Conrad",
        "Farid Fischer",
    ]
    assert re.findall(r"(Clara Conrad|Farid Fischer) \d+ Stunden", hers) == ["Clara Conrad"]
    assert "Stunden" not in nobodys


def test_an_unknown_rota_and_a_strange_month_break_nothing(planner: Person) -> None:
    assert planner.get("/rotas?rota=gibt-es-nicht").status_code == 404
    assert planner.get("/rotas?month=gestern").status_code == 200


# -------------------------------------------------------------------------------- absences
def test_somebody_enters_and_removes_their_own_absence(town: Town, clara: Person) -> None:
    clara.send("/absences", from_="24.12.2026", until="24.12.2026 12:00")
    (away,) = facts(town).away
    (row,) = town.database.read(store.absences_of, ARS)

    assert (away.person, away.start.isoformat()) == ("clara.conrad", "2026-12-23T23:00:00+00:00")
    assert "24.12.2026" in clara.get("/absences").text
    assert clara.send(f"/absences/{row.id}/remove").status_code == 303
    assert facts(town).away == ()
    assert acts(town) == ["absence.entered", "absence.removed"]


def test_nobody_enters_or_sees_an_absence_of_somebody_else(
    town: Town, planner: Person, clara: Person
) -> None:
    planner.send("/absences", person="anna.aydin", from_="24.12.2026", until="24.12.2026")
    (row,) = town.database.read(store.absences_of, ARS)
    clara.send("/absences", person="lars.lind", from_="24.12.2026", until="24.12.2026")

    assert "Anna Aydin" not in clara.get("/absences").text
    assert clara.get(f"/absences/{row.id}/remove").status_code == 404
    assert {away.person for away in facts(town).away} == {"anna.aydin", "clara.conrad"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"from_": "morgen", "until": "24.12.2026"}, "Bitte einen Tag oder Tag und Uhrzeit"),
        ({"from_": "24.12.2026", "until": "23.12.2026"}, "Das Ende liegt vor dem Anfang."),
        ({"from_": "24.12.2025", "until": "24.12.2025"}, "Diese Zeit ist schon vorbei."),
        ({"from_": "24.12.2026", "until": "24.12.2036"}, "Höchstens drei Jahre."),
        ({"from_": "24.12.2026", "until": ""}, "Diese Angabe fehlt noch."),
        ({"person": "niemand", "from_": "24.12.2026", "until": "24.12.2026"}, "Bitte eine Person"),
    ],
)
def test_a_wrong_absence_is_refused_at_its_field(
    town: Town, planner: Person, fields: dict[str, str], told: str
) -> None:
    answer = planner.send("/absences", **{"person": "anna.aydin"} | fields)

    assert answer.status_code == 422
    assert told in answer.text
    assert Page(answer.text).faults() == []
    assert facts(town).away == ()


def test_an_absence_twice_is_refused(town: Town, planner: Person) -> None:
    fields = {"person": "anna.aydin", "from_": "24.12.2026", "until": "26.12.2026"}
    first, second = planner.send("/absences", **fields), planner.send("/absences", **fields)

    assert (first.status_code, second.status_code) == (303, 422)
    assert "schon eine Abwesenheit" in second.text


def upload(text: str, name: str = "x.csv") -> tuple[io.BytesIO, str]:
    return io.BytesIO(text.encode()), name


def test_a_file_is_tried_then_taken(town: Town, planner: Person) -> None:
    table = "person;von;bis\nanna.aydin;24.12.2026;24.12.2026\n"
    tried = planner.send("/absences/import", file=upload(table), step="try")
    before = facts(town).away
    taken = planner.send("/absences/import", file=upload(table), step="take")

    assert "1 Änderungen" in tried.text
    assert "Anna Aydin" in tried.text
    assert before == ()
    assert taken.status_code == 303
    assert len(facts(town).away) == 1


def test_a_broken_file_is_refused_with_its_line(town: Town, planner: Person) -> None:
    table = "person;von;bis\nanna.aydin;24.12.2026;24.12.2026\nwer;gestern;heute\n"

    answer = planner.send("/absences/import", file=upload(table), step="take")

    assert answer.status_code == 422
    assert "Zeile 3, person: „wer“ steht nicht im Plan" in answer.text
    assert facts(town).away == ()


def test_a_file_that_is_too_large_or_missing_is_refused(planner: Person) -> None:
    large = planner.client.post(
        "/duty/absences/import",
        data=b"x" * 2_000_000,
        content_type="multipart/form-data; boundary=x",
    )
    none = planner.send("/absences/import", step="take")

    assert large.status_code == 413
    assert "Bitte eine Datei wählen" in none.text


def test_a_file_of_ones_own_names_nobody_else(town: Town, clara: Person) -> None:
    table = "person;von;bis\nanna.aydin;24.12.2026;24.12.2026\n"
    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "DTSTART;VALUE=DATE:20261224")
    ics = "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""])
    strange = clara.send("/absences/import", file=upload(table), step="take")
    own = clara.send("/absences/import", file=upload(ics), step="take", person="anna.aydin")

    assert (strange.status_code, own.status_code) == (422, 303)
    assert [away.person for away in facts(town).away] == ["clara.conrad"]


# --------------------------------------------------------------------- crisis and departures
def test_a_crisis_is_declared_and_ended_once_each(town: Town, planner: Person) -> None:
    for _ in range(2):
        planner.send("/crisis/end", "/crisis/declare", reason="Drohung")
    during = planner.get("").text
    open_ = facts(town).crises
    for _ in range(2):
        planner.send("/crisis/end", "/crisis/end")

    assert "Es ist eine Krise ausgerufen" in during
    assert [each.end for each in open_] == [None]
    assert [each.end for each in facts(town).crises] == [town.clock.now]
    assert acts(town) == ["crisis.declared", "crisis.ended"]


def test_who_left_is_passed_over_and_may_come_back(town: Town, planner: Person) -> None:
    planner.send("/people/anna.aydin/leave")
    gone = texts(planner.get("/people"))
    said = [each["type"] for each in outbox(town.database)]
    planner.send("/people", "/people/anna.aydin/stay")

    assert "Anna Aydin ausgeschieden" in gone
    assert "de.rueckhalt.person.deactivated.v1" in said
    assert facts(town).left == {}
    assert acts(town) == ["person.left", "person.stays"]


def test_leaving_on_a_day_to_come_belongs_into_the_plan(town: Town, planner: Person) -> None:
    answer = planner.send("/people/anna.aydin/leave", at="24.12.2026")

    assert answer.status_code == 422
    assert facts(town).left == {}
    assert planner.get("/people/niemand/leave").status_code == 404


def test_without_a_plan_the_pages_say_so(bare_town: Town, sign_in: SignIn) -> None:
    bare_town.database.run(lambda tx: tx.execute(plans.update().values(state="retired")))

    assert Person(sign_in(None, "plan_owner")).get("").status_code == 404
