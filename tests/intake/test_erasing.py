# SPDX-License-Identifier: EUPL-1.2
"""An order to erase: what goes, what stays, who is told, and what stands in its way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from rueckhalt_intake.app import Settings, create_app, vault_of
from rueckhalt_intake.erasure import handlers
from rueckhalt_intake.erasure.shredding import Shredding
from rueckhalt_intake.vault import store as keys_store
from rueckhalt_shared import contracts, health
from rueckhalt_shared.contracts import IncidentErased
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import replaying, sweeping, tombstones
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.worker import Worker
from tests.intake.staff import assigned, deliver
from tests.intake.test_canary import body, files, found, walk_the_whole_way
from tests.intake.town import ANNA, BERND, ELSEWHERE, THREAT, Sender, report
from tests.support import FakeClock

Events = Callable[[], list[dict[str, Any]]]
MakeSender = Callable[..., Sender]
ORDERED = "de.rueckhalt.incident.erasure_ordered.v1"


@pytest.fixture
def officer(sender: MakeSender) -> Sender:
    """The town's data-protection officer."""
    return sender("incident:erase", "incident:hold", "incident:read", name="datenschutz")


@pytest.fixture
def finish(app: Flask, settings: Settings, database: Database) -> Callable[[], None]:
    """What the worker does behind an order: shred the key, publish, sweep."""
    shredding = Shredding(vault_of(settings, database))
    sweep = sweeping.sweeper(settings.bus_url, handlers.ERASER.tables)
    published = text("UPDATE outbox SET published_at = created_at WHERE published_at IS NULL")

    def run() -> None:
        shredding.run(database)
        database.run(lambda tx: tx.execute(published))
        sweep(database)

    return run


def erase(officer: Sender, incident: dict[str, Any], scope: str = "case") -> Any:
    wanted = {"scope": scope, "reason": "request"}
    return officer.post(wanted, f"/v1/incidents/{incident['id']}/erasure")


def test_an_order_deletes_the_incident_and_tells_everybody(
    town: Sender, officer: Sender, events: Events
) -> None:
    accepted = town.post(THREAT).json

    ordered = erase(officer, accepted)

    assert ordered.status_code == 202
    assert ordered.json["state"] == "open"
    assert ordered.json["missing"] == ["intake", "routing"]
    assert ordered.headers["Location"] == f"/v1/erasures/{ordered.json['id']}"
    told = events()[-1]
    assert (told["type"], told["subject"]) == (ORDERED, accepted["id"])
    assert told["data"] == {
        "order": ordered.json["id"],
        "scope": "case",
        "due_at": ordered.json["due_at"],
        "mode": "live",
    }


def test_an_erased_incident_is_gone_for_good(town: Sender, officer: Sender) -> None:
    body = report(reference="Az 7")
    accepted = town.post(body, Idempotency_Key="once").json
    erase(officer, accepted)

    path = f"/v1/incidents/{accepted['id']}"

    assert town.get(path).status_code == 410
    assert town.patch(accepted, channel="phone").status_code == 410
    assert town.close(accepted).status_code == 410
    assert erase(officer, accepted).status_code == 410
    assert town.get("/v1/incidents").json["items"] == []


def test_its_reference_answers_410_whatever_the_body_says(town: Sender, officer: Sender) -> None:
    told = report(reference="Az 7")
    accepted = town.post(told, Idempotency_Key="once").json
    erase(officer, accepted)

    again = [town.post(told), town.post(told | {"forms": ["insult"]})]
    again.append(town.post(told | {"reference": None}, Idempotency_Key="once"))
    lines = town.bulk(told)

    assert [answer.status_code for answer in again] == [410, 410, 410]
    assert lines[0]["status"] == 410


def test_who_could_not_see_it_learns_nothing_of_its_erasure(
    town: Sender, officer: Sender, sender: MakeSender
) -> None:
    accepted = town.post(THREAT).json
    erase(officer, accepted)
    path = f"/v1/incidents/{accepted['id']}"

    strangers = [
        sender("incident:read", name="fern", municipalities=[ELSEWHERE]),
        sender("incident:create", name="anderes-verfahren"),
        sender("incident:read", name="probe", mode="test"),
    ]

    assert [each.get(path).status_code for each in strangers] == [404, 404, 404]


def test_only_its_own_scope_erases_and_only_within_reach(town: Sender, sender: MakeSender) -> None:
    accepted = town.post(THREAT).json
    far = sender("incident:erase", name="fern", municipalities=[ELSEWHERE])

    assert erase(town, accepted).status_code == 403
    assert erase(far, accepted).status_code == 404
    assert town.show(accepted)["status"] == "registered"


def test_a_hold_stands_in_the_way_and_says_why(town: Sender, officer: Sender) -> None:
    accepted = town.post(THREAT).json
    path = f"/v1/incidents/{accepted['id']}/holds"
    hold = officer.post({"ground": "legal_hold", "reason": "Verfahren 12 Js 3/26"}, path).json

    refused = [erase(officer, accepted), erase(officer, accepted, "source")]

    assert [answer.status_code for answer in refused] == [409, 409]
    assert refused[0].json["hold"]["reason"] == "Verfahren 12 Js 3/26"
    assert town.show(accepted)["narrative"] == THREAT["narrative"]
    lifted = officer.post({"reason": "Verfahren beendet"}, f"/v1/holds/{hold['id']}/lift").json
    assert lifted["lift_reason"] == "Verfahren beendet"
    assert [each["id"] for each in officer.get(path).json["items"]] == [hold["id"]]
    assert erase(officer, accepted).status_code == 202


def test_the_key_goes_after_the_rows(
    town: Sender,
    officer: Sender,
    settings: Settings,
    database: Database,
    finish: Callable[[], None],
) -> None:
    accepted = town.post(THREAT).json
    key = text("SELECT key_id FROM incidents")
    key_id = database.read(lambda tx: tx.execute(key).scalar_one())
    vault = vault_of(settings, database)
    order = erase(officer, accepted).json
    assert vault.keys.read(keys_store.find, key_id) is not None

    finish()

    assert vault.keys.read(keys_store.find, key_id) is None
    shown = officer.get(f"/v1/erasures/{order['id']}").json
    assert [each["service"] for each in shown["receipts"]] == ["intake"]


def test_a_key_that_cannot_go_yet_is_tried_again(
    town: Sender, officer: Sender, settings: Settings, database: Database
) -> None:
    order = erase(officer, town.post(THREAT).json).json
    vault = vault_of(settings, database)
    reader = vault.keys.engine.connect().execution_options(rueckhalt_read=True)
    with reader, reader.begin():
        reader.execute(text("SELECT count(*) FROM data_keys")).all()
        Shredding(vault).run(database)
        assert officer.get(f"/v1/erasures/{order['id']}").json["receipts"] == []

    Shredding(vault).run(database)

    assert officer.get(f"/v1/erasures/{order['id']}").json["missing"] == ["routing"]


def receipt(order: dict[str, Any], incident: dict[str, Any], **changes: Any) -> contracts.Envelope:
    fields = {"order": order["id"], "scope": "case", "at": FakeClock()(), "version": 9}
    event = IncidentErased(
        subject=incident["id"], municipality=THREAT["municipality"], **fields | changes
    )
    return contracts.wrap(event, service="routing", id="r1", time=FakeClock()())


def test_the_last_receipt_completes_the_order(
    town: Sender, officer: Sender, worker: Worker, finish: Callable[[], None]
) -> None:
    accepted = town.post(THREAT).json
    order = erase(officer, accepted).json
    finish()

    worker.deliver("intake.count-receipts", receipt(order, accepted))
    worker.deliver("intake.count-receipts", receipt(order, accepted))

    shown = officer.get(f"/v1/erasures/{order['id']}").json
    assert (shown["state"], shown["missing"]) == ("complete", [])
    assert [each["service"] for each in shown["receipts"]] == ["intake", "routing"]


def test_a_missing_receipt_rings_after_a_day(
    town: Sender,
    officer: Sender,
    worker: Worker,
    database: Database,
    clock: FakeClock,
    finish: Callable[[], None],
) -> None:
    accepted = town.post(THREAT).json
    order = erase(officer, accepted).json
    finish()
    clock.pass_(hours=23)
    assert database.run(handlers.watch) == []

    clock.pass_(hours=1)
    late = database.run(handlers.watch)

    assert [(each.id, each.missing) for each in late] == [(order["id"], ("routing",))]
    assert officer.get("/v1/erasures").json["items"][0]["state"] == "overdue"
    ready = health.readiness(database, "rueckhalt_intake.migrations")
    assert ready["erasures"]["status"] == "degraded"
    worker.deliver("intake.count-receipts", receipt(order, accepted))
    assert database.run(handlers.watch) == []
    assert "erasures" not in health.readiness(database, "rueckhalt_intake.migrations")


def test_no_byte_of_it_stays_on_disk(
    town: Sender,
    officer: Sender,
    tmp_path: Path,
    database: Database,
    finish: Callable[[], None],
) -> None:
    accepted = walk_the_whole_way(town)
    sealed = text("SELECT narrative, particulars, key_id FROM incidents WHERE id = :id")
    row = database.read(lambda tx: tx.execute(sealed, {"id": accepted["id"]}).one())
    pieces = [row.narrative[40:104], row.particulars[40:104], accepted["id"].encode()]
    pieces.append(row.key_id.encode())
    kept = files(tmp_path)
    assert all(any(piece in raw for raw in kept.values()) for piece in pieces)

    erase(officer, accepted)
    finish()

    kept = {name: raw for name, raw in files(tmp_path).items() if not name.startswith("bus.db")}
    assert {name: hits for name, raw in kept.items() if (hits := found(raw))} == {}
    left = [(name, at) for name, raw in kept.items() for at, p in enumerate(pieces) if p in raw]
    assert left == []


def test_the_archive_waits_until_everything_is_published(
    town: Sender, officer: Sender, settings: Settings, database: Database, events: Events
) -> None:
    accepted = town.post(THREAT).json
    erase(officer, accepted)
    sweep = sweeping.sweeper(settings.bus_url, handlers.ERASER.tables)

    sweep(database)

    assert [each["subject"] for each in events()] == [accepted["id"]] * 2


def test_the_source_can_be_forgotten_alone(
    town: Sender, officer: Sender, events: Events, finish: Callable[[], None], database: Database
) -> None:
    told = body() | {"accused": {"persons": [BERND]}}
    told["reporter"] = told["reporter"] | {"person": ANNA}
    accepted = town.post(told).json
    before = town.show(accepted)

    answer = erase(officer, accepted, "source")

    assert answer.status_code == 202
    after = town.show(accepted)
    assert after["reporter"] == {"role": before["reporter"]["role"]}
    assert (after["narrative"], after["accused"]) == (before["narrative"], before["accused"])
    amended, ordered = events()[-2:]
    assert amended["data"]["excluded"] == [BERND]
    assert (amended["version"], ordered["version"]) == (2, 2)
    assert ordered["data"]["scope"] == "source"
    finish()
    assert town.show(accepted)["narrative"] == before["narrative"]
    assert officer.get(f"/v1/erasures/{answer.json['id']}").json["missing"] == ["routing"]


def test_who_is_forgotten_as_source_lies_nowhere(
    town: Sender, officer: Sender, finish: Callable[[], None], tmp_path: Path, worker: Worker
) -> None:
    told = report(reporter={"person": ANNA, "name": "Kanarina Vogelsang"})
    accepted = town.post(told).json
    deliver(worker, assigned(accepted["id"], BERND, excluded=(ANNA,)))
    assert any(ANNA.encode() in raw for raw in files(tmp_path).values())

    erase(officer, accepted, "source")
    finish()

    kept = {name: raw for name, raw in files(tmp_path).items() if not name.startswith("bus.db")}
    assert [name for name, raw in kept.items() if ANNA.encode() in raw] == []


def test_a_restored_backup_loses_what_was_erased(
    town: Sender,
    officer: Sender,
    database: Database,
    finish: Callable[[], None],
) -> None:
    kept, gone = town.post(THREAT).json, town.post(THREAT).json
    backup = database.read(
        lambda tx: [dict(r) for r in tx.execute(text("SELECT * FROM incidents")).mappings()]
    )
    erase(officer, gone)
    finish()
    stones = database.read(tombstones.export)
    restored = [row for row in backup if row["id"] == gone["id"]]
    columns = ", ".join(restored[0])
    values = ", ".join(f":{name}" for name in restored[0])
    back = text(f"INSERT INTO incidents ({columns}) VALUES ({values})")

    def restore(tx: Any) -> None:
        tx.execute(back, restored)
        for table in ("tombstones", "erased_incidents", "erasure_orders"):
            tx.execute(text(f"DELETE FROM {table}"))

    database.run(restore)

    counts = replaying.replay(database, handlers.ERASER, stones)
    finish()

    assert counts == (1, 1)
    assert town.get(f"/v1/incidents/{gone['id']}").status_code == 410
    assert town.show(kept)["id"] == kept["id"]


def test_another_tombstone_key_stops_the_start(
    town: Sender, officer: Sender, settings: Settings, database: Database
) -> None:
    erase(officer, town.post(THREAT).json)
    (settings.data / "intake-tombstones.key").write_text("ab" * 32)
    database.context.pop(tombstones.CONTEXT)

    with pytest.raises(BadSettings, match="another key"):
        create_app(settings, database)


def test_holds_are_told_to_the_other_services_without_their_reason(
    town: Sender, officer: Sender, events: Events
) -> None:
    accepted = town.post(THREAT).json
    path = f"/v1/incidents/{accepted['id']}/holds"
    grounds = ("legal_hold", "archive_offer")
    holds = [
        officer.post({"ground": each, "reason": "Az 12 Js 3/26"}, path).json for each in grounds
    ]

    for each in holds:
        officer.post({"reason": "erledigt"}, f"/v1/holds/{each['id']}/lift")
        officer.post({"reason": "noch einmal"}, f"/v1/holds/{each['id']}/lift")

    told = [each for each in events() if each["type"].endswith("hold_changed.v1")]
    assert [(each["version"], each["data"]["held"]) for each in told] == [
        (1, True),
        (2, True),
        (3, True),
        (4, False),
    ]
    assert {each["subject"] for each in told} == {accepted["id"]}
    assert "Js" not in str(told)
