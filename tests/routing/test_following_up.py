# SPDX-License-Identifier: EUPL-1.2
"""After the take-over: reminded before the promised time, then asked beside the duty of now."""

from datetime import timedelta

import pytest

from rueckhalt_routing.assignments import domain, following_up
from tests.routing.town import Town, person
from tests.support import NOON


def test_whoever_has_taken_over_is_reminded_once_before_the_promised_time(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "clara.conrad", "take_over")

    town.pass_(minutes=23)
    town.pass_(minutes=6)

    said = [(type, data) for type, data in town.said() if type == "responsibility.reminded"]
    assert [(d["person"], d["reminder"]) for _, d in said] == [
        (person("clara.conrad"), "follow_up")
    ]


def test_silence_after_the_take_over_asks_the_duty_of_now_and_tells_the_taker(town: Town) -> None:
    assignment = town.report(severity=2, forms=("threat",))
    town.pass_(hours=2)
    town.answer(assignment, "lars.lind", "take_over")

    town.pass_(hours=6)
    town.pass_(hours=2)

    lapsed, escalated = town.said()[-2:]
    assert lapsed[0] == "responsibility.lapsed"
    assert lapsed[1]["person"] == person("lars.lind")
    told = [(each["person"], each["part"]) for each in escalated[1]["recipients"]]
    assert told == [(person("anna.aydin"), "lead"), (person("lars.lind"), "asked")]
    after = town.assignment(assignment.incident_id)
    assert (after.state, after.step, after.round, after.taken_by) == ("open", 0, 1, None)


def test_after_a_lapse_the_chain_runs_from_its_first_step_in_exact_waits(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "farid.fischer", "take_over")
    town.pass_(minutes=23)
    town.pass_(minutes=7)

    town.pass_(minutes=10)

    after = town.assignment(assignment.incident_id)
    assert (after.step, after.person) == (2, person("greta.gross"))


def test_activity_of_the_taker_moves_the_promised_time_on(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "clara.conrad", "take_over")
    town.pass_(minutes=20)

    def act(tx):
        return following_up.note_activity(tx, town_assignment(town, assignment))

    town.database.run(act)
    town.pass_(minutes=25)

    after = town.assignment(assignment.incident_id)
    assert after.state == "taken"
    assert after.follow_up_by == NOON + timedelta(minutes=50)


def test_nobody_is_at_work_on_what_nobody_has(town: Town) -> None:
    assignment = town.report()

    with pytest.raises(domain.NotTaken):
        town.database.run(lambda tx: following_up.note_activity(tx, assignment))


def test_a_taker_who_turned_out_to_be_in_conflict_is_not_told_of_the_lapse(town: Town) -> None:
    assignment = town.report(severity=2, forms=("threat",))
    town.answer(assignment, "anna.aydin", "take_over")
    town.amend(
        assignment.incident_id, severity=2, forms=("threat",), excluded=(person("anna.aydin"),)
    )

    town.pass_(days=3)

    after_take_over = town.said()[2:]
    told = [data["recipients"] for _, data in after_take_over if "recipients" in data]
    assert told
    assert person("anna.aydin") not in str(told)


def test_a_late_worker_lapses_at_once_and_only_once(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "clara.conrad", "take_over")

    town.clock.pass_(hours=1)
    town.run_timers()

    assert town.said_types().count("responsibility.lapsed") == 1
    assert "responsibility.reminded" not in town.said_types()


def town_assignment(town: Town, assignment: domain.Assignment) -> domain.Assignment:
    return town.assignment(assignment.incident_id)
