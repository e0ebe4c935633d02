# SPDX-License-Identifier: EUPL-1.2
"""The door of "Mein Vorfall": typing errors, many tries from one network, almost the same words."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from rueckhalt_intake.mailbox import line
from rueckhalt_intake.mailbox.brake import MOST, AlmostSame
from rueckhalt_intake.mailbox.words import Misspelled, folded, new_words, word_list
from tests.html_check import Page
from tests.intake.visitor import HTML, Visitor
from tests.support import FakeClock

Visitors = Callable[[], Visitor]
WRONG = "abend acker adler affe ahorn album algen"
TEXT = "Er stand wieder vor der Tür."
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def flood(visitor: Visitor, tries: int = line.FREE) -> None:
    """Somebody tries words that have nothing in common."""
    for _ in range(tries):
        assert visitor.open_case(new_words()).status_code == 422


def ticket(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("abnd acker Ädler affe ahorn album algen", ("„abnd“", "„ädler“")),
        ("abend acker adler", ("das waren 3",)),
        ("<b>abend</b> acker", ("„b“", "das waren 4")),
        ("", ("Pflichtangabe", "fehlt")),
    ],
)
def test_each_word_that_is_not_in_the_list_is_named_and_all_words_stay(
    visitor: Visitor, typed: str, told: tuple[str, ...]
) -> None:
    wrong = visitor.open_case(typed)

    assert wrong.status_code == 422
    assert any(each in wrong.text for each in told)
    assert Page(wrong.text).faults() == []
    if typed.startswith("abnd"):
        assert all(each in wrong.text for each in told)
        assert f'value="{typed}"' in wrong.text
        assert "„acker“" not in wrong.text
    assert 'autocomplete="off"' in wrong.text
    assert "no-store" in wrong.headers["Cache-Control"]


def test_words_of_the_list_that_lead_nowhere_are_not_marked_and_stay(visitor: Visitor) -> None:
    wrong = visitor.open_case(WRONG)

    assert "Zu diesen Wörtern gibt es nichts." in wrong.text
    assert "Nicht in unserer Liste" not in wrong.text
    assert f'value="{WRONG}"' in wrong.text


def test_typing_errors_do_not_count(visitor: Visitor) -> None:
    code = visitor.report()

    for _ in range(3 * line.FREE):
        visitor.open_case(code.replace(" ", " x ", 1))

    assert visitor.open_case(code).status_code == 303


def test_whoever_comes_after_a_flood_waits_a_minute_and_is_let_in_by_the_page_itself(
    visitor: Visitor, visitors: Visitors, clock: FakeClock
) -> None:
    code = visitor.report()
    flood(visitors())
    late = visitors()

    waiting = late.open_case(code)
    still = late.get("/case/line")
    clock.pass_(seconds=61)
    opened = late.get("/case/line")

    assert waiting.status_code == still.status_code == 429
    assert waiting.headers["Refresh"] == "60; url=/case/line"
    assert "in 60 Sekunden" in waiting.text
    assert f'value="{code}"' in waiting.text
    assert Page(waiting.text).faults() == []
    assert all(code not in each for each in waiting.headers.getlist("Set-Cookie"))
    assert opened.status_code == 303
    assert opened.headers["Location"] == "/case"
    assert "rueckhalt_line=;" in " ".join(opened.headers.getlist("Set-Cookie"))
    assert late.get("/case").status_code == 200


def test_a_thousand_others_let_nobody_wait_longer_than_is_said(
    visitor: Visitor, visitors: Visitors, clock: FakeClock
) -> None:
    code = visitor.report()
    flooder = visitors()
    flood(flooder)
    for _ in range(400):
        assert flooder.open_case(new_words()).status_code == 429
    late = visitors()

    waiting = late.open_case(code)
    clock.pass_(seconds=line.LONGEST.total_seconds() + 1)

    assert int(waiting.headers["Retry-After"]) == line.LONGEST.total_seconds()
    assert late.get("/case/line").headers["Location"] == "/case"


def test_everybody_is_served_in_turn(visitors: Visitors) -> None:
    flood(visitors())

    waits = [int(visitors().open_case(new_words()).headers["Retry-After"]) for _ in range(3)]

    assert waits == [60, 61, 62]


def test_a_text_waits_on_the_page_and_is_sent_with_the_ticket(
    visitor: Visitor, visitors: Visitors, clock: FakeClock
) -> None:
    code = visitor.report()
    flood(visitors())
    late = visitors()

    waiting = late.send("/case/words", words=code, text=TEXT)
    early = late.send("/case/words", words=code, text=TEXT, ticket=ticket(waiting.text))
    clock.pass_(seconds=61)
    sent = late.send("/case/words", words=code, text=TEXT, ticket=ticket(early.text))

    assert (waiting.status_code, early.status_code, sent.status_code) == (429, 429, 303)
    assert "Refresh" not in waiting.headers
    assert TEXT in waiting.text
    assert ticket(early.text) == ticket(waiting.text)
    assert TEXT in late.get("/case").text


def test_a_ticket_is_for_its_words_only_and_cannot_be_made_up(
    visitor: Visitor, visitors: Visitors, clock: FakeClock
) -> None:
    code = visitor.report()
    flood(visitors())
    late = visitors()
    of_others = ticket(late.open_case(WRONG).text)
    clock.pass_(seconds=301)

    for made_up in (of_others, "AAAA", "ä", of_others[:-8]):
        answer = late.send("/case/words", words=code, ticket=made_up)
        assert answer.status_code == 429, made_up
    assert late.client.get("/case/line", headers=HTML).status_code == 429


def test_another_network_does_not_wait(visitor: Visitor, visitors: Visitors) -> None:
    code = visitor.report()
    flood(visitors())
    elsewhere = visitors()
    elsewhere.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"

    assert elsewhere.open_case(code).status_code == 303


def test_whoever_knows_five_words_cannot_try_out_the_others(
    visitor: Visitor, visitors: Visitors
) -> None:
    known = visitor.report().split()[:5]
    tried = []
    for number in range(MOST + 1):
        guesser = visitors()
        guesser.client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.7"
        guess = [*word_list()[number : number + 2], *known]
        tried.append(guesser.open_case(" ".join(guess)))

    assert {each.status_code for each in tried[:MOST]} == {422}
    assert tried[MOST].status_code == 429
    assert "Fast dieselben Wörter" in tried[MOST].text
    assert int(tried[MOST].headers["Retry-After"]) <= 3600


def test_whoever_comes_in_often_by_the_right_words_is_not_held_up(
    visitor: Visitor, visitors: Visitors
) -> None:
    code = visitor.report()

    assert {visitors().open_case(code).status_code for _ in range(3 * MOST)} == {303}


def test_almost_the_same_is_any_five_words_in_any_order_and_is_forgotten_in_time() -> None:
    brake = AlmostSame(cells=1 << 12)
    words = WRONG.split()
    for _ in range(MOST):
        assert brake.note(" ".join(words), NOON) == 0

    swapped = " ".join(words[::-1])
    five = " ".join([*words[:5], "zebra", "zaun"])
    four = " ".join([*words[:4], "zebra", "zaun", "zange"])

    assert brake.note(swapped, NOON) == 3600
    assert brake.note(five, NOON + timedelta(minutes=59)) == 60
    assert brake.note(four, NOON) == 0
    assert brake.note(swapped, NOON + timedelta(minutes=61)) > 0
    assert brake.note(swapped, NOON + timedelta(hours=3)) == 0


def test_words_are_folded_as_meant_and_faults_are_named_as_typed() -> None:
    assert folded("ABEND, acker;Adler affe-ahorn album\nalgen") == WRONG
    with pytest.raises(Misspelled) as told:
        folded("abend größe xyz xyz")
    assert (told.value.count, told.value.unknown) == (4, ("größe", "xyz"))
