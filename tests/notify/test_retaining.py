# SPDX-License-Identifier: EUPL-1.2
"""Links go after a week, notices after ninety days; what intake holds stays."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from rueckhalt_notify import commands
from rueckhalt_notify.app import create_worker, service
from rueckhalt_notify.delivery.store import attempts
from rueckhalt_notify.retaining import RETENTION
from rueckhalt_notify.settings import Settings
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import IncidentClosed, IncidentHoldChanged
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing.retaining import BadClasses
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.worker import Worker
from tests.notify.conftest import Rows, Tell
from tests.notify.test_erasing import filled
from tests.notify.town import ANNA, GRETA, INCIDENT, TOWN, assigned, lead, told
from tests.support import NOON, FakeClock

KEPT = {"contacts", "master_keys", "municipality_keys"}


def run(database: Database, *, dry_run: bool = False) -> list[tuple[str, str]]:
    found = RETENTION.run(database, RETENTION.read(None), dry_run=dry_run)
    return sorted((each.scope, each.result) for each in found)


def hold(worker: Worker, *, held: bool, version: int = 1) -> None:
    event = IncidentHoldChanged(subject=INCIDENT, municipality=TOWN, held=held, version=version)
    envelope = contracts.wrap(event, service="intake", id=f"h{version}", time=NOON)
    worker.deliver("notify.erase-incidents", envelope)


def close(tell: Tell) -> None:
    tell(IncidentClosed(subject=INCIDENT, municipality=TOWN, version=3, closed_at=NOON))


@pytest.fixture
def sent(tell: Tell, send: Any) -> None:
    """One asked with a link, one told, both mails are out."""
    tell(assigned(lead(ANNA), told(GRETA)))
    send()


def test_a_link_is_forgotten_after_a_week_and_the_notice_stays(
    sent: None, database: Database, clock: FakeClock, attempts: Rows, notices: Rows
) -> None:
    clock.pass_(days=7, seconds=-1)
    assert run(database) == []
    clock.pass_(seconds=1)

    assert run(database) == [("link", "erased")]
    assert [each["token_hash"] for each in attempts()] == [None, None]
    assert len(notices()) == 2


def test_notices_go_after_ninety_days_with_all_that_hangs_on_them(
    sent: None, tell: Tell, database: Database, clock: FakeClock
) -> None:
    close(tell)
    clock.pass_(days=89)
    run(database)
    assert "notices" in filled(database)
    clock.pass_(days=1)

    assert run(database) == [
        ("notice", "erased"),
        ("notice", "erased"),
        ("responsibility", "erased"),
    ]
    assert filled(database) == KEPT


def test_what_still_waits_never_goes(tell: Tell, database: Database, clock: FakeClock) -> None:
    tell(assigned(lead(ANNA)))
    clock.pass_(days=400)

    assert run(database) == []


def test_a_dry_run_lists_and_changes_nothing(
    sent: None, database: Database, clock: FakeClock, notices: Rows, attempts: Rows
) -> None:
    clock.pass_(days=100)

    assert run(database, dry_run=True) == [("link", "due"), ("notice", "due"), ("notice", "due")]
    assert len(notices()) == len(attempts()) == 2


def test_what_intake_holds_stays_until_it_is_lifted(
    sent: None, worker: Worker, database: Database, clock: FakeClock, notices: Rows
) -> None:
    hold(worker, held=True)
    clock.pass_(days=100)

    assert {result for _, result in run(database)} == {"held"}
    assert len(notices()) == 2
    hold(worker, held=False, version=2)
    assert {result for _, result in run(database)} == {"erased"}


def test_a_week_is_the_least_for_links(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("links: 6\nnotices: 90\n")

    with pytest.raises(BadClasses, match="links: must be days"):
        RETENTION.read(tmp_path / "own.yaml")


def test_a_worker_with_a_file_of_no_use_does_not_start(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    with pytest.raises(BadSettings, match="RUECKHALT_NOTIFY_RETENTION"):
        create_worker(replace(settings, retention=tmp_path / "none.yaml"), database)


def test_the_command_line_tells_and_deletes(
    sent: None, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = update(attempts).values(started_at=NOON - timedelta(days=1000))
    database.run(lambda tx: tx.execute(long_ago))
    monkeypatch.setenv("RUECKHALT_DATA", str(settings.data))
    own = settings.data / "own.yaml"
    own.write_text("links: 7\nnotices: never\n")
    monkeypatch.setenv("RUECKHALT_NOTIFY_RETENTION", str(own))

    def command(*words: str) -> Any:
        return CliRunner().invoke(commands.notify, ["retention", "run", *words], obj=service)

    dry = json.loads(command("--dry-run", "--json").output)
    done = json.loads(command("--json").output)

    assert [each["result"] for each in dry] == ["due"]
    assert [(each["scope"], each["result"]) for each in done] == [("link", "erased")]
    assert command().output == "nothing is due\n"
