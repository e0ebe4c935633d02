# SPDX-License-Identifier: EUPL-1.2
"""Hand over: offered to one colleague or partner, theirs only once they accept."""

from collections.abc import Callable

import pytest

from rueckhalt_routing.assignments import answers, domain, offering
from rueckhalt_routing.assignments.domain import Assignment
from rueckhalt_shared.database import Transaction
from tests.routing.town import Town, partner, person

ANNA = person("anna.aydin")
LARS = person("lars.lind")


@pytest.fixture
def taken(town: Town) -> Assignment:
    assignment = town.report(severity=2, forms=("threat",))
    return town.answer(assignment, "anna.aydin", "take_over")


def do(
    town: Town, assignment: Assignment, act: Callable[[Transaction, Assignment], object]
) -> Assignment:
    town.database.run(lambda tx: act(tx, town.assignment(assignment.incident_id)))
    return town.assignment(assignment.incident_id)


def offered_to(town: Town, assignment: Assignment, to: str, **more: bool) -> Assignment:
    return do(town, assignment, lambda tx, a: offering.offer(tx, a, to, by=ANNA, **more))


def test_the_giver_stays_responsible_until_the_offer_is_accepted(
    town: Town, taken: Assignment
) -> None:
    after = offered_to(town, taken, "lars.lind")

    assert (after.state, after.taken_by, after.offered_to) == ("offered", ANNA, LARS)
    type, data = town.said()[-1]
    assert type == "responsibility.offered"
    assert (data["person"], data["giver"]) == (LARS, ANNA)
    assert after.next_due_at == after.offer_until


def test_an_accepted_offer_is_handed_over(town: Town, taken: Assignment) -> None:
    offered_to(town, taken, "lars.lind")

    after = town.answer(taken, "lars.lind", "take_over")

    assert (after.state, after.taken_by, after.offered_to) == ("taken", LARS, None)
    assert town.said()[-1][0] == "responsibility.handed_over"
    assert town.said()[-1][1]["person"] == LARS


@pytest.mark.parametrize(
    ("end", "reminder"), [("decline", "offer_declined"), ("", "offer_expired")]
)
def test_refusal_or_silence_leaves_it_with_the_giver_who_hears_that(
    town: Town, taken: Assignment, end: str, reminder: str
) -> None:
    offered_to(town, taken, "lars.lind")

    if end:
        town.answer(taken, "lars.lind", end)
    else:
        town.pass_(hours=2)

    after = town.assignment(taken.incident_id)
    assert (after.state, after.taken_by, after.offered_to) == ("taken", ANNA, None)
    type, data = town.said()[-1]
    assert (type, data["person"], data["reminder"]) == ("responsibility.reminded", ANNA, reminder)


def test_a_late_answer_to_an_offer_that_is_over_changes_nothing(
    town: Town, taken: Assignment
) -> None:
    offered_to(town, taken, "lars.lind")
    town.pass_(hours=2)

    after = town.answer(taken, "lars.lind", "take_over")

    assert after.taken_by == ANNA


def test_an_offer_does_not_stop_the_follow_up(town: Town, taken: Assignment) -> None:
    offered_to(town, taken, "lars.lind")
    town.pass_(hours=2)

    town.pass_(hours=5)
    town.pass_(hours=2)

    assert town.said_types()[-2:] == ["responsibility.lapsed", "responsibility.escalated"]


def test_a_partner_hears_only_with_consent_and_the_giver_notes_the_answer(
    town: Town, taken: Assignment
) -> None:
    with pytest.raises(offering.ConsentNeeded):
        offered_to(town, taken, "beratung.thueringen")

    offered_to(town, taken, "beratung.thueringen", consent=True)
    after = do(town, taken, lambda tx, a: offering.accept(tx, a, by=ANNA))

    assert (after.state, after.lead, after.taken_by) == (
        "taken",
        partner("beratung.thueringen"),
        None,
    )
    assert town.said()[-1][1]["partner"] == partner("beratung.thueringen")


def test_only_the_one_who_has_it_offers_and_only_the_one_asked_answers(
    town: Town, taken: Assignment
) -> None:
    with pytest.raises(domain.NotTaken):
        do(town, taken, lambda tx, a: offering.offer(tx, a, "eva.engel", by=LARS))
    offered_to(town, taken, "lars.lind")
    with pytest.raises(domain.NotOffered):
        do(town, taken, lambda tx, a: offering.accept(tx, a, by=person("eva.engel")))
    with pytest.raises(domain.NotOffered):
        do(town, taken, lambda tx, a: offering.decline(tx, a, by=person("eva.engel")))


@pytest.mark.parametrize("to", ["nobody.known", "greta.gross", "anna.aydin"])
def test_nobody_unknown_in_conflict_or_oneself_can_be_offered_it(town: Town, to: str) -> None:
    assignment = town.report(severity=2, forms=("threat",), excluded=(person("greta.gross"),))
    taken = town.answer(assignment, "anna.aydin", "take_over")

    with pytest.raises(offering.UnknownReceiver):
        offered_to(town, taken, to)


def test_who_turns_out_to_be_in_conflict_loses_the_offer(town: Town, taken: Assignment) -> None:
    offered_to(town, taken, "lars.lind")

    town.amend(taken.incident_id, severity=2, forms=("threat",), excluded=(LARS,))
    after = town.answer(taken, "lars.lind", "take_over")

    assert (after.taken_by, after.offered_to) == (ANNA, None)


def test_handing_back_voids_the_offer(town: Town, taken: Assignment) -> None:
    offered_to(town, taken, "lars.lind")

    after = do(town, taken, lambda tx, a: answers.hand_back(tx, a, ANNA))

    assert (after.state, after.offered_to, after.offer_until) == ("open", None, None)
