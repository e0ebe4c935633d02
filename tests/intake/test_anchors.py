# SPDX-License-Identifier: EUPL-1.2
"""Once a day the heads of all chains leave the house, also of the identity store's."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from rueckhalt_intake.app import Settings
from rueckhalt_shared import contracts
from rueckhalt_shared.audit import anchoring, standing, stating, store
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.audit.rounds import loops
from rueckhalt_shared.audit.stating import Stating
from rueckhalt_shared.contracts import AuditHeadPosted
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.states import states
from rueckhalt_shared.worker import Worker
from tests.intake.town import ARS
from tests.support import NOON, FakeClock, outbox

DONE = Act(municipality=ARS, who="x", act="a", fields="f", why="w")


@pytest.fixture
def identity(settings: Settings) -> Database:
    """The identity store, in which a key was made: one row in its chain of the town."""
    keys = KeyStore.of(settings.identity_url)
    keys.create(sender="town", scopes=["incident:create"], municipalities=[ARS])
    return keys.database.prepare()


@pytest.fixture
def stating_(settings: Settings, database: Database, worker: Worker) -> Stating:
    """With notify deployed, and a day after its first round."""
    chosen = replace(settings, services=frozenset({"intake", "notify"}))
    made = Stating(database=database, settings=chosen)
    database.run(record, DONE)
    made.daily(database)
    return made


def heads(database: Database) -> list[dict[str, Any]]:
    return [each for each in outbox(database) if each["type"].startswith("de.rueckhalt.audit")]


def test_a_day_later_the_heads_are_said_to_notify(
    stating_: Stating, database: Database, identity: Database, clock: FakeClock
) -> None:
    assert heads(database) == []
    clock.pass_(hours=24)

    stating_.daily(database)
    stating_.daily(database)

    told = {each["data"]["store"]: each for each in heads(database)}
    assert set(told) == {"intake", "identity"}
    assert told["intake"]["source"] == f"/intake/{ARS}"
    assert told["intake"]["data"]["rows"] == 1
    assert told["identity"]["data"]["chain"] == ARS


def test_what_travelled_is_a_document_the_own_key_has_signed(
    stating_: Stating, database: Database, clock: FakeClock
) -> None:
    clock.pass_(hours=24)
    stating_.daily(database)
    event = contracts.unwrap(contracts.Envelope.from_json(json.dumps(heads(database)[0])))
    assert isinstance(event, contracts.AuditHeadStated)
    own = database.read(anchoring.signing_key).public_key().public_bytes_raw().hex()

    document = stating.document_of(event)

    (anchor,) = anchoring.read(json.dumps(document), public_key=own)
    assert anchor == database.read(store.head, ARS)


def test_an_unchanged_chain_is_not_said_again(
    stating_: Stating, database: Database, clock: FakeClock
) -> None:
    for _ in range(3):
        clock.pass_(hours=24)
        stating_.daily(database)

    assert [each["data"]["store"] for each in heads(database)].count("intake") == 1


def test_it_is_an_anchor_only_once_a_mail_server_has_it(
    stating_: Stating, database: Database, worker: Worker, clock: FakeClock
) -> None:
    clock.pass_(hours=24)
    stating_.daily(database)
    said = heads(database)[0]
    assert database.read(standing.standing, ARS).anchor is None

    facts = {name: said["data"][name] for name in ("store", "chain", "rows", "head")}
    posted = AuditHeadPosted(subject="x", municipality=ARS, stated_at=NOON, **facts)
    envelope = contracts.wrap(posted, service="notify", id="e1", time=NOON, version=1)
    worker.deliver("intake.note-anchors", envelope)

    anchor = database.read(standing.standing, ARS).anchor
    assert anchor is not None
    assert (anchor.n, anchor.way) == (1, "mail")


def test_the_head_of_the_identity_store_is_noted_there(
    stating_: Stating, database: Database, worker: Worker, identity: Database, clock: FakeClock
) -> None:
    clock.pass_(hours=24)
    stating_.daily(database)
    said = next(each for each in heads(database) if each["data"]["store"] == "identity")

    facts = {name: said["data"][name] for name in ("store", "chain", "rows", "head")}
    posted = AuditHeadPosted(subject="x", municipality=ARS, stated_at=NOON, **facts)
    envelope = contracts.wrap(posted, service="notify", id="e1", time=NOON, version=1)
    worker.deliver("intake.note-anchors", envelope)

    anchor = identity.read(standing.standing, ARS).anchor
    assert anchor is not None
    assert anchor.way == "mail"


def test_without_notify_the_head_lies_in_the_folder_and_is_no_anchor(
    settings: Settings, database: Database, worker: Worker, clock: FakeClock, tmp_path: Path
) -> None:
    alone = Stating(database=database, settings=settings)
    database.run(record, DONE)
    alone.daily(database)
    clock.pass_(hours=24)

    alone.daily(database)

    (kept,) = (tmp_path / "audit-heads").glob("audit-head-intake-*.json")
    own = database.read(anchoring.signing_key).public_key().public_bytes_raw().hex()
    assert anchoring.read(kept.read_text("utf-8"), public_key=own)
    assert heads(database) == []
    assert database.read(standing.standing, ARS).is_overdue


def test_a_broken_chain_is_said_aloud_and_gets_no_new_head(
    stating_: Stating, database: Database, clock: FakeClock
) -> None:
    database.run(record, DONE)
    database.run(lambda tx: tx.execute(text("UPDATE audit_rows SET hash = body WHERE n = 1")))
    clock.pass_(hours=24)

    stating_.daily(database)

    assert [each for each in heads(database) if each["data"]["store"] == "intake"] == []
    assert database.read(states)["audit"].state == "broken"


def test_the_sample_installation_gives_nothing_away_by_itself(
    settings: Settings, database: Database
) -> None:
    assert loops(database, replace(settings, mode="demo")) == []
    assert [loop.name for loop in loops(database, settings)] == ["audit-heads"]
