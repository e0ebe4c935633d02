# SPDX-License-Identifier: EUPL-1.2
"""Deadlines of an incident: whose, since when, and each reminder exactly once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from rueckhalt_intake.deadlines import handlers, reminding, store
from rueckhalt_intake.deadlines.domain import BadClock, Clock, Deadline, Pause
from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.worker import Worker
from tests.intake.staff import assigned, deliver
from tests.intake.town import ANNA, Sender, report
from tests.support import FakeClock

TODAY = date(2026, 11, 20)
Events = Callable[[], list[dict[str, Any]]]
APPROACHING = "de.rueckhalt.deadline.approaching.v1"


@pytest.fixture
def told(town: Sender) -> Callable[..., str]:
    """Report an insult at the counter, with some fields otherwise; answers its id."""

    def make(**changes: Any) -> str:
        body = report(forms=["insult"], occurred_at="2026-11-18", **changes)
        return str(town.post(body).json["id"])

    return make


@pytest.fixture
def reminders(events: Events, database: Database) -> Callable[[], list[dict[str, Any]]]:
    """Run the worker's round until nothing is due; answers what was said in all."""

    def run() -> list[dict[str, Any]]:
        while reminding.remind(database):
            pass
        return [each["data"] for each in events() if each["type"] == APPROACHING]

    return run


def strafantrag(database: Database, incident: str, whose: str = "affected") -> Deadline:
    found = [
        each
        for each in database.read(handlers.dates_of, incident)
        if (each.code, each.entitled) == ("strafantrag", whose)
    ]
    assert len(found) == 1
    return found[0]


def incident_of(database: Database, id: str) -> Incident:
    found = database.read(erasing.whoever_asks, id)
    assert found is not None
    return found


def set_clock(database: Database, id: str, **told: Any) -> None:
    clock = Clock(**({"code": "strafantrag", "entitled": "affected"} | told))
    incident = incident_of(database, id)
    database.run(handlers.set_clock, incident, clock, who="anna", why="case_work")


def test_each_entitled_person_has_a_clock_from_the_day_of_the_deed(
    told: Callable[..., str], database: Database
) -> None:
    found = database.read(handlers.dates_of, told())

    clocks = {(each.code, each.entitled): each for each in found}
    assert set(clocks) == {
        ("strafantrag", "affected"),
        ("strafantrag", "superior"),
        ("beweise_sichern", "affected"),
    }
    mine = clocks["strafantrag", "affected"]
    assert mine.starts_on == date(2026, 11, 18)
    assert mine.safe_until == date(2027, 2, 18)
    assert mine.is_assumed
    assert [each.code for each in mine.offences] == ["beleidigung"]


def test_what_nobody_dated_counts_from_the_report(town: Sender, database: Database) -> None:
    number = town.post(report(forms=["unknown"])).json["id"]

    found = strafantrag(database, number)

    assert found.starts_on == TODAY
    assert found.why[0] == "from_report"


def test_an_unknown_incident_has_no_deadlines(database: Database) -> None:
    assert database.read(handlers.dates_of, "no-such-incident") == ()


def test_knowledge_moves_one_clock_and_stands_in_the_audit(
    told: Callable[..., str], database: Database
) -> None:
    number = told()

    set_clock(
        database, number, knows_deed_on=date(2026, 11, 18), knows_offender_on=date(2026, 11, 20)
    )

    assert strafantrag(database, number).starts_on == date(2026, 11, 20)
    assert not strafantrag(database, number).is_assumed
    assert strafantrag(database, number, "superior").starts_on == date(2026, 11, 18)


def test_one_more_offender_has_a_clock_of_their_own(
    told: Callable[..., str], database: Database
) -> None:
    number = told()
    number_of = handlers.next_offender(database.read(handlers.dates_of, number))

    set_clock(database, number, offender=number_of, knows_deed_on=date(2026, 11, 19))

    offenders = [
        each.offender
        for each in database.read(handlers.dates_of, number)
        if (each.code, each.entitled) == ("strafantrag", "affected")
    ]
    assert number_of == 2
    assert sorted(offenders) == [1, 2]


def test_a_clock_that_cannot_run_is_refused(told: Callable[..., str], database: Database) -> None:
    number = told()

    for wrong in (
        {"code": "traumaambulanz"},
        {"offender": 21},
        {"code": "unfallanzeige", "entitled": "owner"},
        {"knows_deed_on": date(2026, 11, 1)},  # before the deed
    ):
        with pytest.raises(BadClock):
            set_clock(database, number, **wrong)


def test_the_accident_notice_runs_only_when_somebody_says_since_when(
    told: Callable[..., str], database: Database
) -> None:
    number = told()
    assert "unfallanzeige" not in {e.code for e in database.read(handlers.dates_of, number)}

    set_clock(database, number, code="unfallanzeige", entitled="superior", knows_deed_on=TODAY)

    found = {each.code: each for each in database.read(handlers.dates_of, number)}
    assert found["unfallanzeige"].nominal == date(2026, 11, 23)


def test_a_pause_is_kept_and_the_safe_day_ignores_it(
    told: Callable[..., str], database: Database
) -> None:
    number = told()
    before = strafantrag(database, number)
    pause = Pause(since=date(2026, 12, 1), until=date(2026, 12, 31), reason="suehneversuch")

    set_clock(database, number, pause=pause)

    after = strafantrag(database, number)
    assert after.clock.pause == pause
    assert after.safe_until == before.safe_until
    assert after.legal_end == date(2027, 3, 22)


def test_each_reminder_goes_once_to_the_roles_that_need_it(
    told: Callable[..., str],
    worker: Worker,
    clock: FakeClock,
    reminders: Callable[[], list[dict[str, Any]]],
) -> None:
    number = told(affected_groups=["elected_honorary"])
    deliver(worker, assigned(number, ANNA, role="ansprechstelle"))
    said = [len(reminders())]

    for _ in range(95):
        clock.pass_(days=1)
        said.append(len(reminders()))

    sent = reminders()
    assert said[0] == 0
    assert [each["days_left"] for each in sent] == [42, 21, 7, 2]
    assert {tuple(each["recipients"]) for each in sent} == {("rechtsamt", "ansprechstelle")}
    assert {each["deadline"] for each in sent} == {"strafantrag"}
    assert {each["safe_until"] for each in sent} == {"2027-02-18"}


def test_after_a_standstill_one_word_stands_for_those_missed(
    told: Callable[..., str], clock: FakeClock, reminders: Callable[[], list[dict[str, Any]]]
) -> None:
    told(affected_groups=["elected_honorary"])
    reminders()

    clock.pass_(days=85)

    assert [each["days_left"] for each in reminders()] == [5]


def test_a_report_that_comes_late_is_reminded_of_at_once(
    town: Sender, reminders: Callable[[], list[dict[str, Any]]]
) -> None:
    town.post(report(forms=["insult"], occurred_at="2026-08-25", affected_groups=["candidate"]))

    assert [each["days_left"] for each in reminders()] == [5]
    assert [each["days_left"] for each in reminders()] == [5]


def test_a_date_that_moves_is_reminded_of_anew(
    town: Sender, database: Database, reminders: Callable[[], list[dict[str, Any]]]
) -> None:
    late = report(forms=["insult"], occurred_at="2026-08-25", affected_groups=["candidate"])
    number = town.post(late).json["id"]
    reminders()

    known = date(2026, 9, 1)
    set_clock(database, number, knows_deed_on=known, knows_offender_on=known)

    assert [each["safe_until"] for each in reminders()] == ["2026-11-25", "2026-12-01"]


@pytest.mark.parametrize("why", ["closed", "imported", "settled"])
def test_nobody_is_reminded_of_what_is_over(
    why: str,
    town: Sender,
    sender: Callable[..., Sender],
    database: Database,
    reminders: Callable[[], list[dict[str, Any]]],
) -> None:
    late = report(forms=["insult"], occurred_at="2026-08-25", affected_groups=["candidate"])
    if why == "imported":
        late["registered_at"] = "2026-11-01T10:00:00+01:00"
        sender("incident:create", "incident:import").post(late)
    else:
        accepted = town.post(late).json
        if why == "closed":
            town.close(accepted)
        else:
            set_clock(database, accepted["id"], settled_on=TODAY)

    assert reminders() == []


def test_a_round_that_breaks_off_says_nothing_and_is_repeated_whole(
    town: Sender, database: Database, reminders: Callable[[], list[dict[str, Any]]]
) -> None:
    late = report(forms=["insult"], occurred_at="2026-08-25", affected_groups=["candidate"])
    number = town.post(late).json["id"]
    database.run(reminding.schedule_new)

    def killed(tx: Any) -> None:
        reminding.remind_of(tx, number)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.run(killed)

    assert len(reminders()) == 1


def test_two_rounds_at_once_cannot_say_the_same_twice(
    told: Callable[..., str], database: Database
) -> None:
    clock = Clock(code="strafantrag", entitled="affected")
    number = told()

    def both(tx: Any) -> None:
        for _ in range(2):
            store.note_sent(tx, number, clock, TODAY, days=7)

    with pytest.raises(IntegrityError):
        database.run(both)


def test_rounds_come_in_the_morning(clock: FakeClock) -> None:
    night = clock.now.replace(hour=2)

    assert reminding.next_morning(night).hour == 7
    assert reminding.next_morning(night).date() == TODAY
    assert reminding.next_morning(clock.now).date() == TODAY + timedelta(days=1)


def test_an_erased_incident_leaves_nothing_of_its_deadlines(
    told: Callable[..., str],
    database: Database,
    settings: Any,
    reminders: Callable[[], list[dict[str, Any]]],
) -> None:
    tombstones.install(database, settings)
    number = told()
    set_clock(database, number, knows_deed_on=date(2026, 11, 19))
    reminders()

    database.run(lambda tx: erasing.erase(tx, incident_of(database, number)))

    assert database.read(store.clocks, number) == []
    assert reminders() == []


def test_days_on_which_the_house_is_shut_come_from_the_settings(
    told: Callable[..., str], database: Database
) -> None:
    number = told()
    database.context[handlers.CLOSING_DAYS] = frozenset({date(2027, 2, 18)})

    found = strafantrag(database, number)

    assert found.safe_until == date(2027, 2, 17)
    assert found.legal_end == date(2027, 2, 18)
