# SPDX-License-Identifier: EUPL-1.2
"""Whatever a plan file holds, it is a plan or it is refused; the published plan stays."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.cells import entry_of
from rueckhalt_routing.plan.checking import plan_of, read_plan
from rueckhalt_routing.plan.compiled import compile_plan
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.files import FORMATS, write_plan
from rueckhalt_routing.plan.handlers import draft_of_file
from rueckhalt_routing.plan.lint import lint
from rueckhalt_routing.plan.reading import PlanRefused
from tests.routing.test_plan_sheets import TREES

DOCUMENT: dict[str, Any] = json.loads(read_plan(sample_plan())[1])
TIMES = ["2026-12-24", "9999-12-31", "0001-01-01 00:00", "2026-02-30", "24:00", "7 d", "0 d", "-1"]
VALUES = TREES | st.sampled_from(
    ["anna.aydin", "hvb", "u3", "unknown", "role", "*", "\u202e", "\x00", "x" * 600, *TIMES]
)
CHANGES = st.lists(
    st.tuples(st.floats(0, 0.999), st.sampled_from(["set", "drop", "twice", "nest"]), VALUES),
    min_size=1,
    max_size=4,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container of a tree with each of its keys."""
    for key in list(value if isinstance(value, dict) else range(len(value))):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def changed(changes: list[tuple[float, str, Any]]) -> dict[str, Any]:
    """The sample plan with some of its places changed."""
    document = copy.deepcopy(DOCUMENT)
    for where, what, value in changes:
        found = list(places(document))
        if not found:
            break
        holder, key = found[int(where * len(found))]
        if what == "drop":
            del holder[key]
        elif what == "twice" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[key] = copy.deepcopy([holder[key]] if what == "nest" else value)
    return document


def reads_or_refuses(reading: Callable[[], Plan]) -> None:
    """A plan that is read can be used; one that is not is refused with sentences."""
    try:
        plan = reading()
    except PlanRefused as error:
        refused = error
    else:
        compile_plan(plan, id="trial", version=0)
        assert all(each.words() for each in lint(plan))
        return
    assert refused.problems
    assert all(each.words("de") and each.words("en") and each.line for each in refused.problems)
    json.dumps(refused.errors)


@given(CHANGES)
def test_a_changed_plan_is_read_or_refused(changes: list[tuple[float, str, Any]]) -> None:
    reads_or_refuses(lambda: plan_of(entry_of(changed(changes), 1, "")))


@settings(max_examples=10)
@given(CHANGES, st.sampled_from(FORMATS))
def test_a_changed_plan_in_any_format_is_read_or_refused(
    changes: list[tuple[float, str, Any]], kind: str
) -> None:
    content = write_plan(changed(changes), kind)

    reads_or_refuses(lambda: draft_of_file(f"plan.{kind}", content).plan)


CONTENTS = {kind: write_plan(DOCUMENT, kind) for kind in FORMATS}


@settings(max_examples=20)
@given(
    st.sampled_from(FORMATS),
    st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=4)), min_size=1, max_size=3),
)
def test_a_file_with_changed_bytes_is_read_or_refused(
    kind: str, changes: list[tuple[float, bytes]]
) -> None:
    content = bytearray(CONTENTS[kind])
    for where, put in changes:
        place = int(where * len(content))
        content[place : place + len(put)] = put or content[place : place + 40][::-1]

    reads_or_refuses(lambda: draft_of_file(f"plan.{kind}", bytes(content)).plan)


@given(st.sampled_from(FORMATS), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(kind: str, content: bytes) -> None:
    reads_or_refuses(lambda: draft_of_file(f"plan.{kind}", content).plan)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("stand_ins: [lars.lind, ines.iwanow]", "stand_ins: [anna.aydin]",
         "roles.ansprechstelle.stand_ins[0]: „anna.aydin“ Vertretung muss eine andere Person sein"),
        ("stand_ins: [lars.lind, ines.iwanow]", "stand_ins: [lars.lint]",
         "roles.ansprechstelle.stand_ins[0]: „lars.lint“ ist nicht bekannt (erlaubt: anna.aydin"),
        ("members: [clara.conrad, farid.fischer]", "members: [clara]",
         "rotas.nachtdienst.members[0]: „clara“ ist nicht bekannt (erlaubt: anna.aydin"),
        ("holder: {rota: nachtdienst},", "holder: {rota: tagdienst},",
         "roles.leitung_bereitschaft.holder.rota: „tagdienst“ ist nicht bekannt (erlaubt: nacht"),
        ("form: [threat,", "form: [thread,", "deliberate[0].when.form[0]: „thread“ ist nicht"),
    ],
)  # fmt: skip
def test_what_a_plan_names_and_nobody_knows_is_told_with_line_and_what_is_known(
    old: str, new: str, told: str
) -> None:
    text = sample_plan()
    assert old in text
    line = text[: text.index(old)].count("\n") + 1

    with pytest.raises(PlanRefused) as caught:
        draft_of_file("plan.yaml", text.replace(old, new, 1).encode())

    assert f"Zeile {line}, {told}" in caught.value.problems[0].words()


HOSTILE = [
    b"",
    b"\xff\xfe",
    b"a: " + b"[" * 3_000,
    b"a: &a [*a]",
    b"format: 1\nformat: 1",
    sample_plan().replace("Anna Aydin", "Anna \u202eAydin").encode(),
    sample_plan().replace("holder: anna.aydin", "holder: nobody").encode(),
    b"persons: [" + b"a," * 600_000 + b"]",
]


@pytest.mark.parametrize("method", ["put", "post"])
def test_a_plan_refused_over_http_leaves_the_published_one(client: Any, method: str) -> None:
    before = client.get("/v1/plan").json

    for content in HOSTILE:
        answer = getattr(client, method)("/v1/plan", data=content)
        assert answer.status_code in (413, 422), content[:40]
        assert answer.status_code == 413 or answer.json["errors"]

    assert client.get("/v1/plan").json == before
