# SPDX-License-Identifier: EUPL-1.2
"""What intake hears of the responsibility: by version, in any order, never refused."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rueckhalt_intake.app import Settings, create_worker
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import (
    Event,
    Recipient,
    ResponsibilityAssigned,
    ResponsibilityCompleted,
    ResponsibilityEscalated,
    ResponsibilityHandedOver,
    ResponsibilityLapsed,
    ResponsibilityTakenOver,
)
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.database import Database
from rueckhalt_shared.outbox import stamp, waiting
from rueckhalt_shared.worker import Worker
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender
from tests.support import NOON, FakeClock

QUEUE = "intake.note-responsibility"
Events = Callable[[], list[dict[str, Any]]]
LATER = NOON + timedelta(hours=2)


def facts(incident: str) -> list[Event]:
    """Tell a whole story: assigned, escalated, taken over, lapsed, handed over, completed."""
    same: dict[str, Any] = {"subject": incident, "municipality": ARS, "assignment": "a-1"}
    told = same | {"urgency": "u2", "take_over_by": LATER}
    change = same | {"role": "rechtsamt", "at": NOON}
    lead, stand_in = Recipient(person=ANNA, part="lead"), Recipient(person=BERND, part="lead")
    return [
        ResponsibilityAssigned(
            version=1,
            decision="d-1",
            plan_version=1,
            rule="r",
            tier=2,
            chain="c",
            step=0,
            recipients=(Recipient(person=BERND, part="told"), lead),
            forms=("threat",),
            role="ansprechstelle",
            **told,
        ),
        ResponsibilityEscalated(
            version=2,
            step=1,
            round=1,
            recipients=(stand_in,),
            role="rechtsamt",
            cause="nobody_took_over",
            **told,
        ),
        ResponsibilityTakenOver(
            version=3,
            role="ansprechstelle",
            person=BERND,
            taken_over_at=NOON,
            follow_up_by=LATER,
            **same,
        ),
        ResponsibilityLapsed(version=4, person=BERND, **change),
        ResponsibilityHandedOver(version=5, partner=ANNA, next_due_at=LATER, **change),
        ResponsibilityCompleted(version=6, person=ANNA, **change),
    ]


def deliver(worker: Worker, event: Event, event_id: str | None = None) -> None:
    envelope = contracts.wrap(event, service="routing", id=event_id or uuid7(), time=NOON)
    worker.deliver(QUEUE, envelope)


@pytest.mark.parametrize(
    ("number", "status", "responsible"),
    [
        (
            0,
            "assigned",
            {"state": "assigned", "role": "ansprechstelle", "person": ANNA, "take_over_by": LATER},
        ),
        (
            1,
            "assigned",
            {"state": "escalated", "role": "rechtsamt", "person": BERND, "take_over_by": LATER},
        ),
        (
            2,
            "taken_over",
            {
                "state": "taken_over",
                "role": "ansprechstelle",
                "person": BERND,
                "next_due_at": LATER,
            },
        ),
        (3, "assigned", {"state": "lapsed", "role": "rechtsamt", "person": BERND}),
        (
            4,
            "handed_over",
            {
                "state": "handed_over",
                "role": "rechtsamt",
                "partner": ANNA,
                "next_due_at": LATER,
            },
        ),
        (5, "completed", {"state": "completed", "role": "rechtsamt", "person": ANNA}),
    ],
)
def test_the_newest_fact_is_shown(
    town: Sender, worker: Worker, number: int, status: str, responsible: dict[str, Any]
) -> None:
    accepted = town.post(THREAT).json

    deliver(worker, facts(accepted["id"])[number])

    shown = town.show(accepted)
    assert shown["status"] == status
    told = {"since": NOON} | responsible
    assert shown["responsible"] == {
        name: value if isinstance(value, str) else value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        for name, value in told.items()
    }


def test_an_older_routing_names_no_role_and_none_is_shown(town: Sender, worker: Worker) -> None:
    accepted = town.post(THREAT).json

    deliver(worker, replace(facts(accepted["id"])[0], role=None))  # type: ignore[call-arg]

    assert "role" not in town.show(accepted)["responsible"]
    assert town.show(accepted)["responsible"]["person"] == ANNA


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_and_doubled_facts_end_the_same(town: Sender, worker: Worker, seed: int) -> None:
    accepted = town.post(THREAT).json
    story = facts(accepted["id"]) * 2
    random.Random(seed).shuffle(story)

    for event in story:
        deliver(worker, event)

    assert town.show(accepted)["responsible"]["state"] == "completed"


def test_a_second_take_over_is_legitimate(town: Sender, worker: Worker) -> None:
    accepted = town.post(THREAT).json
    taken = facts(accepted["id"])[2]

    for version, person in ((3, BERND), (4, ANNA)):
        deliver(worker, type(taken)(**vars(taken) | {"version": version, "person": person}))

    assert town.show(accepted)["responsible"]["person"] == ANNA


def test_a_fact_about_an_incident_nobody_knows_is_no_fault(
    worker: Worker, database: Database
) -> None:
    deliver(worker, facts("7c1d2b1e-0000-4000-8000-000000000000")[0])

    assert worker.is_idle()


def test_a_sender_without_the_right_to_read_learns_no_person(
    sender: Callable[..., Sender], worker: Worker
) -> None:
    own = sender("incident:create")
    accepted = own.post(THREAT).json

    deliver(worker, facts(accepted["id"])[2])

    responsible = own.show(accepted)["responsible"]
    assert responsible["role"] == "ansprechstelle"
    assert "person" not in responsible


def test_facts_do_not_disturb_a_correction(town: Sender, worker: Worker, events: Events) -> None:
    accepted = town.post(THREAT).json
    deliver(worker, facts(accepted["id"])[0])

    assert town.patch(accepted, place="home").json["version"] == 2
    assert town.show(accepted)["responsible"]["state"] == "assigned"


def publish_all(database: Database) -> int:
    """Stamp what waits in the outbox as published; answer how many rows."""

    rows = database.read(waiting, limit=100)
    stamp(database, [row.seq for row in rows])
    return len(rows)


def loop(worker: Worker) -> Callable[[Database], bool]:
    return next(each.run for each in worker._loops if each.name == "unassigned")


def test_an_incident_nobody_was_assigned_to_is_announced_again(
    town: Sender, worker: Worker, database: Database, events: Events, clock: FakeClock
) -> None:
    town.post(THREAT)
    publish_all(database)
    before = events()

    clock.pass_(seconds=59)
    loop(worker)(database)
    assert publish_all(database) == 0

    clock.pass_(seconds=1)
    loop(worker)(database)
    assert publish_all(database) == 1
    assert events() == before  # the same event with the same id


def test_the_pauses_grow_and_end_with_the_assignment(
    town: Sender, worker: Worker, database: Database, clock: FakeClock
) -> None:
    accepted = town.post(THREAT).json
    publish_all(database)
    sent = []
    for minute in range(1, 12):
        clock.pass_(minutes=1)
        loop(worker)(database)
        sent += [minute] * publish_all(database)
    assert sent == [1, 2, 4, 8]

    deliver(worker, facts(accepted["id"])[0])
    clock.pass_(hours=5)
    loop(worker)(database)
    assert publish_all(database) == 0


def test_imports_are_not_announced_again(
    sender: Callable[..., Sender], worker: Worker, database: Database, clock: FakeClock
) -> None:
    archive = sender("incident:create", "incident:import")
    archive.post(THREAT | {"registered_at": "2020-01-01"})
    publish_all(database)
    clock.pass_(hours=1)

    loop(worker)(database)

    assert publish_all(database) == 0


def test_without_routing_nobody_waits_for_an_assignment(
    settings: Settings, database: Database
) -> None:
    alone = Settings(**vars(settings) | {"services": frozenset({"intake"})})

    names = [each.name for each in create_worker(alone, database)._loops]

    assert "unassigned" not in names


def test_a_fact_of_another_municipality_changes_nothing(town: Sender, worker: Worker) -> None:
    accepted = town.post(THREAT).json
    foreign = [replace(fact, municipality="160770888888") for fact in facts(accepted["id"])]

    for fact in foreign:
        deliver(worker, fact)

    assert town.show(accepted)["responsible"] is None
