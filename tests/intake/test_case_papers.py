# SPDX-License-Identifier: EUPL-1.2
"""By seven words: the deadlines of one's own report, and its papers filled in."""

from collections.abc import Callable

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


def test_without_the_words_there_is_nothing(visitors: Callable[[], Visitor], case: Visitor) -> None:
    stranger = visitors()

    for path in ("/case/deadlines", CLOCK, "/case/papers", "/case/papers/strafanzeige"):
        answer = stranger.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith("/case/words")
