# SPDX-License-Identifier: EUPL-1.2
"""A deadline or a message: who must mind it hears of it, nobody in conflict does."""

from datetime import date
from typing import Any

from rueckhalt_shared.contracts import DeadlineApproaching, MessageReceived
from tests.routing.town import ARS, Town, person
from tests.support import NOON

DAY = date(2027, 2, 18)


def approaching(incident: str, *roles: str) -> DeadlineApproaching:
    return DeadlineApproaching(
        subject=incident,
        municipality=ARS,
        version=7,
        deadline="strafantrag",
        entitled="affected",
        safe_until=DAY,
        legal_end=DAY,
        days_left=7,
        recipients=roles,
    )


def reminded(town: Town) -> list[dict[str, Any]]:
    return [data for type, data in town.said() if type == "responsibility.reminded"]


def test_the_holder_of_the_role_hears_of_the_day_and_of_nothing_else(town: Town) -> None:
    assignment = town.report(severity=2, forms=("threat",))

    town.hear(approaching(assignment.incident_id, "rechtsamt"))

    (told,) = reminded(town)
    assert (told["role"], told["reminder"]) == ("rechtsamt", "deadline")
    assert told["due_at"] == "2027-02-18T17:00:00.000Z"
    assert set(told) == {"mode", "assignment", "role", "person", "reminder", "due_at"}


def test_whoever_has_taken_over_hears_of_it_once_whatever_their_roles(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "clara.conrad", "take_over")

    town.hear(approaching(assignment.incident_id, "rechtsamt", "rechtsamt"))

    told = [each["person"] for each in reminded(town)]
    assert told[0] == person("clara.conrad")
    assert len(told) == len(set(told)) == 2


def test_somebody_in_conflict_is_never_reminded(town: Town) -> None:
    first = town.report(severity=2, forms=("threat",))
    town.hear(approaching(first.incident_id, "rechtsamt"))
    (holder,) = [each["person"] for each in reminded(town)]
    second = town.report(severity=2, forms=("threat",), excluded=(holder,))

    town.hear(approaching(second.incident_id, "rechtsamt"))

    assert [each["person"] for each in reminded(town)].count(holder) == 1


def test_nobody_is_reminded_of_what_is_closed(town: Town) -> None:
    assignment = town.report()
    town.close(assignment.incident_id)

    town.hear(approaching(assignment.incident_id, "rechtsamt"))

    assert reminded(town) == []


# ------------------------------------------------------------------- a message of the reporter


def wrote(incident: str, direction: str = "from_reporter") -> MessageReceived:
    return MessageReceived(
        subject=incident,
        municipality=ARS,
        version=3,
        message="0198a000-0000-7000-8000-0000000000ee",
        direction=direction,
        at=NOON,
    )


def test_whoever_is_asked_hears_that_the_reporter_wrote_then_whoever_took_over(town: Town) -> None:
    assignment = town.report(severity=3)
    town.hear(wrote(assignment.incident_id))
    town.answer(assignment, "clara.conrad", "take_over")

    town.hear(wrote(assignment.incident_id))

    before, after = reminded(town)
    assert before["person"] == assignment.person
    assert after["person"] == person("clara.conrad")
    assert {before["reminder"], after["reminder"]} == {"message"}
    assert set(after) == {"mode", "assignment", "role", "person", "reminder", "due_at"}


def test_what_staff_wrote_themselves_is_told_to_nobody(town: Town) -> None:
    assignment = town.report(severity=3)

    town.hear(wrote(assignment.incident_id, "to_reporter"))

    assert reminded(town) == []


def test_whoever_turned_out_to_be_in_conflict_does_not_hear_of_a_message(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "clara.conrad", "take_over")
    town.amend(assignment.incident_id, severity=3, excluded=(person("clara.conrad"),))

    town.hear(wrote(assignment.incident_id))

    (told,) = reminded(town)
    assert told["person"] not in {None, person("clara.conrad")}


def test_after_the_closing_whoever_had_it_last_hears_of_a_message(town: Town) -> None:
    assignment = town.report(severity=3)
    town.answer(assignment, "clara.conrad", "take_over")
    town.close(assignment.incident_id)

    town.hear(wrote(assignment.incident_id))

    assert [each["person"] for each in reminded(town)] == [person("clara.conrad")]
