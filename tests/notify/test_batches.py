# SPDX-License-Identifier: EUPL-1.2
"""Several events in one transaction mean what they mean one by one."""

import pytest

from rueckhalt_notify.subscriptions import subscriptions
from rueckhalt_shared import contracts
from rueckhalt_shared.consuming import Arrival, understand
from rueckhalt_shared.contracts import IncidentClosed
from tests.notify.conftest import states
from tests.notify.town import (
    ANNA,
    INCIDENT,
    LARS,
    NOBODY,
    QUEUE,
    TOWN,
    assigned,
    escalated,
    kinds,
    lead,
    taken_over,
    told,
)
from tests.support import NOON


@pytest.fixture
def tell_together(worker):
    """Bring events as one batch of the bus."""

    def bring(*events):
        arrivals = []
        for number, event in enumerate(events):
            service = min(type(event).producers)
            envelope = contracts.wrap(event, service=service, id=f"b{number}", time=NOON)
            arrivals.append(Arrival(QUEUE, envelope, *understand(subscriptions, QUEUE, envelope)))
        worker.consuming._apply(arrivals)

    return bring


def about(number, *recipients):
    subject = f"{INCIDENT[:-2]}{number:02}"
    return assigned(*recipients, subject=subject, assignment=f"a{number}")


def test_each_event_of_a_batch_gets_its_own_notices(tell_together, notices):
    tell_together(about(1, lead(ANNA)), about(2, lead(ANNA), told(LARS)), about(3, lead(LARS)))

    assert [(row["assignment"], row["owner_id"]) for row in notices()] == [
        ("a1", ANNA),
        ("a2", ANNA),
        ("a2", LARS),
        ("a3", LARS),
    ]


def test_the_same_question_twice_in_a_batch_is_one_notice(tell_together, notices):
    tell_together(about(1, lead(ANNA)), about(1, lead(ANNA)))

    assert len(notices()) == 1


def test_a_question_that_is_known_already_holds_back_no_other(tell, tell_together, notices, said):
    tell(about(1, lead(ANNA)))

    tell_together(about(1, lead(ANNA)), about(2, lead(LARS)), about(3, lead(NOBODY)))

    assert [row["assignment"] for row in notices()] == ["a1", "a2", "a3"]
    assert kinds(said()) == ["notice.failed"]


def test_nobody_is_asked_what_was_taken_over_in_the_same_batch(
    tell_together, send, mailer, notices
):
    tell_together(assigned(lead(ANNA)), escalated(lead(LARS)), taken_over(ANNA))

    send()

    assert mailer.letters == []
    assert set(states(notices())) <= {"cancelled"}


def test_nobody_is_asked_about_what_was_closed_in_the_same_batch(tell_together, send, mailer):
    closed = IncidentClosed(
        subject=INCIDENT,
        municipality=TOWN,
        version=2,
        mode="live",
        reason="resolved",
        closed_at=NOON,
    )
    tell_together(assigned(lead(ANNA)), closed)

    send()

    assert mailer.letters == []
