# SPDX-License-Identifier: EUPL-1.2
"""Who hears of a swap: asked, reminded, answered, lapsed; and of a duty that was set.

The clock stands on Sunday, 22 November 2026; Farid has the night duty of the week from 27 November.
"""

from datetime import timedelta
from typing import Any

import pytest

from rueckhalt_routing.duty import following, store
from rueckhalt_routing.duty.entries import ASKED, RotaChange
from tests.routing.duty import WEEKEND, Person, Somebody, acts, facts, texts
from tests.routing.town import ARS, Town, person
from tests.support import NOON

pytestmark = pytest.mark.usefixtures("sunday")
DECEMBER = {"rota": "nachtdienst", "from_": "25.12.2026 14:00", "until": "26.12.2026 06:00"}


def told(town: Town) -> list[tuple[str, list[str]]]:
    """State and persons of everything that was said of swaps."""
    names = {person(key): key.partition(".")[0] for key in PEOPLE}
    return [
        (data["state"], [names[each["person"]] for each in data["recipients"]])
        for type, data in town.said()
        if type == "swap.changed"
    ]


PEOPLE = ("clara.conrad", "farid.fischer", "david.dorn", "lars.lind")


def change(town: Town) -> Any:
    (found,) = town.database.read(store.changes_of, ARS)
    return found


def ask(asker: Person, **fields: str) -> None:
    sent = asker.send("/swaps", **{"person": "farid.fischer"} | WEEKEND | fields)
    assert sent.status_code == 303, texts(sent)


def test_whoever_is_asked_is_told_and_whoever_asked_hears_the_answer(
    town: Town, clara: Person, farid: Person
) -> None:
    ask(clara)
    farid.send("/swaps", f"/swaps/{change(town).id}/answer", answer="agree")

    assert told(town) == [("asked", ["farid"]), ("agreed", ["clara"])]
    (first, *_) = [data for type, data in town.said() if type == "swap.changed"]
    assert (first["until"], first["answer_by"]) == ("2026-11-23T07:00:00.000Z",) * 2


def test_a_refusal_is_told(town: Town, clara: Person, farid: Person) -> None:
    ask(clara)
    farid.send("/swaps", f"/swaps/{change(town).id}/answer", answer="refuse")

    assert told(town)[1:] == [("refused", ["clara"])]


def test_what_the_planner_proposes_is_asked_of_both_and_told_to_all(
    town: Town, planner: Person, clara: Person, farid: Person
) -> None:
    ask(planner, instead_of="clara.conrad")
    where = f"/swaps/{change(town).id}/answer"
    farid.send("/swaps", where, answer="agree")
    halfway = told(town)
    clara.send("/swaps", where, answer="agree")

    assert halfway == [("asked", ["farid", "clara"])]
    assert told(town)[1:] == [("agreed", ["farid", "david"])]


def test_a_request_that_is_withdrawn_is_told_to_whoever_was_asked(
    town: Town, clara: Person
) -> None:
    ask(clara)
    clara.send("/swaps", f"/swaps/{change(town).id}/withdraw")

    assert told(town)[1:] == [("withdrawn", ["farid"])]


def test_whoever_is_set_in_is_told_and_also_when_it_is_taken_back(
    town: Town, planner: Person
) -> None:
    planner.send("/swaps/set", person="lars.lind", instead_of="clara.conrad", **WEEKEND)
    planner.send("/swaps", f"/swaps/{change(town).id}/withdraw")

    assert told(town) == [("set", ["lars", "clara"]), ("withdrawn", ["lars", "clara"])]


# --------------------------------------------------------------------- reminders, and the end
def test_an_open_swap_is_reminded_of_and_lapses_and_each_is_said_once(
    town: Town, farid: Person
) -> None:
    ask(farid, person="clara.conrad", **DECEMBER)
    said: list[tuple[str, float]] = []
    lapses = change(town).lapses_at
    while change(town).state == ASKED:
        before = len(told(town))
        following.follow_up(town.database)
        left = (lapses - town.clock.now) / timedelta(hours=1)
        said += [(state, left) for state, _ in told(town)[before:]]
        town.clock.pass_(hours=1)
    following.follow_up(town.database)

    assert [state for state, _ in said] == ["reminded"] * 6 + ["lapsed"]
    limits = (672, 336, 168, 72, 24, 12, 0)
    assert all(limit - 1 < left <= limit for (_, left), limit in zip(said, limits, strict=True))
    assert told(town)[-2:] == [("reminded", ["clara"]), ("lapsed", ["clara", "farid"])]
    assert facts(town).changes == ()


def test_an_answer_after_it_lapsed_changes_nothing(
    town: Town, clara: Person, farid: Person
) -> None:
    ask(clara)
    town.clock.pass_(hours=24)

    late = farid.send("/swaps", f"/swaps/{change(town).id}/answer", answer="agree")
    following.follow_up(town.database)

    assert late.status_code == 303
    assert change(town).state == "lapsed"
    assert facts(town).changes == ()
    assert told(town)[-1] == ("lapsed", ["farid", "clara"])


def test_the_page_says_until_when_an_answer_counts_and_that_it_lapsed(
    town: Town, clara: Person, farid: Person
) -> None:
    ask(farid, person="clara.conrad", **DECEMBER)
    waiting = texts(clara.get("/swaps"))
    town.clock.pass_(hours=(change(town).lapses_at - town.clock.now) / timedelta(hours=1))
    following.follow_up(town.database)
    lapsed = texts(clara.get("/swaps"))

    assert "Antwort möglich bis Fr 25.12.2026, 14:00 Uhr" in waiting
    assert "ohne Antwort verfallen" in lapsed
    assert "Einverstanden" not in lapsed
    assert acts(town) == ["swap.asked"]


@pytest.mark.parametrize(
    ("hours", "already", "due"),
    [
        (1000, None, None),
        (672, None, 672),
        (400, 672, None),
        (400, None, 672),
        (336, 672, 336),
        (20, 72, 24),
        (12, 24, 12),
        (11, 12, None),
        (0.1, 24, 12),
    ],
)
def test_each_reminder_is_due_once(hours: float, already: int | None, due: int | None) -> None:
    swap = RotaChange(
        id="x",
        municipality=ARS,
        rota="nachtdienst",
        kind="swap",
        state=ASKED,
        start_at=NOON + timedelta(hours=hours),
        end_at=NOON + timedelta(hours=hours + 8),
        person="farid.fischer",
        noted_by="clara",
        noted_at=NOON - timedelta(days=1),
        reminded_hours=already,
    )

    assert swap.reminder_due(NOON) == due


def test_nobody_else_is_told_of_a_swap(town: Town, clara: Person, somebody: Somebody) -> None:
    ask(clara)
    strange = somebody("lars.lind")

    strange.send("/swaps", f"/swaps/{change(town).id}/answer", answer="agree")

    assert told(town) == [("asked", ["farid"])]
