# SPDX-License-Identifier: EUPL-1.2
"""A fact is a join: whatever order events come in, it says the same."""

from datetime import UTC, datetime, timedelta

import pytest

from rueckhalt_reporting.facts import domain
from rueckhalt_reporting.facts.domain import Coding, Fact, Scheme

TEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SCHEME = Scheme(
    forms={"weapon": 0, "threat": 1, "insult": 2, "unknown": 3},
    affected_groups={"staff_front": 0, "family": 1},
    motives={"rassistisch": 0, "unknown": 1},
    outer_classes={"weapon": "koerperlich", "threat": "psychisch", "insult": "verbal"},
)
FACT = Fact(incident="i", municipality="160770999999", month="2026-11")


def counted(fact: Fact) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for _, _, dimension, value in domain.cells(fact, SCHEME):
        found.setdefault(dimension, []).append(value)
    return found


@pytest.mark.parametrize(
    ("registered_at", "month"),
    [
        (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), "2026-11"),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), "2026-07"),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), "2026-01"),
    ],
)
def test_an_incident_counts_in_the_german_month_of_its_registration(
    registered_at: datetime, month: str
) -> None:
    assert domain.month_of(registered_at) == month


def test_nothing_counts_before_the_incident_itself_is_known() -> None:
    fact = domain.note_assigned(
        Fact(incident="i", municipality="160770999999"), urgency="u2", at=TEN, version=1
    )

    assert domain.cells(fact, SCHEME) == []


def test_the_leading_form_is_the_most_severe_one() -> None:
    coding = Coding(forms=("insult", "weapon", "threat"))

    found = counted(domain.note_coding(FACT, coding, version=1))

    assert found["forms"] == ["weapon"]
    assert found["outer_class"] == ["koerperlich"]
    assert found["forms_all"] == ["insult", "threat", "weapon"]


def test_a_list_without_anything_counts_as_unknown() -> None:
    found = counted(FACT)

    assert found["forms"] == found["forms_all"] == ["unknown"]
    assert found["motives"] == found["motives_all"] == ["unknown"]


def test_a_code_of_a_newer_version_leads_only_when_nothing_else_is_known() -> None:
    assert domain.leading(("novelty", "insult"), SCHEME.forms) == "insult"
    assert domain.leading(("novelty",), SCHEME.forms) == "novelty"


def test_an_older_version_that_arrives_late_changes_no_code() -> None:
    amended = domain.note_coding(FACT, Coding(place="home"), version=2)

    late = domain.note_coding(amended, Coding(place="office_front"), version=1)

    assert late.coding.place == "home"


def test_an_imported_incident_came_in_closed() -> None:
    fact = domain.note_registered(FACT, registered_at=TEN, imported=True)

    assert counted(fact)["status"] == ["closed"]
    assert "close_reason" not in counted(fact)


def test_a_closed_incident_tells_why_and_whether_the_reporter_got_an_answer() -> None:
    fact = domain.note_closed(FACT, reason="resolved", feedback_given=True, version=3)

    found = counted(fact)

    assert (found["status"], found["close_reason"]) == (["closed"], ["resolved"])
    assert found["feedback"] == ["given"]


def test_the_take_over_is_measured_from_the_first_assignment() -> None:
    fact = domain.note_taken_over(FACT, at=TEN + timedelta(minutes=12, seconds=59), version=4)
    fact = domain.note_assigned(fact, urgency="u2", at=TEN + timedelta(hours=1), version=9)
    fact = domain.note_assigned(fact, urgency="u1", at=TEN, version=1)

    assert fact.minutes_to_take_over == 12
    assert counted(fact)["minutes_to_take_over"] == ["10"]
    assert counted(fact)["urgency"] == ["u2"]


def test_a_clock_that_runs_ahead_makes_no_negative_minutes() -> None:
    fact = domain.note_assigned(FACT, urgency="u1", at=TEN, version=1)

    fact = domain.note_taken_over(fact, at=TEN - timedelta(seconds=30), version=2)

    assert fact.minutes_to_take_over == 0


def test_each_escalation_counts_once_however_often_it_arrives() -> None:
    fact = FACT
    for version in (2, 3, 2, 4, 3, 5):
        fact = domain.note_escalated(fact, urgency="u3", version=version)

    assert counted(fact)["escalations"] == ["3_or_more"]
    assert len(fact.escalated_in) == 4


def test_the_best_outcome_of_the_notices_counts() -> None:
    fact = FACT
    for outcome in ("sent", "failed", "delivered", "sent"):
        fact = domain.note_notice(fact, outcome)

    assert counted(fact)["notices"] == ["delivered"]


@pytest.mark.parametrize(
    ("minutes", "edge"), [(0, "0"), (1, "1"), (6, "5"), (59, "45"), (60, "60"), (999999, "10080")]
)
def test_minutes_fall_into_the_bucket_below(minutes: int, edge: str) -> None:
    assert domain.bucket(minutes) == edge
