# SPDX-License-Identifier: EUPL-1.2
"""By seven words: the deadlines of one's own report, and its papers filled in."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from tests.html_check import Page
from tests.intake.visitor import Visitor

TOLD = "Ich weiß, wo du wohnst."
CLOCK = "/case/deadlines/strafantrag/affected/1"


@pytest.fixture
def case(visitor: Visitor, visitors: Callable[[], Visitor]) -> Visitor:
    """Somebody who has reported without a name and comes back by their words."""
    code = visitor.report()
    back = visitors()
    back.open_case(code)
    return back


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_every_page_is_sound_in_every_language(case: Visitor, lang: str) -> None:
    for path in ("/case/deadlines", CLOCK, "/case/papers", "/case/papers/strafanzeige"):
        answer = case.get(f"{path}?lang={lang}")
        assert answer.status_code == 200
        assert Page(answer.text).faults() == []


def test_the_page_of_the_case_leads_to_deadlines_and_papers(case: Visitor) -> None:
    page = case.get("/case").text

    assert 'href="/case/deadlines"' in page
    assert 'href="/case/papers"' in page


def test_whoever_knows_the_words_sets_their_own_clock_and_nobody_elses(case: Visitor) -> None:
    day = {"settled_on.day": "20", "settled_on.month": "11", "settled_on.year": "2026"}

    kept = case.send(CLOCK, **day)
    other = case.get("/case/deadlines/strafantrag/superior/1")

    assert kept.status_code == 303
    assert kept.headers["Location"].endswith("/case/deadlines")
    assert "erledigt" in case.get("/case/deadlines").text
    assert other.status_code == 404
    assert case.get("/case/deadlines/calendar.ics").mimetype == "text/calendar"


def test_the_strafantrag_is_filled_in_with_ones_own_words(case: Visitor) -> None:
    path = "/case/papers/strafanzeige"

    shut, opened = case.get(path), case.send(path)

    assert "§ 241 StGB (Bedrohung)" in shut.text
    assert TOLD not in shut.text
    assert TOLD in opened.text
    assert Page(opened.text).faults() == []


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_who_it_was_stands_in_its_own_field_of_the_strafantrag(
    visitors: Callable[[], Visitor], lang: str
) -> None:
    here = visitors()
    here.get(f"/report?lang={lang}")
    here.open_case(here.report())

    form = here.send("/case/papers/strafanzeige").text

    assert field(form, "offender") == "Herr X"
    assert field(form, "narrative") == f"Er sagte: {TOLD}"


def test_a_paper_with_a_name_on_it_does_not_lead_to_a_report_without_one(case: Visitor) -> None:
    path = "/case/papers/strafanzeige"

    shut, opened = case.get(path).text, case.send(path).text

    assert 'name="reference"' in shut
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", shut + opened) is None


def field(form: str, name: str) -> str:
    """What stands in a field of several lines."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>([^<]*)<', form)
    assert found is not None
    return unescape(found[1]).strip()


def test_without_the_words_there_is_nothing(visitors: Callable[[], Visitor], case: Visitor) -> None:
    stranger = visitors()

    for path in ("/case/deadlines", CLOCK, "/case/papers", "/case/papers/strafanzeige"):
        answer = stranger.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith("/case/words")
