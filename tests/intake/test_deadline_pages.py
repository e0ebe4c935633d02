# SPDX-License-Identifier: EUPL-1.2
"""The pages of the deadlines: safe date first, each door its own incidents, a quiet calendar."""

from dataclasses import replace
from datetime import date
from typing import Any

import icalendar
import pytest
from flask import Flask

from rueckhalt_intake.app import Settings, create_app
from rueckhalt_intake.deadlines import handlers
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake.staff import Person, assigned, deliver, signed_in
from tests.intake.town import ANNA, ARS, BERND, Sender, report

CLOCK = "strafantrag/affected/1"


@pytest.fixture
def anna(app: Flask, keys: KeyStore) -> Person:
    return signed_in(app.test_client(), keys, "anna", ANNA)


@pytest.fixture
def incident(town: Sender, worker: Worker) -> str:
    told = report(forms=["insult", "threat"], occurred_at="2026-11-18")
    accepted = town.post(told).json
    deliver(worker, assigned(accepted["id"], ANNA))
    return str(accepted["id"])


@pytest.fixture
def ina(app: Flask, keys: KeyStore) -> Person:
    """Somebody who reports with an account."""
    return signed_in(app.test_client(), keys, "ina", None, ("reporter", ARS))


@pytest.fixture
def own(ina: Person) -> str:
    body = report(forms=["discrimination"], occurred_at="2026-11-18")
    return str(ina.post(body).json["id"])


def days(name: str, spelled: str) -> dict[str, str]:
    """The three boxes of a date."""
    year, month, day = spelled.split("-")
    return {f"{name}.year": year, f"{name}.month": month, f"{name}.day": day}


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_every_page_is_sound_in_every_language(
    anna: Person, ina: Person, incident: str, own: str, lang: str
) -> None:
    for who, page in ((anna, f"/desk/{incident}/deadlines"), (ina, f"/mine/{own}/deadlines")):
        for path in (page, f"{page}/{CLOCK}"):
            answer = who.page(f"{path}?lang={lang}")
            assert answer.status_code == 200
            assert Page(answer.text).faults() == []


def test_the_safe_date_stands_first_and_says_what_was_assumed(anna: Person, incident: str) -> None:
    page = anna.page(f"/desk/{incident}/deadlines").text

    assert "Sicher bis <strong>18.02.2027</strong>" in page.replace(
        "18. Februar 2027", "18.02.2027"
    )
    assert "Niemand hat gesagt, seit wann" in page
    assert "§ 77b Abs. 1 bis 3 StGB" in page
    assert "rsetzt keine Rechtsberatung" in page
    assert "Wird noch geprüft" in page


def test_a_corrected_day_moves_the_deadline_and_is_recorded(
    anna: Person, incident: str, database: Database
) -> None:
    page = f"/desk/{incident}/deadlines/{CLOCK}"
    told = days("knows_deed_on", "2026-11-18") | days("knows_offender_on", "2026-11-20")

    answer = anna.send(page, **told)

    assert answer.status_code == 303
    found = database.read(handlers.dates_of, incident)
    moved = [e for e in found if (e.code, e.entitled) == ("strafantrag", "affected")]
    assert [each.starts_on for each in moved] == [date(2026, 11, 20)]
    acts = [row.body for row in database.read(lambda tx: list(audit.rows(tx, ARS)))]
    assert any('"act":"deadline.set"' in str(body) for body in acts)
    assert 'value="20"' in anna.page(page).text


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (days("knows_deed_on", "2026-11-30"), "f-knows_deed_on"),
        (days("knows_deed_on", "2026-11-01"), "f-knows_deed_on"),
        (days("knows_offender_on", "2026-11-19"), "f-knows_deed_on"),
        (days("pause_since", "2026-11-19"), "f-pause_reason"),
        ({"pause_reason": "other"}, "f-pause_since"),
        (days("settled_on", "2026-13-45"), "f-settled_on"),
    ],
)
def test_a_day_that_cannot_be_is_refused_beside_its_field(
    anna: Person, incident: str, told: dict[str, str], field: str
) -> None:
    answer = anna.send(f"/desk/{incident}/deadlines/{CLOCK}", **told)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert Page(answer.text).faults() == []


def test_what_is_done_says_so_and_leaves_the_calendar(anna: Person, incident: str) -> None:
    page = f"/desk/{incident}/deadlines"
    for whose in ("affected", "superior"):
        anna.send(f"{page}/strafantrag/{whose}/1", **days("settled_on", "2026-11-19"))

    assert "erledigt" in anna.page(page).text
    assert b"20270218" not in anna.page(f"{page}.ics").data


def test_the_calendar_names_neither_case_nor_matter(anna: Person, incident: str) -> None:
    answer = anna.page(f"/desk/{incident}/deadlines.ics")

    calendar = icalendar.Calendar.from_ical(answer.data)
    entries: list[Any] = list(calendar.walk("VEVENT"))
    assert date(2027, 2, 18) in [each.decoded("dtstart") for each in entries]
    assert {str(each["summary"]) for each in entries} == {"Termin"}
    assert all(len(list(each.walk("VALARM"))) == 2 for each in entries)
    assert incident.encode() not in answer.data
    assert b"traf" not in answer.data
    assert answer.headers["Content-Disposition"] == 'attachment; filename="kalender.ics"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_people_correct_their_own_clock_and_nobody_elses(ina: Person, own: str) -> None:
    listed = ina.page(f"/mine/{own}/deadlines").text

    assert f"/mine/{own}/deadlines/{CLOCK}" in listed
    assert "agg_anspruch/affected/1" in listed
    assert "superior" not in listed
    assert ina.page(f"/mine/{own}/deadlines/strafantrag/superior/1").status_code == 404
    told = days("knows_deed_on", "2026-11-19")
    assert ina.send(f"/mine/{own}/deadlines/{CLOCK}", **told).status_code == 303


def test_a_stranger_finds_no_deadline(
    app: Flask, keys: KeyStore, incident: str, own: str, anna: Person
) -> None:
    bernd = signed_in(app.test_client(), keys, "bernd", BERND)

    for path in (f"/desk/{incident}/deadlines", f"/desk/{incident}/deadlines.ics"):
        assert bernd.page(path).status_code == 404
    assert anna.page(f"/mine/{own}/deadlines").status_code == 404
    assert anna.page(f"/desk/{incident}/deadlines/steuer/affected/1").status_code == 404


def test_one_more_offender_and_the_accident_notice_are_added_by_a_link(
    anna: Person, incident: str
) -> None:
    page = f"/desk/{incident}/deadlines"
    listed = anna.page(page).text
    assert f"{page}/strafantrag/affected/2" in listed
    assert f"{page}/unfallanzeige/superior/1" in listed

    anna.send(f"{page}/unfallanzeige/superior/1", **days("knows_deed_on", "2026-11-19"))

    assert "Unfallanzeige: Dienstvorgesetzte" in anna.page(page).text


def test_the_calendar_of_the_town_counts(
    settings: Settings, database: Database, town: Sender
) -> None:
    given = report(forms=["insult"], occurred_at="2026-08-15", affected_groups=["candidate"])
    number = town.post(given).json["id"]  # three months later is Sunday, 15 November
    create_app(replace(settings, closing_days=("2026-11-13",)), database)

    found = database.read(handlers.dates_of, number)

    mine = [each for each in found if each.code == "strafantrag"]
    assert [each.safe_until for each in mine] == [date(2026, 11, 12)]


def test_a_closing_day_that_is_no_day_stops_the_start(settings: Settings) -> None:
    with pytest.raises(BadSettings, match="CLOSING_DAYS"):
        replace(settings, closing_days=("28.12.2026",))
