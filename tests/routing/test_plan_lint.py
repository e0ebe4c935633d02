# SPDX-License-Identifier: EUPL-1.2
"""What is weak about a plan and the people behind it, each with a sentence in both languages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from rueckhalt_routing.commands import routing
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.duty.domain import Away, Facts, Unreachable
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.findings import Finding
from rueckhalt_routing.plan.lint import lint

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BOTH_AWAY = """
absences:
  - {person: anna.aydin, from: 2026-12-24, until: 2027-01-03}
  - {person: lars.lind, from: 2026-12-28 12:00, until: 2027-01-10}
"""


def sample(old: str = "", new: str = "", further: str = "") -> Plan:
    """The plan of Musterstadt with one place changed."""
    text = sample_plan()
    assert old in text
    return read_plan(text.replace(old, new) + further)[0]


def grave(plan: Plan, **given: object) -> list[Finding]:
    return [each for each in lint(plan, **given) if not each.is_hint]  # type: ignore[arg-type]


def test_the_sample_plan_has_hints_only() -> None:
    found = lint(sample(), now=NOW)

    assert grave(sample(), now=NOW) == []
    assert Finding("same_line", "rechtsamt", "hauptamt") in found
    assert Finding("same_line", "fuehrungskraft", "hauptamt") in found
    assert not [each for each in found if each.subject == "ansprechstelle"]


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("  psych: {holder: lars.lind, stand_ins: [ines.iwanow]}\n", "",
         Finding("no_holder", "psych")),
        ("{holder: lars.lind, stand_ins: [ines.iwanow]}", "{holder: lars.lind}",
         Finding("no_stand_in", "psych")),
        ("{holder: bernd.brandt, stand_ins: [david.dorn]}",
         "{holder: bernd.brandt, stand_ins: [david.dorn], units: {bauamt: {holder: eva.engel}}}",
         Finding("no_stand_in", "fuehrungskraft@bauamt")),
        ("  allianz_polizei: {holder: polizei.musterstadt, stand_ins: [farid.fischer]}\n", "",
         Finding("no_police", "allianz_polizei")),
        ("rechtsamt: {holder: eva.engel, stand_ins: [david.dorn]}",
         "rechtsamt: {holder: greta.gross, stand_ins: [david.dorn]}",
         Finding("head_is_legal", "rechtsamt")),
        ("psych: {holder: lars.lind", "psych: {holder: jonas.jung",
         Finding("many_roles", "jonas.jung", "it_sicherheit, pressestelle, psych")),
        ("name: Karla Kern, unit: ratsbuero}\n",
         "name: Karla Kern, unit: ratsbuero}\n  - {key: neu, name: Neu}\n",
         Finding("no_role", "neu")),
    ],
)  # fmt: skip
def test_a_weakness_of_the_plan_is_found(old: str, new: str, finding: Finding) -> None:
    assert finding in grave(sample(old, new), now=NOW)


def test_nobody_for_the_nights_is_a_missing_role_or_one_that_does_not_read_at_night() -> None:
    text = sample_plan().replace(
        "holder: {rota: nachtdienst}, stand_ins: [clara.conrad, ",
        "holder: clara.conrad, stand_ins: [",
    )
    for key in ("clara.conrad", "farid.fischer"):
        text = text.replace(f"{{key: {key}, ", f"{{key: {key}, reachable: [office_hours], ")
    asleep = read_plan(text)[0]

    assert Finding("no_night", "leitung_bereitschaft") in grave(asleep, now=NOW)


def test_all_of_a_role_on_leave_the_same_day_are_told_with_the_days() -> None:
    plan = sample(further=BOTH_AWAY)

    found = grave(plan, now=NOW)

    assert Finding("all_away", "catch_all", "2026-12-28 – 2027-01-03") in found
    assert "ansprechstelle" not in {each.subject for each in found}  # a third person is there
    assert grave(plan, now=NOW + timedelta(days=60)) == []


def test_absences_entered_since_count_like_those_of_the_plan() -> None:
    away = [
        Away(person=key, start=NOW, end=NOW + timedelta(hours=6))
        for key in ("jonas.jung", "karla.kern")
    ]

    found = grave(sample(), facts=Facts(away=tuple(away)), now=NOW)

    assert found == [Finding("all_away", "pressestelle", "2026-11-23")]


def test_whoever_left_or_bounces_is_told_with_their_roles() -> None:
    facts = Facts(
        left={"jonas.jung": NOW - timedelta(days=1), "karla.kern": NOW + timedelta(days=1)},
        unreachable=(Unreachable(person="greta.gross", since=NOW),),
    )

    found = grave(sample(), facts=facts, now=NOW)

    assert found == [
        Finding("left", "jonas.jung", "it_sicherheit, pressestelle"),
        Finding("unreachable", "greta.gross", "hvb"),
    ]


def test_whoever_has_not_confirmed_for_180_days_is_told() -> None:
    confirmed = {
        "jonas.jung": NOW - timedelta(days=180),
        "karla.kern": NOW - timedelta(days=181),
        "greta.gross": None,
        "somebody.else": None,
    }

    found = grave(sample(), confirmed=confirmed, now=NOW)

    assert found == [
        Finding("unconfirmed", "karla.kern", "2026-05-26"),
        Finding("unconfirmed", "greta.gross"),
    ]


def test_each_finding_has_a_sentence_in_both_languages() -> None:
    found = [*lint(sample(further=BOTH_AWAY), now=NOW), Finding("many_roles", "x", "a, b, c")]

    assert all(each.words() != each.words("en") for each in found)
    assert (
        Finding("many_roles", "x", "a, b, c").words() == "x: hält drei Rollen oder mehr (a, b, c)"
    )


def test_the_command_tells_the_line(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    text = sample_plan().replace("psych: {holder: lars.lind, stand_ins: [ines.iwanow]}",
                                 "psych: {holder: lars.lind}")  # fmt: skip
    file.write_text(text, "utf-8")
    line = text[: text.index("  psych: {")].count("\n") + 1

    result = CliRunner().invoke(routing, ["plan", "check", str(file)])

    assert result.exit_code == 1
    assert f"Zeile {line}, psych: hat keine Vertretung" in result.stdout
