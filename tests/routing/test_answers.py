# SPDX-License-Identifier: EUPL-1.2
"""Take over, decline, hand back, finish: once, by the right person, told to everybody."""

import threading

import pytest

from rueckhalt_routing.assignments import answers, domain, showing
from rueckhalt_routing.assignments.store import EVERYTHING
from rueckhalt_shared.quarantine import parked
from tests.routing.town import Town, person


def test_an_answered_notice_takes_over_once(town: Town) -> None:
    assignment = town.report()

    taken = town.answer(assignment, "bernd.brandt", "take_over")
    town.answer(assignment, "bernd.brandt", "take_over")

    assert (taken.state, taken.taken_by, taken.taken_role) == (
        "taken",
        person("bernd.brandt"),
        "fuehrungskraft",
    )
    assert taken.next_due_at == taken.follow_up_by
    assert town.said_types() == ["responsibility.assigned", "responsibility.taken_over"]


def test_after_a_take_over_nothing_escalates(town: Town) -> None:
    assignment = town.report(severity=3)

    town.answer(assignment, "clara.conrad", "take_over")
    town.pass_(minutes=29)
    town.audit()

    assert "responsibility.escalated" not in town.said_types()


def test_the_second_taker_comes_too_late(town: Town) -> None:
    assignment = town.report(severity=3)

    town.answer(assignment, "farid.fischer", "take_over")
    after = town.answer(assignment, "clara.conrad", "take_over")

    assert after.taken_by == person("farid.fischer")
    assert town.said_types().count("responsibility.taken_over") == 1


def test_no_event_of_another_municipality_moves_an_assignment(town: Town) -> None:
    assignment = town.report()
    neighbour = "160770888888"

    town.answer(assignment, "bernd.brandt", "take_over", municipality=neighbour)
    town.close(assignment.incident_id, municipality=neighbour)
    town.fail(assignment, "bernd.brandt", municipality=neighbour)
    town.amend(assignment.incident_id, municipality=neighbour, severity=3)

    assert town.assignment(assignment.incident_id) == assignment
    assert town.said_types() == ["responsibility.assigned"]


def test_of_two_at_once_one_takes_over(town: Town) -> None:
    assignment = town.report(severity=3)
    start = threading.Barrier(2)
    ends: list[str] = []

    def take(key: str) -> None:
        start.wait()
        try:
            town.database.run(
                showing.change,
                assignment.id,
                lambda tx, a: answers.take_over(tx, a, key),
                sight=EVERYTHING,
            )
            ends.append("taken")
        except domain.TakenByAnother:
            ends.append("late")

    threads = [threading.Thread(target=take, args=(k,)) for k in ("clara.conrad", "greta.gross")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ends) == ["late", "taken"]
    assert town.said_types().count("responsibility.taken_over") == 1


def test_somebody_in_conflict_cannot_take_over(town: Town) -> None:
    assignment = town.report(excluded=(person("bernd.brandt"),))

    after = town.answer(assignment, "bernd.brandt", "take_over")

    assert after == assignment


def test_a_decline_tells_the_next_at_once_and_the_person_is_out_of_the_chain(town: Town) -> None:
    assignment = town.report(severity=3)

    after = town.answer(assignment, "clara.conrad", "decline")
    for _ in range(12):
        town.pass_(minutes=10)

    assert after.person == person("farid.fischer")
    causes = [data["cause"] for type, data in town.said() if type.endswith("escalated")]
    assert causes[0] == "declined"
    leads = [data["recipients"][0]["person"] for t, data in town.said() if t.endswith("escalated")]
    assert person("clara.conrad") not in leads


def test_a_decline_of_somebody_not_asked_now_moves_nothing(town: Town) -> None:
    assignment = town.report(severity=3)

    after = town.answer(assignment, "greta.gross", "decline")

    assert (after.step, after.person) == (0, assignment.person)
    assert after.out == (person("greta.gross"),)


def test_if_everybody_declines_the_catch_all_is_asked_all_the_same(town: Town) -> None:
    assignment = town.report(severity=3)

    for key in ("clara.conrad", "farid.fischer", "greta.gross", "hasan.hoff", "anna.aydin",
                "eva.engel", "lars.lind", "anna.aydin", "lars.lind"):  # fmt: skip
        town.answer(assignment, key, "decline")

    after = town.assignment(assignment.incident_id)
    assert after.person in (person("anna.aydin"), person("lars.lind"))
    assert after.next_due_at is not None


def test_done_finishes_and_names_who_did_it(town: Town) -> None:
    assignment = town.report()

    closed = town.answer(assignment, "bernd.brandt", "done")

    assert (closed.state, closed.taken_by) == ("closed", person("bernd.brandt"))
    assert town.said_types() == [
        "responsibility.assigned",
        "responsibility.taken_over",
        "responsibility.completed",
    ]


def test_a_taker_who_declines_hands_back_and_the_next_is_told(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "clara.conrad", "take_over")

    after = town.answer(assignment, "clara.conrad", "decline")

    assert (after.state, after.person) == ("open", person("farid.fischer"))
    assert town.said_types()[-2:] == ["responsibility.lapsed", "responsibility.escalated"]


def test_a_take_over_after_a_hand_back_is_legitimate(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "clara.conrad", "take_over")
    town.answer(assignment, "clara.conrad", "decline")

    after = town.answer(assignment, "farid.fischer", "take_over")

    assert after.taken_by == person("farid.fischer")


def test_answers_to_a_closed_incident_change_nothing(town: Town) -> None:
    assignment = town.report()
    closed = town.close(assignment.incident_id)

    for verb in ("take_over", "decline", "done", "confirm"):
        town.answer(assignment, "bernd.brandt", verb)

    assert town.assignment(assignment.incident_id) == closed


def test_an_answer_that_comes_before_its_assignment_waits(town: Town) -> None:
    assignment = town.report()
    unknown = domain.move(assignment, id="01a20000-0000-7000-8000-000000000000")

    town.answer(unknown, "bernd.brandt", "take_over")

    assert town.database.read(parked)


@pytest.mark.parametrize("named", [None, "bernd.brandt", person("bernd.brandt")])
def test_a_take_over_may_name_the_person_by_id_or_key_or_not_at_all(
    town: Town, named: str | None
) -> None:
    assignment = town.report()

    taken = town.database.run(lambda tx: answers.take_over(tx, assignment, named))

    assert taken.taken_by == person("bernd.brandt")


@pytest.mark.parametrize("named", ["nobody.known", person("greta.gross"), "polizei.musterstadt"])
def test_unknown_people_partners_and_those_in_conflict_are_refused_alike(
    town: Town, named: str
) -> None:
    assignment = town.report(excluded=(person("greta.gross"),))

    with pytest.raises(answers.UnknownPerson):
        town.database.run(lambda tx: answers.take_over(tx, assignment, named))
