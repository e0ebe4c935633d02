# SPDX-License-Identifier: EUPL-1.2
"""A web request begins with no reach, gets its caller's, and leaves nothing of it behind."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from rueckhalt_shared import reach
from rueckhalt_shared.reach import Unasked

TOWN = "160770999999"


def test_outside_a_request_it_is_the_whole_house() -> None:
    assert reach.current() == "*"


def test_a_request_begins_with_nothing_and_leaves_its_thread_as_it_was() -> None:
    seen: list[str] = []

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        seen.append(reach.current())
        reach.be((TOWN,))
        seen.append(reach.current())
        return [b"done"]

    for _ in range(2):
        assert list(Unasked(app)({}, None)) == [b"done"]

    assert seen == ["", TOWN, "", TOWN]
    assert reach.current() == "*"


def test_a_fault_leaves_nothing_behind_either() -> None:
    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        reach.be((TOWN,))
        raise LookupError("no such page")

    with pytest.raises(LookupError):
        Unasked(app)({}, None)

    assert reach.current() == "*"


def test_an_answer_in_parts_keeps_the_reach_of_its_request_to_the_end() -> None:
    seen: list[str] = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(2):
                seen.append(reach.current())
                yield b"part"

        def close(self) -> None:
            seen.append(f"closed within {reach.current()}")

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        reach.be((TOWN,))
        return Parts()

    answer: Any = Unasked(app)({}, None)
    between = [reach.current() for _ in answer]
    answer.close()

    assert seen == [TOWN, TOWN, f"closed within {TOWN}"]
    assert between == ["*", "*"]


@pytest.mark.parametrize(
    ("places", "spelled"),
    [
        ([TOWN, "09"], f"09,{TOWN}"),
        ([TOWN, "*"], "*"),
        (["", "x", "16,09", "١٦"], ""),
        ([], ""),
    ],
)
def test_only_regional_keys_open_anything(places: list[str], spelled: str) -> None:
    seen: list[str] = []

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        reach.be(places)
        seen.append(reach.current())
        return []

    Unasked(app)({}, None)

    assert seen == [spelled]
