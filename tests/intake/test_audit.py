# SPDX-License-Identifier: EUPL-1.2
"""Whoever opens a narrative, orders an erasure or sets a hold stands in the audit."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from rueckhalt_intake.incidents import views
from rueckhalt_shared.audit import anchoring, store
from rueckhalt_shared.database import Database
from tests.intake.town import ARS, ELSEWHERE, THREAT, Sender

MakeSender = Callable[..., Sender]
DAYS = {"since": "2026-11-19T00:00:00Z", "until": "2026-11-22T00:00:00Z"}


@pytest.fixture
def acts(database: Database) -> Callable[[], list[dict[str, Any]]]:
    """Every row of the town's chain."""
    return lambda: database.read(lambda tx: [json.loads(r.body) for r in store.rows(tx, ARS)])


Acts = Callable[[], list[dict[str, Any]]]


def test_whoever_opens_a_narrative_is_recorded(town: Sender, acts: Acts) -> None:
    accepted = town.post(THREAT).json
    assert acts() == []

    town.show(accepted)
    town.patch(accepted, channel="phone")

    assert [row["act"] for row in acts()] == ["incident.opened"] * 2
    row = acts()[0]
    assert row["who"].startswith("fachverfahren/")
    assert (row["fields"], row["why"]) == ("narrative identity", "case_work")
    assert accepted["id"] not in str(acts())


def test_a_sender_that_sees_no_text_is_not_recorded(sender: MakeSender, acts: Acts) -> None:
    form = sender("incident:create", name="formular")

    form.show(form.post(THREAT).json)

    assert acts() == []


def test_without_a_row_nothing_is_opened(
    town: Sender, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = town.post(THREAT).json

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no audit")

    monkeypatch.setattr(views.handlers, "record", broken)
    answer = town.get(f"/v1/incidents/{accepted['id']}")

    assert answer.status_code == 500
    assert THREAT["narrative"] not in answer.text


def test_orders_and_holds_are_recorded_and_erasure_breaks_no_chain(
    town: Sender, sender: MakeSender, acts: Acts, database: Database
) -> None:
    officer = sender("incident:erase", "incident:hold", name="datenschutz")
    accepted = town.post(THREAT).json
    path = f"/v1/incidents/{accepted['id']}"
    town.show(accepted)
    hold = officer.post({"ground": "legal_hold", "reason": "12 Js 3/26"}, f"{path}/holds").json
    officer.post({"reason": "beendet"}, f"/v1/holds/{hold['id']}/lift")
    order = officer.post({"scope": "case", "reason": "request"}, f"{path}/erasure").json

    told = [(row["act"], row["object"]) for row in acts()]

    assert told == [
        ("incident.opened", None),
        ("hold.set", hold["id"]),
        ("hold.lifted", hold["id"]),
        ("erasure.ordered", order["id"]),
    ]
    assert len({row["case"] for row in acts()}) == 1
    assert "12 Js" not in str(acts())
    assert database.read(store.case_key, accepted["id"]) is None
    assert database.read(anchoring.verify_all) == []


def test_the_audit_is_read_with_the_keys_of_two(
    town: Sender, sender: MakeSender, database: Database
) -> None:
    town.show(town.post(THREAT).json)
    one, two = (sender("audit:read", name=name) for name in ("datenschutz", "personalrat"))
    far = sender("audit:read", name="fern", municipalities=[ELSEWHERE])
    wanted = {"municipality": ARS, "why": "complaint", **DAYS}

    asked = one.post(wanted, "/v1/audit/requests")
    path = f"/v1/audit/requests/{asked.json['id']}"

    assert asked.status_code == 201
    assert town.post(wanted, "/v1/audit/requests").status_code == 403
    assert far.post(wanted, "/v1/audit/requests").status_code == 403
    assert one.get(f"{path}/rows").status_code == 409
    assert one.post({}, f"{path}/confirm").status_code == 409
    assert far.post({}, f"{path}/confirm").status_code == 404
    assert two.post({}, f"{path}/confirm").json["confirmed_by"] == "personalrat"
    rows = one.get(f"{path}/rows").json["items"]
    assert [row["act"] for row in rows] == ["incident.opened", "audit.asked", "audit.confirmed"]
