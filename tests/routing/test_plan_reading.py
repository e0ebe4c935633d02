# SPDX-License-Identifier: EUPL-1.2
"""A plan file: what is read, and how a faulty one is refused."""

import json
from importlib.resources import files

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.checking import plan_of, read_plan
from rueckhalt_routing.plan.file_schema import plan_schema
from rueckhalt_routing.plan.findings import findings
from rueckhalt_routing.plan.matrix import read_document
from rueckhalt_routing.plan.reading import PlanRefused, Problem

SMALL = """\
format: 1
municipality: 01001000
catch_all: {person: a.b, stand_in: c.d}
persons:
  - {key: a.b, name: "No"}
  - {key: c.d, name: Null}
roles:
  ansprechstelle: {holder: a.b, stand_ins: [c.d]}
chains:
  alle:
    steps:
      - targets: [{role: ansprechstelle}]
        wait: 10 min
rules:
  - code: auffang
    tier: 3
    then: {chain: alle}
"""


def small(**changes: str) -> str:
    """The small plan with some lines replaced; a key's whole line goes."""
    lines = SMALL.replace("01001000", "010010000000").splitlines()
    for name, line in changes.items():
        start = (f"{name}:", f"- {name}:")
        lines = [line if old.strip().startswith(start) else old for old in lines]
    return "\n".join(lines)


def refused(text: str) -> tuple[Problem, ...]:
    """The problems for which a plan is refused."""
    with pytest.raises(PlanRefused) as caught:
        read_plan(text)
    return caught.value.problems


def test_the_sample_plan_is_complete_and_has_no_findings() -> None:
    plan, _ = read_plan(sample_plan())

    assert len(plan.persons) == 12
    assert len(plan.partners) == 3
    assert plan.without_stand_in() == ()
    assert findings(plan) == ()


def test_scalars_are_text_whatever_yaml_thinks_of_them() -> None:
    plan, _ = read_plan(small())

    assert plan.municipality == "010010000000"
    assert [person.name for person in plan.persons] == ["No", "Null"]


def test_what_is_kept_reads_back_as_the_same_plan() -> None:
    plan, document = read_plan(sample_plan())

    assert plan_of(read_document(document)) == plan


def test_a_kept_plan_does_not_lean_on_the_default_matrix() -> None:
    _, document = read_plan(sample_plan())

    assert "matrix" not in json.loads(document)


def test_own_chains_and_rules_replace_those_of_the_matrix() -> None:
    own = "\nchains:\n  gebaeude: {steps: [{targets: [{person: farid.fischer}]}]}\n"
    own += "rules:\n  - {code: verbal, tier: 2, when: {form: [insult]}, then: {chain: gebaeude}}\n"
    own += "  - {code: nachts, tier: 2, when: {time_class: [night]}, then: {chain: bereitschaft}}\n"

    plan, _ = read_plan(sample_plan() + own)

    assert [t.key for t in plan.chains["gebaeude"].steps[0].targets] == ["farid.fischer"]
    regular = [rule.code for rule in plan.rules if rule.tier == 2]
    assert regular[0] == "nachts"
    assert regular.count("verbal") == 1


@pytest.mark.parametrize(
    ("change", "line", "field", "code"),
    [
        ({"municipality": "municipality: 99"}, 2, "municipality", "bad_form"),
        ({"catch_all": "catch_all: {person: x.y, stand_in: c.d}"}, 3, "catch_all.person",
         "unknown_code"),
        ({"catch_all": "catch_all: {person: a.b, stand_in: a.b}"}, 3, "catch_all.stand_in",
         "same_person"),
        ({"wait": "        wait: soon"}, 13, "chains.alle.steps[0].wait", "bad_duration"),
        ({"wait": "        wait: " + "9" * 5000 + " h"}, 13, "chains.alle.steps[0].wait",
         "bad_form"),
        ({"tier": "    tier: 4"}, 16, "rules[0].tier", "unknown_code"),
        ({"tier": "    tier: 2"}, 15, "rules", "one_catch_all"),
        ({"then": "    then: {chain: nobody}"}, 17, "rules[0].then.chain", "unknown_code"),
        ({"then": "    then: {told: [king]}"}, 17, "rules[0].then.told[0]", "unknown_code"),
        ({"then": "    then: {sound: loud}"}, 17, "rules[0].then.sound", "unknown_field"),
        ({"roles": "rolls:"}, 1, "roles", "missing"),
        ({"ansprechstelle": "  chief: {holder: a.b}"}, 8, "roles.chief", "unknown_code"),
        ({"format": "format: 2"}, 1, "format", "unknown_code"),
        ({"municipality": 'municipality: "01\\0"'}, 2, "municipality", "bad_form"),
        ({"code": '  - code: "a\\ud800"'}, 15, "rules[0].code", "bad_form"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_line_field_and_what_is_allowed(
    change: dict[str, str], line: int, field: str, code: str
) -> None:
    problems = refused(small(**change))

    found = [p for p in problems if (p.line, p.field, p.code) == (line, field, code)]
    assert found, [problem.words() for problem in problems]
    assert f"Zeile {line}" in found[0].words()
    assert f"line {line}" in found[0].words("en")


def test_all_faults_are_told_at_once() -> None:
    problems = refused(small(tier="    tier: 4", wait="        wait: soon", format="format: 7"))

    assert {problem.code for problem in problems} >= {"unknown_code", "bad_duration"}
    assert [problem.line for problem in problems] == sorted(p.line for p in problems)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "want_mapping"),
        ("- a\n- b", "want_mapping"),
        ("a: [1, 2", "unreadable"),
        ("a: \x00", "unreadable"),
        ("a: 1\n---\nb: 2", "unreadable"),
        ("a: &x 1\nb: *x", "no_aliases"),
        ("a: &x [*x]", "no_aliases"),
        ("a: !!python/object/apply:os.system ['true']", "no_tags"),
        ("a: !mine 1", "no_tags"),
        ("? [1, 2]\n: 3", "want_text"),
        ("a: 1\na: 2", "twice"),
        ("[" * 5000, "too_deep"),
        ("a: " + "x" * 1024 * 1024, "too_large"),
        ("- a\n" * 60_000, "too_many"),
        ("format: 1\nmatrix: other", "unknown_code"),
    ],
)
def test_a_hostile_file_is_refused_without_harm(text: str, code: str) -> None:
    assert [problem.code for problem in refused(text)] == [code]


@pytest.mark.parametrize("section", ["persons", "roles", "chains", "rules", "times", "calendar"])
@pytest.mark.parametrize("value", ["7", "[7]", "{7: 8}", "[[]]", "[{}]", "{a: {b: {c: d}}}"])
def test_a_wrong_shape_is_a_fault_and_never_an_exception(section: str, value: str) -> None:
    lines = [line for line in SMALL.splitlines() if not line.startswith(f"{section}:")]
    text = "\n".join(["format: 1", f"{section}: {value}", "municipality: 010010000000"])

    assert refused(text + "\n" + "\n".join(line for line in lines if line.startswith("catch")))


def test_a_role_needed_but_not_filled_is_a_finding_not_a_refusal() -> None:
    plan, _ = read_plan(small(then="    then: {chain: alle, asked: [psych]}"))

    assert ("no_holder", "psych") in [(f.code, f.subject) for f in findings(plan)]


def test_the_published_schema_is_the_written_one_and_accepts_the_sample() -> None:
    written = (files("rueckhalt_routing") / "content" / "plan.schema.json").read_text("utf-8")

    assert json.loads(written) == plan_schema()
    jsonschema.validate(yaml.safe_load(sample_plan()), plan_schema())
