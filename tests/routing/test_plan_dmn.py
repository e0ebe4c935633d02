# SPDX-License-Identifier: EUPL-1.2
"""The rules as DMN tables: there and back without a loss, and simple tables of other tools."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.dmn_reading import from_dmn
from rueckhalt_routing.plan.dmn_writing import to_dmn
from rueckhalt_routing.plan.matrix import plain
from rueckhalt_routing.plan.reading import PlanRefused
from tests.routing.test_plan_sheets import DOCUMENTS, TEXTS, TREES

RULES = st.lists(
    st.fixed_dictionaries(
        {"tier": st.sampled_from("0123")},
        optional={
            "code": TEXTS,
            "title": TREES,
            "reason": TEXTS,
            "when": st.dictionaries(
                st.sampled_from(["form", "unit", "other"]),
                st.lists(TEXTS | st.just('say "x"\\n'), max_size=3),
                max_size=2,
            ),
            "then": st.dictionaries(
                st.sampled_from(["chain", "told", "take_over_within", "other"]), TREES, max_size=3
            ),
        },
    ),
    max_size=4,
)


@given(DOCUMENTS, RULES)
def test_every_document_survives_dmn(document: dict[str, Any], rules: list[Any]) -> None:
    document = document | {"rules": rules}

    assert plain(from_dmn(to_dmn(document).encode()).root) == document


def test_the_sample_plan_comes_back_the_same() -> None:
    document = json.loads(read_plan(sample_plan())[1])

    again = from_dmn(to_dmn(document).encode())

    assert plain(again.root) == document
    assert again.tiers == frozenset("0123")


def foreign(*rules: str, head: str = "", policy: str = "FIRST") -> bytes:
    """A table as another tool writes it: two inputs, one output, DMN 1.2."""
    return f"""<?xml version="1.0"?>{head}
<dmn:definitions xmlns:dmn="http://www.omg.org/spec/DMN/20180521/MODEL/" name="x" namespace="y">
<dmn:decision id="d" name="Wer?"><dmn:decisionTable hitPolicy="{policy}">
<dmn:input><dmn:inputExpression><dmn:text>form</dmn:text></dmn:inputExpression></dmn:input>
<dmn:input label="Urgency"/>
<dmn:output name="chain"/>
{"".join(rules)}
</dmn:decisionTable></dmn:decision></dmn:definitions>""".encode()


def rule(form: str, urgency: str, chain: str) -> str:
    """One row of such a table, in a line of its own."""
    entries = "".join(f"<dmn:inputEntry><dmn:text>{x}</dmn:text></dmn:inputEntry>"
                      for x in (form, urgency))  # fmt: skip
    output = f"<dmn:outputEntry><dmn:text>{chain}</dmn:text></dmn:outputEntry>"
    return f"<dmn:rule>{entries}{output}</dmn:rule>\n"


def test_a_simple_table_of_another_tool_becomes_rules() -> None:
    rows = rule('"threat","assault"', "-", '"alle"'), rule("-", 'not("u0", "u1")', '"alle"')

    found = plain(from_dmn(foreign(*rows)).root)

    assert found == {
        "rules": [
            {"tier": "2", "code": "tier_2_rule_1", "when": {"form": ["threat", "assault"]},
             "then": {"chain": "alle"}},
            {"tier": "2", "code": "tier_2_rule_2", "when": {"urgency": ["u2", "u3", "unknown"]},
             "then": {"chain": "alle"}},
        ]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code", "line", "field"),
    [
        (foreign(rule("> 3", "-", '"alle"')), "no_feel", 7, "d[1].form"),
        (foreign(rule('"threat" "x"', "-", '"alle"')), "no_feel", 7, "d[1].form"),
        (foreign(rule("-", 'not("u9")', '"alle"')), "unknown_code", 7, "d[1].urgency"),
        (foreign(rule("-", "-", '"a","b"')), "bad_form", 7, "d[1].chain"),
        (foreign(policy="OUTPUT ORDER"), "unknown_code", 3, "d.hitPolicy"),
        (foreign().replace(b"Urgency", b"Weather"), "unknown_field", 5, "d.input[2]"),
        (foreign().replace(b'"chain"', b'"colour"'), "unknown_field", 6, "d.output[1]"),
        (foreign("<dmn:rule/>"), "bad_form", 7, "d[1].inputEntry"),
        (b"<a/>", "no_dmn", 1, "a"),
        (b"<a", "no_xml", 1, "plan"),
        (b"", "no_xml", 1, "plan"),
        (b"<a>" * 100, "too_deep", 1, "plan"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "no_xml", 1, "plan"),
        (foreign(head='<!DOCTYPE a [<!ENTITY b "c">]>'), "no_entities", 1, "plan"),
        (foreign(head='<!DOCTYPE a SYSTEM "file:///etc/passwd">'), "no_entities", 1, "plan"),
        (b" " * (9 << 20), "file_too_large", 1, "plan"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused(content: bytes, code: str, line: int, field: str) -> None:
    with pytest.raises(PlanRefused) as caught:
        from_dmn(content)

    problem = caught.value.problems[0]
    assert (problem.code, problem.line, problem.field or "plan") == (code, line, field)
