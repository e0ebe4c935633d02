# SPDX-License-Identifier: EUPL-1.2
"""`plan check|prove|verify|explain|diff|simulate`: exit status, sentences, JSON; no server."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rueckhalt_routing.commands import routing
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.proof import covering
from rueckhalt_routing.proof.certificate import canonical

FROM = ("--from", "2026-11-23 08:00", "--days", "60")
BOTH_AWAY = """
absences:
  - {person: ines.iwanow, from: 2026-12-20, until: 2027-01-31}
  - {person: anna.aydin, from: 2026-12-24, until: 2027-01-03}
  - {person: lars.lind, from: 2026-12-28 12:00, until: 2027-01-10}
"""
COMMANDS = {"check", "prove", "verify", "explain", "diff", "simulate", "load", "show"} | {
    *("export", "import", "mend", "export-certificate", "export-facts", "key"),
}


def run(command: str, *arguments: object) -> Result:
    return CliRunner().invoke(routing, ["plan", command, *map(str, arguments)])


def told(result: Result) -> dict[str, object]:
    document: dict[str, object] = json.loads(result.stdout)
    return document


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return written(tmp_path / "plan.yaml", sample_plan())


@pytest.fixture
def with_gap(tmp_path: Path) -> Path:
    return written(tmp_path / "gap.yaml", sample_plan() + BOTH_AWAY)


def written(file: Path, text: str) -> Path:
    file.write_text(text, "utf-8")
    return file


def test_the_group_offers_these_commands_and_no_others() -> None:
    group = routing.commands["plan"]

    assert set(getattr(group, "commands")) == COMMANDS  # noqa: B009 - a group of click


def test_checking_tells_unsigned_weak_cells_and_ends_with_1(tmp_path: Path) -> None:
    unsigned = sample_plan().partition("deliberate:")[0]
    plan = written(tmp_path / "plan.yaml", unsigned)

    result = run("check", plan)

    assert result.exit_code == 1
    assert "Nur durch die Auffangregel gedeckt (5,8 % der Fälle)" in result.stdout
    assert "Beispiel: Bedrohung gegen Personen" in result.stdout


def test_a_plan_without_catch_all_is_unusable_and_tells_whom_it_leaves_alone(
    tmp_path: Path,
) -> None:
    plan = written(
        tmp_path / "plan.yaml",
        """
format: 1
municipality: "010010000000"
catch_all: {person: a.b, stand_in: c.d}
persons: [{key: a.b, name: A B}, {key: c.d, name: C D}]
roles: {ansprechstelle: {holder: a.b, stand_ins: [c.d]}}
chains: {alle: {steps: [{targets: [{role: ansprechstelle}]}]}}
rules: [{code: tags, tier: 2, when: {time_class: [office_hours]}, then: {chain: alle}}]
""",
    )

    result = run("check", plan)

    assert result.exit_code == 2
    assert "genau eine Auffangregel" in result.stdout
    assert "Lücke: am Rand des Arbeitstags: niemand." in result.stdout


def test_hints_are_told_on_demand_and_change_no_status(plan: Path) -> None:
    short, long = run("check", plan), run("check", plan, "--hints", "--lang", "en")

    assert short.exit_code == long.exit_code == 0
    assert "Reihenfolge" not in short.stdout
    assert "as it stands before" in long.stdout


def test_a_signature_that_is_there_must_fit_and_be_of_the_key_that_is_asked_for(
    plan: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "bare.json"
    assert run("prove", plan, *FROM, "--out", bare).exit_code == 0
    secret = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    public = secret.public_key().public_bytes_raw().hex()
    document = json.loads(bare.read_text("utf-8")) | {"key": public}
    mark = secret.sign(canonical(document).encode()).hex()
    signed = written(tmp_path / "s.json", json.dumps(document | {"signature": f"ed25519:{mark}"}))
    forged = written(tmp_path / "f.json", json.dumps(document | {"signature": "ed25519:00"}))
    at = ("--at", "2026-12-01")

    assert run("verify", plan, signed, *at).exit_code == 0
    assert run("verify", plan, signed, *at, "--key", public).exit_code == 0
    for file, options in ((forged, ()), (signed, ("--key", "00" * 32)), (bare, ("--key", public))):
        assert run("verify", plan, file, *at, *options).exit_code == 1, file


def test_a_plan_is_proved_and_its_certificate_verified(plan: Path, tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.json"

    proved = run("prove", plan, *FROM, "--out", certificate)
    verified = run("verify", plan, certificate, "--at", "2026-12-24 23:00")
    late = run("verify", plan, certificate, "--at", "2027-06-01")

    assert proved.exit_code == 0, proved.output
    assert "Gültig bis Fr 22.01.2027 08:00" in proved.stdout
    assert "u3: spätestens nach 0 min weiß es ein Mensch, nach 10 min ein zweiter" in proved.stdout
    assert verified.exit_code == 0, verified.output
    assert late.exit_code == 1


def test_a_gap_is_a_sentence_and_shortens_the_certificate(with_gap: Path) -> None:
    german, english = run("prove", with_gap, *FROM), run("prove", with_gap, *FROM, "--lang=en")
    document = told(run("prove", with_gap, *FROM, "--json"))

    assert german.exit_code == english.exit_code == 1
    assert "Mo 28.12.2026 12:00: niemand." in german.stdout
    assert "Mon 28.12.2026 12:00: nobody." in english.stdout
    assert isinstance(document["certificate"], dict)
    assert document["certificate"]["valid_until"] < "2026-12-28"


def test_a_certificate_does_not_survive_a_changed_plan(
    plan: Path, with_gap: Path, tmp_path: Path
) -> None:
    certificate = tmp_path / "certificate.json"
    run("prove", plan, *FROM, "--out", certificate)

    result = run("verify", with_gap, certificate, "--at", "2026-12-01", "--json")

    assert result.exit_code == 1
    assert told(result)["faults"] == ["made for another plan"]


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "[" * 5000])
def test_what_is_no_certificate_ends_with_2(plan: Path, tmp_path: Path, text: str) -> None:
    assert run("verify", plan, written(tmp_path / "x.json", text)).exit_code == 2


def test_counting_every_case_finds_the_proof_right(tmp_path: Path) -> None:
    small = """
format: 1
municipality: "010010000000"
catch_all: {person: a.b, stand_in: c.d}
persons: [{key: a.b, name: A B}, {key: c.d, name: C D}]
roles: {ansprechstelle: {holder: a.b, stand_ins: [c.d]}}
chains: {alle: {steps: [{targets: [{role: ansprechstelle}]}]}}
rules: [{code: auffang, tier: 3, then: {chain: alle}}]
deliberate: [{when: {}, signed_by: A B}]
"""
    result = run("prove", written(tmp_path / "plan.yaml", small), *FROM, "--enumerate")

    assert result.exit_code == 0, result.output


def test_a_plan_that_is_too_tangled_is_refused_with_its_dimension(
    plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(covering, "MOST_BOXES", 10)

    for command in ("check", "prove"):
        result = run(command, plan)
        assert result.exit_code == 1
        assert "Zu verwickelt für einen Nachweis" in result.stdout


def test_one_case_is_explained(with_gap: Path) -> None:
    facts = ("at=2026-12-29 10:00", "form=massmail", "severity=0", "exclude_supervisor=yes")
    result = run("explain", with_gap, *facts)

    assert result.exit_code == 1  # nobody knows in time
    assert "Regel: hass_im_netz (Regelfall)" in result.stdout
    assert "Anna Aydin" in result.stdout
    assert "abwesend bis Mo 04.01.2027 00:00" in result.stdout
    assert "Ausgeschlossen: Bernd Brandt (von der betroffenen Person ausgeschlossen)" in (
        result.stdout
    )


@pytest.mark.parametrize(
    "fact", ["form=shouting", "color=red", "severity", "at=Christmas", "at=9999-01-01"]
)
def test_a_case_that_cannot_be_ends_with_2(plan: Path, fact: str) -> None:
    assert run("explain", plan, fact).exit_code == 2


def test_two_plans_are_compared(plan: Path, tmp_path: Path) -> None:
    swapped = sample_plan().replace("psych: {holder: lars.lind", "psych: {holder: eva.engel")
    other = written(tmp_path / "other.yaml", swapped)

    same, changed = run("diff", plan, plan), run("diff", plan, other)

    assert (same.exit_code, same.stdout) == (0, "Nichts ändert sich.\n")
    assert changed.exit_code == 1
    assert "Rolle psych: bisher lars.lind, ines.iwanow, neu eva.engel, ines.iwanow." in (
        changed.stdout
    )


def test_a_table_of_cases_is_simulated_and_compared(plan: Path, tmp_path: Path) -> None:
    cases = written(
        tmp_path / "cases.csv",
        "at,form,group,severity,unit\n"
        "2026-12-24 23:00,threat,staff_front,2,buergeramt\n"
        "2026-12-25 10:00,property,institution,1,\n",
    )
    text = sample_plan().replace(
        "gebaeude: {holder: farid.fischer", "gebaeude: {holder: jonas.jung"
    )
    other = written(tmp_path / "other.yaml", text)

    alone, compared = run("simulate", plan, cases), run("simulate", plan, cases, "--against", other)

    assert alone.exit_code == 0, alone.output
    assert "2 Vorfälle, 0 zu spät" in alone.stdout
    assert compared.exit_code == 1
    assert "1 von 2 gingen woandershin" in compared.stdout
    assert "3: Fr 25.12.2026 10:00: gebaeude → Farid Fischer" in compared.stdout


def test_a_table_as_a_german_spreadsheet_writes_it_is_read(plan: Path, tmp_path: Path) -> None:
    cases = written(tmp_path / "cases.csv", "\ufeffat;form\r\n2026-12-24 23:00;threat+insult\r\n")

    assert "1 Vorfälle, 0 zu spät" in run("simulate", plan, cases).stdout


def test_a_certificate_that_cannot_be_written_ends_with_2(plan: Path, tmp_path: Path) -> None:
    assert run("prove", plan, *FROM, "--out", tmp_path / "nowhere" / "x.json").exit_code == 2


def test_a_simulated_case_that_reaches_nobody_in_time_ends_with_1(
    with_gap: Path, tmp_path: Path
) -> None:
    cases = written(tmp_path / "cases.csv", "at,form,severity\n2026-12-29,massmail,0\n")

    result = run("simulate", with_gap, cases, "--json")

    assert result.exit_code == 1
    assert told(result)["late"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "at,form\n",
        "at,form\n2026-12-29\n",
        "at,form\n2026-12-29,threat,more\n",
        "colour\nred\n",
        "form\nshouting\n",
        "at\n2026-01-01\n2046-01-01\n",
    ],
)
def test_a_table_that_holds_no_cases_ends_with_2(plan: Path, tmp_path: Path, text: str) -> None:
    assert run("simulate", plan, written(tmp_path / "cases.csv", text)).exit_code == 2


@pytest.mark.parametrize("command", ["check", "prove", "verify", "explain", "diff", "simulate"])
def test_an_unusable_plan_ends_each_command_with_2(tmp_path: Path, command: str) -> None:
    broken = written(tmp_path / "broken.yaml", sample_plan().replace("format: 1", "format: 9"))
    second = () if command in ("check", "prove", "explain") else (broken,)

    result = run(command, broken, *second)

    assert result.exit_code == 2
    assert "Zeile 4, format" in result.stdout
