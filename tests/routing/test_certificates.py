# SPDX-License-Identifier: EUPL-1.2
"""The proof stands by itself: what changes is proved again, a gap becomes a task with an owner."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_routing.certificates import domain, handlers, signing
from rueckhalt_routing.certificates.concluding import Basis, concluded
from rueckhalt_routing.certificates.domain import AMBER, GREEN, RED, Around, Conclusion, Gap, Hole
from rueckhalt_routing.certificates.running import Proving, remind
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.drafts import handlers as drafts
from rueckhalt_routing.drafts import publishing
from rueckhalt_routing.drafts.opening import opened
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty import store as duty_store
from rueckhalt_routing.duty.entries import Departure
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.handlers import Approval
from rueckhalt_routing.proving.concluding import Proof
from rueckhalt_shared.contracts import ContactReachabilityChanged
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.settings import ServiceSettings
from tests.routing import drafting
from tests.routing.town import ARS, Town, person
from tests.support import NOON, FakeClock


@pytest.fixture
def proving(clock: FakeClock, town: Town, tmp_path: Path) -> Proving:
    settings = ServiceSettings(service="routing", data=tmp_path)
    tombstones.install(town.database, settings)  # as the worker does: its key signs
    return Proving(clock)


def prove(town: Town, proving: Proving) -> None:
    while proving.run(town.database):
        pass
    proving.run(town.database)


def standing(town: Town) -> domain.Standing:
    return town.database.read(handlers.standing, ARS)


def gaps(town: Town) -> list[Gap]:
    return town.database.read(handlers.list_gaps, ARS)[0]


def left_out(key: str, town: Town, at: datetime) -> None:
    """Somebody leaves the house."""

    def leave(tx: Transaction) -> None:
        departure = Departure(municipality=ARS, person=key, left_at=at, noted_by="test")
        duty_store.keep_departure(tx, departure)
        duty.changed(tx, ARS)

    town.database.run(leave)


def test_a_published_plan_is_proved_and_announced_once(town: Town, proving: Proving) -> None:
    assert town.database.read(handlers.due)[0].reason == handlers.PLAN

    prove(town, proving)

    assert town.database.read(handlers.due) == []
    found = standing(town)
    assert found.light == GREEN
    assert found.certificate is not None
    assert found.certificate.valid_until == datetime(2027, 12, 25, 12, 0, tzinfo=UTC)
    said = [data for type, data in town.said() if type.startswith("plan.")]
    assert town.said_types().count("plan.published") == 1
    assert said[0]["plan_version"] == 1
    assert said[0]["cells_none"] == 0


def test_other_services_hear_that_a_plan_counts_in_an_emergency_and_that_it_is_over(
    town: Town, proving: Proving, clock: FakeClock
) -> None:
    prove(town, proving)
    until = clock.now + timedelta(hours=72)
    approval = Approval(by="person:eva/1", emergency_reason="x", emergency_until=until)
    text = plans.draft_of(sample_plan() + "\nemergency: [jonas.jung]\n")
    town.database.run(plans.publish, text, author="test", approval=approval)
    prove(town, proving)
    clock.pass_(hours=73)
    publishing.end_emergencies(town.database)
    prove(town, proving)

    said = [data for type, data in town.said() if type == "plan.published"]

    assert [each.get("emergency_until") for each in said] == [None, spell_instant(until), None]
    versions = [each["plan_version"] for each in said]
    assert versions == [1, 2, 3]


def test_the_certificate_is_signed_by_the_installation(town: Town, proving: Proving) -> None:
    prove(town, proving)

    found = standing(town).certificate
    assert found is not None
    assert found.document is not None
    document = json.loads(found.document)
    key = town.database.read(signing.public_key)
    assert signing.fault(document, key=key) is None
    assert signing.fault(document | {"valid_until": "2099-01-01T00:00:00+00:00"}) == (
        "the signature does not fit"
    )
    assert signing.fault(document, key="00" * 32) == "it is signed by another key"
    assert signing.fault({"format": 1}) == "it is not signed"


def test_a_changed_fact_is_proved_again_and_the_old_certificate_is_void(
    town: Town, proving: Proving
) -> None:
    prove(town, proving)
    before = standing(town).certificate

    left_out("jonas.jung", town, NOON)

    assert standing(town).is_pending
    prove(town, proving)
    after = standing(town)
    assert not after.is_pending
    assert before is not None
    assert after.certificate is not None
    assert after.certificate.id != before.id
    assert "plan.proved" in town.said_types()


def test_a_new_day_moves_the_horizon_and_keeps_the_certificate(
    town: Town, proving: Proving, clock: FakeClock
) -> None:
    prove(town, proving)
    before = standing(town).certificate
    clock.pass_(days=1)

    prove(town, proving)

    after = standing(town).certificate
    assert before is not None
    assert after is not None
    assert after.id == before.id
    assert after.valid_until == before.valid_until + timedelta(days=1)


def test_a_bounced_contact_is_a_changed_fact(town: Town, proving: Proving) -> None:
    prove(town, proving)

    town.hear(
        ContactReachabilityChanged(
            subject="contact-1",
            municipality=ARS,
            version=1,
            person=person("jonas.jung"),
            channel="mail",
            state="bounced",
            max_level=0,
            window="always",
        )
    )

    assert [each.reason for each in town.database.read(handlers.due)] == [handlers.FACTS]


@pytest.mark.parametrize(
    ("days", "reminded", "due"),
    [
        (60, None, None),
        (28, None, 28),
        (27, None, 28),
        (27, 28, None),
        (14, 28, 14),
        (9, 28, 14),
        (2, None, 3),
        (1, 3, 1),
        (0, 1, 0),
        (-1, 0, -1),
        (-1, -1, None),
        (-9, 0, -9),
    ],
)
def test_a_gap_is_told_of_28_14_7_3_and_1_days_before_and_each_day_after(
    days: int, reminded: int | None, due: int | None
) -> None:
    gap = Gap(
        id="g",
        municipality=ARS,
        hole=Hole(key="k", kind=domain.TIME, de="", en="", from_at=NOON + timedelta(days=days)),
        owner="p",
        version=1,
        found_at=NOON - timedelta(days=90),
        reminded=reminded,
    )

    assert gap.reminder_due(NOON) == due


def test_the_light_names_each_reason() -> None:
    weak = {"code": "weak", "de": "", "en": "", "is_hint": False, "cells": 3}
    until = NOON + timedelta(days=13)
    said = Conclusion(proved_at=NOON, valid_until=until, findings=(weak,), document={})

    def light(said: Conclusion | None, **around: Any) -> domain.Standing:
        return domain.standing_of(said, now=NOON, around=Around(**around))

    assert light(None).reasons == ("no_certificate",)
    assert light(said).reasons == ("ends_soon", "unsigned")
    assert "pending" in light(said, pending_since=NOON - timedelta(minutes=2)).reasons
    assert light(said, is_emergency=True).light == RED
    assert light(said, is_swept=False).reasons[0] == "auditor"


def test_a_draft_and_the_plan_in_force_are_proved_and_lit_alike(
    town: Town, proving: Proving, clock: FakeClock
) -> None:
    """One proof, one light: the same text says the same, whether it counts or not."""
    for key in ("clara.conrad", "farid.fischer", "greta.gross", "hasan.hoff"):
        left_out(key, town, NOON + timedelta(days=20))
    left_out("anna.aydin", town, NOON + timedelta(days=20))
    prove(town, proving)
    draft = drafting.get(town.database, drafting.begun(town.database, clock=clock))

    drafted = town.database.read(drafts.standing, draft, opened(draft.source).hash)
    in_force = standing(town)

    assert drafted.conclusion is not None
    assert in_force.conclusion is not None
    assert drafted.conclusion.findings == in_force.conclusion.findings
    assert drafted.conclusion.holes == in_force.conclusion.holes
    assert {gap.hole for gap in gaps(town)} == set(drafted.conclusion.holes)
    assert any(each["code"] == "lint_left" for each in drafted.conclusion.findings) is False
    assert (drafted.light, drafted.reasons) == (in_force.light, in_force.reasons)
    document = dict(in_force.conclusion.document or {})
    del document["key"], document["signature"]
    assert document == drafted.conclusion.document


def test_a_plan_too_tangled_for_a_proof_is_red_and_says_so(
    town: Town, proving: Proving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rueckhalt_routing.proof.covering.MOST_BOXES", 3)

    prove(town, proving)

    found = standing(town)
    assert found.conclusion is not None
    assert [each["code"] for each in found.conclusion.of_code("tangled")] == ["tangled"]
    assert (found.light, found.reasons) == (RED, ("no_certificate",))
    assert town.database.read(handlers.due) == []


def test_the_standing_is_shown_over_http(town: Town, client: Any, proving: Proving) -> None:
    assert client.get("/v1/plan/standing").json["light"] == RED

    prove(town, proving)

    answer = client.get("/v1/plan/standing")
    assert answer.status_code == 200, answer.text
    assert answer.json["light"] == GREEN
    assert answer.json["worst_minutes"]["u3"] == 0
    assert answer.json["certificate"]["signature"].startswith("ed25519:")
    assert client.get("/v1/plan/standing?municipality=090000000000").status_code == 404
    assert client.get("/v1/plan/standing?lang=xx").status_code == 422


def test_a_recheck_after_a_changed_fact_says_what_a_whole_proof_would(
    town: Town, clock: FakeClock, proving: Proving
) -> None:
    prove(town, proving)
    left_out("farid.fischer", town, NOON + timedelta(days=30))
    prove(town, proving)
    rechecked = standing(town).certificate
    before = [gap.hole for gap in gaps(town)]

    left_out("jonas.jung", town, NOON + timedelta(days=31))
    town.database.run(lambda tx: duty_store.remove_departure(tx, ARS, "jonas.jung"))
    prove(town, Proving(clock))  # knows nothing of an earlier proof

    whole = standing(town).certificate
    assert rechecked is not None
    assert whole is not None
    assert rechecked.document == whole.document
    assert [gap.hole for gap in gaps(town)] == before


def test_old_certificates_and_gaps_are_dropped(
    database: Database, town: Town, proving: Proving, clock: FakeClock
) -> None:
    prove(town, proving)
    left_out("jonas.jung", town, NOON)
    prove(town, proving)
    clock.pass_(days=731)

    assert database.run(handlers.forget_old) == 1
    assert standing(town).certificate is not None


def test_a_proof_that_was_overtaken_is_not_kept(town: Town, proving: Proving) -> None:
    (wanted,) = town.database.read(handlers.due)
    basis = town.database.read(handlers.basis, wanted)
    said = concluded(basis, now=NOON)
    left_out("jonas.jung", town, NOON)

    assert not town.database.run(handlers.conclude, wanted, basis, said)
    assert standing(town).certificate is None


def test_somebody_who_leaves_opens_a_gap_that_is_closed_when_they_stay(
    town: Town, proving: Proving
) -> None:
    prove(town, proving)
    for key in ("clara.conrad", "farid.fischer", "greta.gross", "hasan.hoff"):
        left_out(key, town, NOON + timedelta(days=20))
    for key in ("anna.aydin", "lars.lind"):
        left_out(key, town, NOON + timedelta(days=20))

    prove(town, proving)

    found = [gap for gap in gaps(town) if gap.hole.kind == domain.TIME]
    assert found
    assert all(gap.begins_at() == NOON + timedelta(days=20) for gap in found)
    assert "niemand" in found[0].hole.de
    assert found[0].owner == person("david.dorn")
    assert standing(town).light == AMBER
    told = [data for type, data in town.said() if type == "plan.gap_found"]
    assert {each["kind"] for each in told} >= {"time"}
    david = [{"person": person("david.dorn"), "part": "told"}]
    assert len([each for each in told if each["kind"] != domain.SINGLE]) > 1
    assert [each["recipients"] for each in told if each["recipients"]] == [david]
    assert all(each["recipients"] == [] for each in told if each["kind"] == domain.SINGLE)

    def stay(tx: Transaction) -> None:
        for key in ("clara.conrad", "farid.fischer", "greta.gross", "hasan.hoff"):
            duty_store.remove_departure(tx, ARS, key)
        for key in ("anna.aydin", "lars.lind"):
            duty_store.remove_departure(tx, ARS, key)
        duty.changed(tx, ARS)

    town.database.run(stay)
    prove(town, proving)

    assert gaps(town) == []
    assert town.said_types().count("plan.gap_closed") == len(told)


def test_reminders_are_sent_once_each_and_reach_the_catch_all_when_it_begins(
    town: Town, proving: Proving, clock: FakeClock
) -> None:
    prove(town, proving)
    everybody = ("clara.conrad", "farid.fischer", "greta.gross", "hasan.hoff")
    for key in (*everybody, "anna.aydin", "lars.lind"):
        left_out(key, town, NOON + timedelta(days=5))
    prove(town, proving)
    open_ = [gap for gap in gaps(town) if gap.is_told]
    before = town.said_types().count("plan.gap_found")

    remind(town.database)
    remind(town.database)
    assert town.said_types().count("plan.gap_found") == before

    clock.pass_(days=5)
    remind(town.database)
    remind(town.database)

    told = [data for type, data in town.said() if type == "plan.gap_found"][before:]
    assert len(told) == len(open_)
    people = [one["person"] for each in told for one in each["recipients"]]
    assert sorted(people) == sorted(map(person, ("david.dorn", "anna.aydin", "lars.lind")))
    assert standing(town).light == RED
    assert "gap_now" in standing(town).reasons


class Stumbling(Proving):
    """A prover with a fault that nobody has thought of, in one town's plan."""

    def _proof(self, wanted: handlers.Due, basis: Basis, start: datetime) -> Proof:
        if wanted.municipality == ARS:
            raise ZeroDivisionError
        return super()._proof(wanted, basis, start)


def test_a_plan_whose_proof_breaks_keeps_no_other_from_being_proved(
    town: Town, clock: FakeClock, proving: Proving
) -> None:
    other = "160770000001"
    town.publish_plan(sample_plan().replace(ARS, other))

    prove(town, Stumbling(clock))

    assert [each.municipality for each in town.database.read(handlers.due)] == [ARS]
    prove(town, proving)
    assert town.database.read(handlers.due) == []
