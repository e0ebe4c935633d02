# SPDX-License-Identifier: EUPL-1.2
"""What an incident is, without any framework."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from rueckhalt_intake.incidents import domain
from rueckhalt_intake.incidents.domain import (
    Account,
    Accused,
    AlreadyClosed,
    Anachronism,
    Incident,
    Reporter,
    Responsibility,
)
from tests.intake.town import ANNA, ARS, BERND
from tests.support import NOON

CEST = timezone(timedelta(hours=2))


def incident(**changes: Any) -> Incident:
    coded = domain.coded(Account(forms=("threat",)), severity=2, danger_level="unknown")
    plain: dict[str, Any] = {
        "id": "i-1",
        "municipality": ARS,
        "sender": "kita",
        "mode": "live",
        "version": 1,
        "registered_at": NOON,
        "imported": False,
        "coded": coded,
        "key_id": "k-1",
    }
    return Incident(**plain | changes)


@pytest.mark.parametrize(
    "moment",
    [
        date(1990, 1, 1),
        date(2026, 11, 21),
        datetime(1990, 1, 1, 0, 0, tzinfo=CEST) + timedelta(hours=1),
        NOON + timedelta(hours=24),
    ],
)
def test_times_within_living_memory_pass(moment: date) -> None:
    domain.within_living_memory(moment, now=NOON)


@pytest.mark.parametrize(
    "moment",
    [
        date(1989, 12, 31),
        date(2026, 11, 22),
        datetime(1989, 12, 31, 22, 0, tzinfo=domain.BERLIN),
        NOON + timedelta(hours=24, seconds=1),
    ],
)
def test_times_beyond_are_anachronisms(moment: date) -> None:
    with pytest.raises(Anachronism, match="1990-01-01"):
        domain.within_living_memory(moment, now=NOON)


@pytest.mark.parametrize(
    ("reporter", "wishes", "kind"),
    [
        (Reporter(), (), "unknown"),
        (Reporter(role="affected"), (), "person"),
        (Reporter(name="x"), (), "person"),
        (Reporter(role="system"), (), "system"),
        (Reporter(role="system"), ("anonymous",), "anonymous"),
    ],
)
def test_the_kind_of_reporter(reporter: Reporter, wishes: tuple[str, ...], kind: str) -> None:
    assert domain.reporter_kind(reporter, wishes) == kind


def test_accused_and_reporter_are_excluded_once() -> None:
    account = Account(
        forms=("threat",),
        reporter=Reporter(person=ANNA),
        accused=Accused(persons=(BERND, ANNA)),
    )

    coded = domain.coded(account, severity=2, danger_level="unknown")

    assert coded.excluded == tuple(sorted((ANNA, BERND)))
    assert not coded.exclude_supervisor


def test_names_never_show_in_a_repr() -> None:
    assert "Mira" not in repr(Reporter(name="Mira", email="Mira", phone="Mira"))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (None, "registered"),
        ("assigned", "assigned"),
        ("escalated", "assigned"),
        ("lapsed", "assigned"),
        ("taken_over", "taken_over"),
        ("handed_over", "handed_over"),
        ("completed", "completed"),
    ],
)
def test_the_status_follows_the_responsibility(state: str | None, status: str) -> None:
    fact = Responsibility(state=state, version=1, at=NOON) if state else None

    assert incident(responsibility=fact).status == status
    assert incident(responsibility=fact, closed_at=NOON).status == "closed"


def test_closing_twice_the_same_way_is_once() -> None:
    closed = domain.close(incident(), reason="resolved", feedback_given=True, now=NOON)

    assert (closed.version, closed.closed_at) == (2, NOON)
    assert domain.close(closed, reason="resolved", feedback_given=True, now=NOON) is closed


def test_closing_again_otherwise_is_refused() -> None:
    closed = domain.close(incident(), reason="resolved", feedback_given=True, now=NOON)

    with pytest.raises(AlreadyClosed):
        domain.close(closed, reason="resolved", feedback_given=False, now=NOON)


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        ("kita", "kita"),
        ("Kita Süd", "kita-s-d"),
        ("__x", "x"),
        ("—", "unknown"),
        ("x" * 99, "x" * 80),
    ],
)
def test_a_sender_has_a_code(sender: str, code: str) -> None:
    assert domain.sender_code(sender) == code
