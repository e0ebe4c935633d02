# SPDX-License-Identifier: EUPL-1.2
"""A plan as CSV and as a workbook: a row a rule, and nothing lost on the way there and back."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.csv_text import from_csv, to_csv
from rueckhalt_routing.plan.matrix import plain
from rueckhalt_routing.plan.sheets import root_of, sheets_of
from rueckhalt_routing.plan.workbook import from_xlsx, to_xlsx

TEXTS = st.one_of(
    st.sampled_from(["form", "chain", "code", "steps", "units", "targets", "role", "when", "a.b"]),
    st.sampled_from(["*", "|", "a|b", "=1+1", "'x", "'=1", "[rules]", "-", "@a", "+1", "", " a"]),
    st.sampled_from(
        ["\uff1d1", "_x0041_", "a\nb", "\x00", "\ud800", "\r", "2026-12-24", "0", "c:"]
    ),
    st.text(max_size=5),
)
TREES = st.recursive(
    TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
SECTIONS = st.sampled_from(
    ["rules", "chains", "roles", "rotas", "deliberate", "title", "plan", "added", "times"]
)
DOCUMENTS = st.dictionaries(
    SECTIONS | TEXTS,
    TREES
    | st.lists(st.dictionaries(TEXTS, TREES, max_size=3), max_size=3)
    | st.dictionaries(TEXTS, st.dictionaries(TEXTS, TREES, max_size=3), max_size=3),
    max_size=3,
)
CHAINS = {"chains": {"a": {"steps": [{"targets": [{"role": "hvb"}]}, {}], "hold": "x"}, "b": {}}}


@given(DOCUMENTS)
@example(CHAINS)
@example({"chains": {"a": {"steps": [{"chain": {"hold": "x"}}]}}})
@example({"rules": [{"form": "x", "when": {"form": "threat", "group": []}}, {}]})
def test_every_document_survives_csv(document: dict[str, Any]) -> None:
    text = to_csv(sheets_of(document))

    assert plain(root_of(from_csv(text))) == document


@settings(max_examples=25)
@given(DOCUMENTS)
@example(CHAINS)
def test_every_document_survives_a_workbook(document: dict[str, Any]) -> None:
    content = to_xlsx(sheets_of(document))

    assert plain(root_of(from_xlsx(content))) == document


@given(st.text("=+-@'[\t\r\uff1d\uff0b\uff0d\uff20 ax\n", max_size=4))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    written = to_csv(sheets_of({"title": text, "persons": [{"name": text}]}))

    for _, lines in from_csv(written.replace("'", "~")):
        for line in lines:
            assert not any(cell.startswith(("=", "+", "-", "@", "\uff1d")) for cell in line.cells)


@pytest.mark.parametrize("times", [1, 2])
def test_the_sample_plan_comes_back_the_same(times: int) -> None:
    plan, document = read_plan(sample_plan())
    import json

    again = json.loads(document)
    for _ in range(times):
        again = plain(root_of(from_csv(to_csv(sheets_of(again)))))
        again = plain(root_of(from_xlsx(to_xlsx(sheets_of(again)))))

    assert again == json.loads(document)
    assert [rule["code"] for rule in again["rules"]] == [rule.code for rule in plan.rules]
