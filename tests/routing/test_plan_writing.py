# SPDX-License-Identifier: EUPL-1.2
"""A plan written as YAML again: readable, and the same when it is read."""

from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.matrix import plain
from rueckhalt_routing.plan.writing import SECTIONS, to_yaml
from rueckhalt_routing.plan.yaml_text import read_yaml

TEXTS = st.one_of(
    st.text(max_size=12),
    st.text("ab :#-,[]{}'\"&*!|>%@`?\n\t\\\x00\x85\u2028\u202e\ufeff😀~=<", max_size=8),
    st.sampled_from(["", " a", "a ", "no", "1_0", "2026-12-24", "08:00-16:00", "1e3", "0x1F"]),
)
TREES = st.recursive(
    TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
SECTION_NAMES = st.sampled_from([*SECTIONS, "added_later"])


@given(st.dictionaries(TEXTS | SECTION_NAMES, TREES, max_size=4))
@example({"a" * 2000: [["b"], {"c": {}}, []]})
@example({"rules": [{"tier": "1"}, {"tier": "2", "then": {}}, "x", []]})
def test_every_document_reads_back_as_it_was(document: dict[str, Any]) -> None:
    text = to_yaml(document)

    assert plain(read_yaml(text)) == document
    assert text.replace("\n", "").isprintable()


def test_the_sample_plan_written_again_is_the_same_plan() -> None:
    plan, document = read_plan(sample_plan())

    again, kept = read_plan(to_yaml(document))

    assert again == plan
    assert read_plan(to_yaml(kept)) == (again, kept)


def test_sections_stand_in_their_order_and_say_what_they_are() -> None:
    _, document = read_plan(sample_plan())

    text = to_yaml(document)

    names = [line[: line.index(":")] for line in text.splitlines() if line[:1].isalpha()]
    assert names == [name for name in SECTIONS if name in names]
    assert "# Meldeketten:" in text
    assert "  # Stufe 1: Vorrangregeln" in text
    assert max(len(line) for line in text.splitlines()) <= 200


def test_other_readers_of_yaml_see_text_where_the_plan_means_text() -> None:
    texts = ["01001000", "22:10", "no", "2026-12-24", "1.0", "0x10", "null", "y", "a, b"]

    loaded = yaml.safe_load(to_yaml({"texts": texts}))

    assert loaded == {"texts": texts}
