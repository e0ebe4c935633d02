# SPDX-License-Identifier: EUPL-1.2
"""From the bus into facts and counts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from rueckhalt_reporting.facts import store as facts
from rueckhalt_reporting.facts.domain import Fact
from rueckhalt_reporting.rollups import handlers as rollups
from rueckhalt_shared import contracts
from rueckhalt_shared.database import Database
from tests.reporting import events
from tests.reporting.events import NOW, TOWN

Tell = Callable[..., None]
Counts = dict[str, dict[str, int]]


def counts(database: Database, month: str = "2026-11", region: str = TOWN) -> Counts:
    return database.read(rollups.counts, region, (month,))


def fact(database: Database, incident: str = "incident-1") -> Fact | None:
    return database.run(facts.find_all, [incident]).get(incident)


def test_a_registered_incident_counts_at_once(database: Database, tell: Tell) -> None:
    tell(events.registered())

    found = counts(database)
    assert found["total"] == {"all": 1}
    assert found["forms"] == {"threat": 1}
    assert found["outer_class"] == {"psychisch": 1}
    assert found["unit"] == {"buergeramt": 1}
    assert found["cluster"] == {"publikum": 1}
    assert found["severity"] == {"2": 1}
    assert found["motives"] == {"unknown": 1}
    assert found["status"] == {"open": 1}


def test_an_event_that_comes_twice_counts_once(database: Database, tell: Tell) -> None:
    tell(events.registered(), id="e1")
    tell(events.registered(), id="e1")
    tell(events.registered(), id="sent-again-under-another-id")

    assert counts(database)["total"] == {"all": 1}


def test_a_correction_moves_the_incident_to_its_new_cells(database: Database, tell: Tell) -> None:
    tell(events.registered())

    tell(events.amended(forms=("threat", "weapon"), severity=3, unit="sozialamt"))

    found = counts(database)
    assert found["forms"] == {"weapon": 1}
    assert found["forms_all"] == {"threat": 1, "weapon": 1}
    assert found["unit"] == {"sozialamt": 1}
    assert found["total"] == {"all": 1}


def test_a_correction_that_overtakes_its_registration_is_the_last_word(
    database: Database, tell: Tell
) -> None:
    tell(events.amended(place="home"))
    tell(events.registered())

    found = counts(database)
    assert found["place"] == {"home": 1}
    assert found["total"] == {"all": 1}


def test_what_routing_says_before_intake_waits_in_the_fact(database: Database, tell: Tell) -> None:
    tell(events.taken_over())
    tell(events.assigned(), at=NOW)
    assert counts(database) == {}

    tell(events.registered())

    found = counts(database)
    assert found["taken_over"] == {"yes": 1}
    assert found["minutes_to_take_over"] == {"10": 1}
    assert found["urgency"] == {"u2": 1}


def test_an_escalation_raises_the_urgency_and_is_counted(database: Database, tell: Tell) -> None:
    tell(events.registered())
    tell(events.assigned())
    tell(events.escalated(version=2))
    tell(events.escalated(version=3, round=2))

    found = counts(database)
    assert found["urgency"] == {"u3": 1}
    assert found["escalations"] == {"2": 1}
    assert found["responsibility"] == {"escalated": 1}


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (contracts.ResponsibilityLapsed, "lapsed"),
        (contracts.ResponsibilityHandedOver, "handed_over"),
        (contracts.ResponsibilityCompleted, "completed"),
    ],
)
def test_the_newest_word_on_responsibility_counts(
    database: Database, tell: Tell, kind: type[contracts.Event], state: str
) -> None:
    tell(events.registered())
    tell(events.changed(kind))
    tell(events.taken_over())

    found = counts(database)
    assert found["responsibility"] == {state: 1}
    assert found["taken_over"] == {"yes": 1}


def test_a_closed_incident_is_counted_as_closed(database: Database, tell: Tell) -> None:
    tell(events.registered())
    tell(events.closed())

    found = counts(database)
    assert found["status"] == {"closed": 1}
    assert found["close_reason"] == {"resolved": 1}
    assert found["feedback"] == {"given": 1}


def test_notices_count_by_the_best_that_was_reached(database: Database, tell: Tell) -> None:
    tell(events.registered())
    tell(events.notice(contracts.NoticeFailed, final=False))
    assert counts(database)["notices"] == {"none": 1}

    tell(events.notice(contracts.NoticeFailed))
    assert counts(database)["notices"] == {"failed": 1}

    tell(events.notice(contracts.NoticeSent))
    tell(events.notice(contracts.NoticeDelivered))
    assert counts(database)["notices"] == {"delivered": 1}


@pytest.mark.parametrize("mode", ["test", "drill"])
def test_tests_and_drills_leave_no_trace(database: Database, tell: Tell, mode: str) -> None:
    tell(events.registered(mode=mode))
    tell(events.assigned(mode=mode))

    assert fact(database) is None
    assert counts(database) == {}


def test_the_sample_installation_counts(database: Database, tell: Tell) -> None:
    tell(events.registered(mode="demo"))

    assert counts(database)["total"] == {"all": 1}


def test_an_imported_incident_counts_in_the_month_it_was_registered(
    database: Database, tell: Tell
) -> None:
    silvester = datetime(2017, 12, 31, 22, 30, tzinfo=UTC)

    tell(events.registered(registered_at=silvester, imported=True))

    assert counts(database, "2017-12")["status"] == {"closed": 1}
    assert counts(database) == {}


def test_a_code_of_a_newer_version_counts_as_unknown(database: Database, tell: Tell) -> None:
    tell(events.registered(severity=None, forms=("unknown",), unit="unknown"))

    found = counts(database)
    assert found["severity"] == found["forms"] == found["unit"] == {"unknown": 1}


def test_a_fact_keeps_no_sender_and_nobody_s_id(database: Database, tell: Tell) -> None:
    tell(events.registered(excluded=(events.ANNA,)))
    tell(events.assigned())
    tell(events.taken_over())

    kept = repr(fact(database))

    assert "fachverfahren" not in kept
    assert events.ANNA not in kept


def test_a_kreis_is_the_sum_of_its_municipalities(database: Database, tell: Tell) -> None:
    tell(events.registered("one"))
    tell(events.registered("two", municipality=events.NEIGHBOUR, unit="bauamt"))
    tell(events.registered("elsewhere", municipality="160680051051"))

    found = counts(database, region=events.KREIS)

    assert found["total"] == {"all": 2}
    assert found["unit"] == {"buergeramt": 1, "bauamt": 1}


def test_months_add_up_to_the_year(database: Database, tell: Tell) -> None:
    for number in range(1, 25):
        at = datetime(2025, 1, 15, tzinfo=UTC) + timedelta(days=15 * (number - 1))
        tell(events.registered(f"incident-{number}", registered_at=at, imported=True))
    months = tuple(f"2025-{month:02}" for month in range(1, 13))

    year = database.read(rollups.counts, TOWN, months)

    single = [counts(database, month)["total"]["all"] for month in months]
    assert year["total"]["all"] == sum(single) == 24


def test_no_event_of_another_municipality_changes_a_fact(database: Database, tell: Tell) -> None:
    tell(events.registered())
    before = fact(database)

    tell(events.amended(municipality=events.NEIGHBOUR, severity=3))
    tell(events.closed(municipality=events.NEIGHBOUR))

    assert fact(database) == before
    assert counts(database, region=events.NEIGHBOUR) == {}
