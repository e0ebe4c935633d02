# SPDX-License-Identifier: EUPL-1.2
"""A certificate that verifies alone with the facts behind it; facts a check may be given."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from rueckhalt_routing.app import service
from rueckhalt_routing.certificates import filing, handlers, signing
from rueckhalt_routing.certificates.running import Proving
from rueckhalt_routing.certificates.store import certificates
from rueckhalt_routing.commands import routing
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.duty import fact_files, linting
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty import store as duty_store
from rueckhalt_routing.duty.domain import SWAP, Away, Change, Crisis, Facts, Unreachable
from rueckhalt_routing.duty.entries import Absence, Departure
from rueckhalt_routing.plan.handlers import draft_of
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.settings import ServiceSettings
from tests.routing.town import ARS, Town
from tests.support import NOON, FakeClock

PLAN = draft_of(sample_plan()).plan
AT = ("--at", "2026-12-01 12:00")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(routing, ["plan", *map(str, arguments)])


def away(person: str, start: datetime, days: int = 14) -> Absence:
    return Absence(
        id=ids.uuid7(),
        municipality=ARS,
        person=person,
        start_at=start,
        end_at=start + timedelta(days=days),
        source="page",
        noted_by="test",
        noted_at=NOON,
    )


@pytest.fixture
def proving(clock: FakeClock, town: Town, tmp_path: Path) -> Proving:
    tombstones.install(town.database, ServiceSettings(service="routing", data=tmp_path))
    return Proving(clock)


def enter(town: Town, *absences: Absence) -> None:
    """Somebody is away."""

    def note(tx: Transaction) -> None:
        duty_store.add_absences(tx, absences)
        duty.changed(tx, ARS)

    town.database.run(note)


def prove(town: Town, proving: Proving) -> None:
    while proving.run(town.database):
        pass


@pytest.fixture
def filed(town: Town, proving: Proving) -> dict[str, Any]:
    """The file of a certificate that was made with an absence."""
    enter(town, away("lars.lind", NOON + timedelta(days=30)))
    prove(town, proving)
    return town.database.read(filing.file_of, ARS).written()


def write(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def test_a_certificate_made_with_absences_verifies_by_itself(
    filed: dict[str, Any], town: Town, tmp_path: Path
) -> None:
    key = town.database.read(signing.public_key)
    file = write(tmp_path / "file.json", filed)

    assert run("verify", file, *AT, "--key", key).exit_code == 0
    assert run("verify", file, *AT, "--key", "00" * 32).exit_code == 1
    assert filed["facts"]["away"] == [
        {
            "person": "lars.lind",
            "from": (NOON + timedelta(days=30)).isoformat(),
            "until": (NOON + timedelta(days=44)).isoformat(),
        }
    ]


@pytest.mark.parametrize("forged", ["facts", "plan", "certificate"])
def test_a_part_of_the_file_that_was_changed_is_found(
    filed: dict[str, Any], tmp_path: Path, forged: str
) -> None:
    if forged == "facts":
        filed["facts"]["away"] = []
    elif forged == "plan":
        filed["plan"] = filed["plan"].replace("Lars Lind", "Lars Lund")
    else:
        filed["certificate"]["valid_until"] = "2027-01-01T00:00:00+00:00"

    result = run("verify", write(tmp_path / "file.json", filed), *AT, "--lang=en")

    assert result.exit_code == 1, result.output
    said = {"facts": "other facts of the day", "plan": "another plan", "certificate": "signature"}
    assert said[forged] in result.stdout


def test_a_file_without_its_signature_does_not_hold(filed: dict[str, Any], tmp_path: Path) -> None:
    del filed["certificate"]["signature"], filed["certificate"]["key"]
    filed["certificate"]["plan"]["version"] = 77

    result = run("verify", write(tmp_path / "file.json", filed), *AT, "--lang=en")

    assert result.exit_code == 1, result.output
    assert "it is not signed" in result.stdout


def test_without_a_key_it_is_said_that_nobody_knows_whose_signature_it_is(
    filed: dict[str, Any], town: Town, tmp_path: Path
) -> None:
    key, file = town.database.read(signing.public_key), write(tmp_path / "file.json", filed)
    plan = write(tmp_path / "plan.yaml", sample_plan())
    bare = tmp_path / "bare.json"
    assert run("prove", plan, "--out", bare).exit_code == 0

    assert "Wessen Unterschrift" in run("verify", file, *AT).stdout
    assert "Wessen Unterschrift" not in run("verify", file, *AT, "--key", key).stdout
    assert "nicht unterschrieben" in run("verify", plan, bare).stdout


def test_plan_certificate_and_facts_may_come_as_three_files(
    filed: dict[str, Any], tmp_path: Path
) -> None:
    plan = write(tmp_path / "plan.yaml", sample_plan())
    certificate = write(tmp_path / "certificate.json", filed["certificate"])
    facts = write(tmp_path / "facts.json", filed["facts"])

    without = run("verify", plan, certificate, *AT)

    assert without.exit_code == 1
    assert "plan export-certificate" in run("verify", plan).stderr
    assert "--facts" in without.stdout
    assert run("verify", plan, certificate, "--facts", facts, *AT).exit_code == 0
    assert run("verify", plan, certificate, "--facts", tmp_path / "file.json").exit_code == 2


def test_facts_of_the_day_name_nobody_and_give_no_reason(filed: dict[str, Any]) -> None:
    text = json.dumps(filed["facts"])

    assert not [person.name for person in PLAN.persons if person.name in text]
    assert {name for row in filed["facts"]["away"] for name in row} == {"person", "from", "until"}


def test_the_facts_behind_a_void_certificate_go_after_90_days_the_certificate_stays(
    filed: dict[str, Any], town: Town, proving: Proving, clock: FakeClock
) -> None:
    enter(town, away("eva.engel", NOON + timedelta(days=60)))
    prove(town, proving)
    clock.pass_(days=91)

    assert town.database.run(handlers.forget_old) == 0

    kept = town.database.read(filing.file_of, ARS)
    assert len(kept.facts["away"]) == 2
    rows = town.database.read(lambda tx: tx.execute(select(certificates.c.inputs)).all())
    assert sorted(row.inputs is None for row in rows) == [False, True]


# ------------------------------------------------------------------------------------- facts
def test_facts_come_back_from_their_document_as_they_were() -> None:
    later = NOON + timedelta(hours=8)
    rota = next(iter(PLAN.rotas))
    facts = Facts(
        away=(Away(person="eva.engel", start=NOON, end=later),),
        changes=(
            Change(
                rota=rota,
                start=NOON,
                end=later,
                person="lars.lind",
                instead_of="eva.engel",
                kind=SWAP,
            ),
        ),
        crises=(Crisis(start=NOON), Crisis(start=NOON, end=later)),
        unreachable=(Unreachable(person="lars.lind", since=later),),
        left={"jonas.jung": later},
    )
    known = fact_files.Known(facts=facts, confirmed={"lars.lind": NOON, "eva.engel": None})

    file = fact_files.written(PLAN, known, at=NOON)
    back = fact_files.read_document(json.loads(json.dumps(file)), PLAN)

    assert fact_files.document_of(PLAN, back.facts) == fact_files.document_of(PLAN, facts)
    assert back.confirmed == known.confirmed
    assert back.facts.left == facts.left


def test_whom_the_plan_does_not_name_is_left_out_on_the_way_out() -> None:
    facts = Facts(
        away=(Away(person="gone", start=NOON, end=NOON + timedelta(days=1)),),
        left={"gone": NOON},
    )

    assert not any(fact_files.document_of(PLAN, facts).values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("away: [{person: nobody, from: 2026-12-01, until: 2026-12-02}]", "away[0].person: nobody"),
        ("away: [{person: eva.engel, from: 2026-12-02, until: 2026-12-01}]", "away[0].until"),
        ("away: [{person: eva.engel, from: soon, until: 2026-12-01}]", "away[0].from: soon"),
        ("away: [{person: eva.engel}]", "away[0].from: is missing"),
        ("away: {}", "away: is not a list"),
        ("holidays: []", "holidays: is not known here"),
        ("left: [{person: eva.engel, since: 2026-12-01, why: x}]", "left[0].why"),
        ("format: 2", "allowed: 1"),
        ('municipality: "09162000"', "another municipality"),
        ("changes: [{rota: x, from: 2026-12-01, until: 2026-12-02, person: eva.engel}]", "rota: x"),
        ("- a", "neither JSON nor YAML"),
    ],
)
def test_bad_facts_are_refused_with_field_and_what_is_allowed(
    tmp_path: Path, text: str, said: str
) -> None:
    plan = write(tmp_path / "plan.yaml", sample_plan())

    result = run("check", plan, "--lang=en", "--facts", write(tmp_path / "facts.yaml", text))

    assert result.exit_code == 2, result.output
    assert said in result.stderr


def test_a_check_without_a_server_knows_the_facts_it_is_given(tmp_path: Path) -> None:
    plan = write(tmp_path / "plan.yaml", sample_plan())
    facts = write(
        tmp_path / "facts.yaml",
        """
left: [{person: jonas.jung, since: 2026-01-01}]
unreachable: [{person: eva.engel, since: 2026-01-01 08:00}]
confirmed: [{person: anna.aydin, at: 2025-01-01}, {person: lars.lind}]
away:
  - {person: anna.aydin, from: 2099-12-24, until: 2100-01-03}
  - {person: lars.lind, from: 2099-12-28, until: 2100-01-10}
""",
    )

    assert run("check", plan).exit_code == 0
    result = run("check", plan, "--facts", facts)

    assert result.exit_code == 1
    for said in (
        "jonas.jung: ist nicht mehr im Haus",
        "eva.engel: ist nicht erreichbar",
        "anna.aydin: hat seit 180 Tagen nicht bestätigt",
        "lars.lind: hat seit 180 Tagen nicht bestätigt",
        "catch_all: alle sind zugleich abwesend",
    ):
        assert said in result.stdout


def test_publishing_by_key_or_command_tells_what_is_weak_with_the_facts_of_the_day(
    town: Town, client: Any
) -> None:
    def leave(tx: Transaction) -> None:
        gone = Departure(municipality=ARS, person="jonas.jung", left_at=NOON, noted_by="test")
        duty_store.keep_departure(tx, gone)
        duty.changed(tx, ARS)

    town.database.run(leave)

    told = town.database.run(linting.load, draft_of(sample_plan()), author="test", dry_run=True)
    answer = client.put("/v1/plan?dry_run=true", data=sample_plan())

    assert [each.code for each in told.findings] == ["left"]
    assert [each["code"] for each in answer.json["findings"]] == ["left"]


# ---------------------------------------------------------------------------------- commands
def test_the_commands_export_what_a_check_elsewhere_needs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    upgrade(f"sqlite:///{data}/routing.db", service.migrations)
    where = ("--data", data)
    plan = write(tmp_path / "plan.yaml", sample_plan())
    assert run("key", *where).exit_code == 2
    assert run("load", plan, *where).exit_code == 0
    town = ("--municipality", ARS)
    assert run("export-certificate", "-o", tmp_path / "x.json", *town, *where).exit_code == 2
    database = Database(f"sqlite:///{data}/routing.db", "routing")
    tombstones.install(database, ServiceSettings(service="routing", data=data))
    Proving(database.clock).run(database)
    database.dispose()

    key = json.loads(run("key", *where, "--json").stdout)
    certificate, facts = tmp_path / "certificate.json", tmp_path / "facts.json"
    assert run("export-certificate", "-o", certificate, *town, *where).exit_code == 0
    assert run("export-facts", "-o", facts, *town, *where).exit_code == 0

    assert run("verify", certificate, "--key", key["key"]).exit_code == 0
    assert run("check", plan, "--facts", facts).exit_code == 0
    assert run("check", plan, "--facts", certificate).exit_code == 0
    assert key["fingerprint"] == signing.fingerprint(key["key"])
    assert len(key["fingerprint"].replace(" ", "")) == 64
