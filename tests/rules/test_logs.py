# SPDX-License-Identifier: EUPL-1.2
"""Every line a service logs: a constant sentence, and keys of the allow-list only.

At run time other keys are dropped; here it shows that nobody counts on one that will be missing,
or puts a value into the sentence, which no list could drop.
"""

import ast
from collections.abc import Iterator

import pytest

from rueckhalt_shared.logging import KEYS
from tests.rules import house
from tests.rules.house import Source, planted

LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "bind"}
SPELLED = {"rueckhalt_shared.ledger": "its `**key` is spelled out a few lines above: four codes"}
OWN = {"exc_info", "extra"}  # `extra` is the standard library's, and is not written at all


def talkative(source: Source) -> Iterator[str]:
    """List log calls whose sentence is put together, and keys that would be dropped."""
    for call in house.calls(source):
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr not in LEVELS:
            continue
        if ast.unparse(function.value).rpartition(".")[2] not in {"log", "_log", "logger"}:
            continue
        sentence = call.args[:1]
        if source.module in SPELLED:
            continue
        if len(call.args) > 1 or not all(map(is_constant, sentence)):
            yield source.at(call.lineno, f"not a constant sentence: {ast.unparse(call)}")
        for keyword in call.keywords:
            if keyword.arg not in KEYS | OWN:
                yield source.at(call.lineno, f"{keyword.arg}: not on the allow-list")


def is_constant(said: ast.expr) -> bool:
    """Is it a text, or one of two?"""
    if isinstance(said, ast.IfExp):
        return is_constant(said.body) and is_constant(said.orelse)
    return isinstance(said, ast.Constant)


def test_every_line_is_a_constant_sentence_with_known_keys() -> None:
    told = [s for s in house.sources() if s.module != "rueckhalt_shared.logging"]

    assert [fault for source in told for fault in talkative(source)] == []


@pytest.mark.parametrize(
    "line",
    [
        "log.info(f'reported by {name}')",
        "log.error('failed: ' + text)",
        "log.warning('odd %s', text)",
        "log.info('reported', narrative=text)",
        "log.info('reported', **values)",
    ],
)
def test_a_line_that_tells_too_much_is_caught(line: str) -> None:
    assert list(talkative(planted(line)))


def test_a_plain_line_passes() -> None:
    assert not list(talkative(planted("log.error('failed', incident_id=id, exc_info=error)")))
