# SPDX-License-Identifier: EUPL-1.2
"""What is recorded must be readable: every act of the audit has words, in every language."""

import ast
import re
from collections.abc import Iterator

from rueckhalt_shared.messages import LANGUAGES, Catalogue
from tests.rules.house import Source, planted, sources

_ACT = re.compile(r"[a-z_]+\.[a-z_]+")


def acts(source: Source) -> Iterator[tuple[int, str]]:
    """The acts a module records: it knows the recording, and acts are its only dotted words."""
    imports = [node for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)]
    if not any(_is_recording(node) for node in imports):
        return
    for node in ast.walk(source.tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and _ACT.fullmatch(text):
            yield node.lineno, text


def _is_recording(node: ast.ImportFrom) -> bool:
    names = {name.name for name in node.names}
    return (
        node.module in ("rueckhalt_shared.audit.recording", "rueckhalt_shared.identity.noting")
        or (node.module == "rueckhalt_shared.audit" and "recording" in names)
        or (node.module == "rueckhalt_shared.identity" and "noting" in names)
    )


def without_words(source: Source) -> list[str]:
    """The acts that a reader of the audit would see as a code."""
    catalogues = [Catalogue.of_package(name) for name in {source.package, "rueckhalt_shared"}]
    faults = []
    for line, act in acts(source):
        message = f"audit.act.{act}"
        lacking = [
            language
            for language in LANGUAGES
            if not any(_speaks(catalogue, language, message) for catalogue in catalogues)
        ]
        if lacking:
            faults.append(source.at(line, f"{message} has no text in {', '.join(lacking)}"))
    return faults


def _speaks(catalogue: Catalogue, language: str, message: str) -> bool:
    return catalogue.has(message) and message not in catalogue.missing().get(language, set())


def test_every_act_of_the_audit_has_words() -> None:
    recorded = [act for source in sources() for _, act in acts(source)]
    faults = [fault for source in sources() for fault in without_words(source)]

    assert len(recorded) > 10
    assert not faults


def test_an_act_without_words_is_found() -> None:
    source = planted(
        "from rueckhalt_shared.audit.recording import Act, record\n"
        "def note(tx): record(tx, Act(act='moon.painted', why='x'))\n"
    )

    assert without_words(source) == [
        f"{source.path}:2: audit.act.moon.painted has no text in de, en"
    ]
