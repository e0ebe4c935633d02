# SPDX-License-Identifier: EUPL-1.2
"""Deletion classes: what falls due when, what a hold keeps, what a dry run only tells."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from rueckhalt_intake.app import Settings, create_worker, ordering_of
from rueckhalt_intake.erasure.ordering import Ordering
from rueckhalt_intake.retention import domain, handlers, running
from rueckhalt_intake.retention.domain import Aged, BadClasses, Classes
from rueckhalt_intake.retention.reading import read_classes
from rueckhalt_shared.database import Database
from rueckhalt_shared.settings import BadSettings
from tests.intake.town import Sender, report
from tests.support import FakeClock

DEFAULTS = Classes(source_identity=12, minor_case=24, serious_case=36)
MakeSender = Callable[..., Sender]


def aged(**changes: Any) -> Aged:
    fields: dict[str, Any] = {
        "id": "one",
        "mode": "live",
        "registered_at": datetime(2024, 1, 31, 9, tzinfo=UTC),
        "closed_at": datetime(2024, 2, 29, 9, tzinfo=UTC),
        "severity": 1,
        "reporter_kind": "person",
        "wishes": (),
    }
    return Aged(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "day", "expected"),
    [
        ({}, (2025, 1, 30), None),
        ({}, (2025, 2, 1), ("source", "source_identity")),
        ({}, (2026, 2, 27), ("source", "source_identity")),
        ({}, (2026, 3, 1), ("case", "minor_case")),
        ({"severity": 2}, (2026, 3, 1), ("source", "source_identity")),
        ({"severity": 2}, (2027, 3, 1), ("case", "serious_case")),
        ({"severity": None, "reporter_kind": "unknown"}, (2027, 2, 27), None),
        ({"severity": None, "reporter_kind": "unknown"}, (2027, 3, 1), ("case", "serious_case")),
        ({"wishes": ("complaint",)}, (2026, 3, 1), None),
        ({"wishes": ("complaint",)}, (2027, 3, 1), ("case", "serious_case")),
        ({"closed_at": None}, (2040, 1, 1), None),
        ({"closed_at": datetime(2025, 6, 1, tzinfo=UTC)}, (2025, 5, 31), None),
        (
            {"closed_at": datetime(2025, 6, 1, tzinfo=UTC)},
            (2025, 6, 1),
            ("source", "source_identity"),
        ),
        ({"closed_at": None, "reporter_kind": "anonymous"}, (2040, 1, 1), None),
    ],
    ids=[
        "young",
        "a year: the source",
        "a day before two years",
        "two years after closing",
        "serious stays",
        "three years",
        "unknown severity stays",
        "unknown severity goes last",
        "charges keep source and case",
        "charges, three years",
        "never closed: nothing",
        "a year and open: source, messages and files stay",
        "a year and closed today: the source",
        "anonymous and open",
    ],
)
def test_what_falls_due_when(
    changes: dict[str, Any], day: tuple[int, int, int], expected: tuple[str, str] | None
) -> None:
    found = domain.due(aged(**changes), DEFAULTS, now=datetime(*day, 10, tzinfo=UTC))

    assert (found and (found.scope, found.class_)) == expected


def test_the_end_of_a_month_stays_in_its_month() -> None:
    assert domain.months_before(datetime(2026, 3, 31, tzinfo=UTC), 1).date().isoformat() == (
        "2026-02-28"
    )


@pytest.fixture
def ordering(app: Flask, settings: Settings, database: Database) -> Ordering:
    return ordering_of(settings, database)


@pytest.fixture
def two_old_ones(town: Sender, sender: MakeSender, clock: FakeClock) -> list[dict[str, Any]]:
    """Two closed insults of long ago, the second one on hold."""
    officer = sender("incident:hold", name="datenschutz")
    found = [town.post(report(forms=["insult"], severity=1)).json for _ in range(2)]
    for each in found:
        town.close(each)
    path = f"/v1/incidents/{found[1]['id']}/holds"
    officer.post({"ground": "archive_offer", "reason": "Angebot an das Stadtarchiv"}, path)
    clock.pass_(days=2 * 366)
    return found


def test_a_dry_run_lists_and_changes_nothing(
    two_old_ones: list[dict[str, Any]], ordering: Ordering, town_again: Sender
) -> None:
    found = running.run(ordering, DEFAULTS, dry_run=True)

    assert {each.due.incident: each.result for each in found} == {
        two_old_ones[0]["id"]: "due",
        two_old_ones[1]["id"]: "held",
    }
    assert [town_again.show(each)["status"] for each in two_old_ones] == ["closed"] * 2


@pytest.fixture
def town_again(sender: MakeSender, two_old_ones: list[dict[str, Any]]) -> Sender:
    """A key that is still valid after all that time: keys end after a year."""
    return sender("incident:create", "incident:read", name="leser")


def test_what_is_due_goes_and_what_is_held_stays(
    two_old_ones: list[dict[str, Any]], ordering: Ordering, town_again: Sender
) -> None:
    results = {each.result for each in running.run(ordering, DEFAULTS, dry_run=False)}

    gone, held = (f"/v1/incidents/{each['id']}" for each in two_old_ones)
    assert results == {"erased", "held"}
    assert town_again.get(gone).status_code == 410
    assert town_again.get(held).status_code == 200


def test_the_source_goes_once(
    town: Sender, ordering: Ordering, clock: FakeClock, sender: MakeSender
) -> None:
    accepted = town.post(report(reporter={"name": "Kanarina Vogelsang"})).json
    town.close(accepted)
    clock.pass_(days=366)

    first = list(running.run(ordering, DEFAULTS, dry_run=False))
    second = list(running.run(ordering, DEFAULTS, dry_run=False))

    assert [(each.due.scope, each.result) for each in first] == [("source", "erased")]
    assert second == []
    shown = sender("incident:read", name="leser").show(accepted)
    assert "name" not in shown["reporter"]
    assert shown["reporter_kind"] == "person"


def test_an_open_case_keeps_its_source_and_the_page_counts_it(
    town: Sender, ordering: Ordering, clock: FakeClock, database: Database
) -> None:
    town.post(report(reporter={"name": "Kanarina Vogelsang"}))
    clock.pass_(days=800)

    found = list(running.run(ordering, DEFAULTS, dry_run=False))

    assert found == []
    assert database.read(handlers.tally, DEFAULTS, ("*",)).waiting == 1
    assert database.read(handlers.tally, DEFAULTS, ("16077",)).waiting == 1
    assert database.read(handlers.tally, DEFAULTS, ("09761",)).waiting == 0


def test_the_daily_round_waits_a_day_and_then_runs(
    two_old_ones: list[dict[str, Any]],
    ordering: Ordering,
    database: Database,
    clock: FakeClock,
    town_again: Sender,
) -> None:
    round_ = running.daily(ordering, lambda: DEFAULTS)
    path = f"/v1/incidents/{two_old_ones[0]['id']}"

    round_(database)
    round_(database)
    assert town_again.get(path).status_code == 200
    clock.pass_(days=1)
    round_(database)

    assert town_again.get(path).status_code == 410


def test_the_defaults_are_those_of_the_file() -> None:
    assert read_classes(None) == DEFAULTS


def test_never_means_never(tmp_path: Path) -> None:
    file = tmp_path / "classes.yaml"
    file.write_text("source_identity: never\nminor_case: never\nserious_case: never\n")

    assert read_classes(file).shortest is None


@pytest.mark.parametrize(
    "text",
    [
        "minor_case: 24",
        "source_identity: 0\nminor_case: 24\nserious_case: 36",
        "source_identity: bald\nminor_case: 24\nserious_case: 36",
        "source_identity: 12\nminor_case: 24\nserious_case: 36\nother: 1",
        "- 1",
        "{",
    ],
    ids=["missing", "zero", "word", "unknown class", "list", "no yaml"],
)
def test_a_file_with_a_fault_erases_nothing(
    text: str, tmp_path: Path, settings: Settings, database: Database
) -> None:
    file = tmp_path / "classes.yaml"
    file.write_text(text)

    with pytest.raises(BadClasses):
        read_classes(file)
    changed = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    with pytest.raises(BadSettings, match="RUECKHALT_INTAKE_RETENTION"):
        create_worker(Settings(**changed | {"retention": file}), database)
