# SPDX-License-Identifier: EUPL-1.2
"""What every file of the repository carries, and what none may carry."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules import house
from tests.rules.house import ROOT, Source, planted

SPDX = "SPDX-License-Identifier: EUPL-1.2"
WITH_SPDX = {".py", ".sh", ".service", ".timer", ".toml", ".yml", ".yaml", ".css", ".js", ".html"}
FOREIGN = ("/vendor/", "tests/bench/peers/")  # other people's files keep their own headers
TEXT_LIMIT = 2_000_000

# Written in pieces, so that this file does not contain what it looks for.
HOMES = "|".join(("root", "work", "home/[a-z]+", "Users/[A-Za-z]+", "tmp/[a-z0-9]{2,4}"))
HOSTS = "|".join((r"pypi\." + "org", "python" + "hosted", "registry" + r"\.npmjs", "/simple" + "/"))
TRACES = {
    "a path of somebody's machine": re.compile(rf"(?<![\w.$}}/-])/(?:{HOMES})/[\w.-]+"),
    "the address of a package index": re.compile(HOSTS),
    "an index option": re.compile(r"--(?:extra-)?index" + r"-url|--find" + "-links"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE " + "KEY-----"),
}


def text_of(path: Path) -> str | None:
    """Read a file as text; None for what is not text."""
    if path.stat().st_size > TEXT_LIMIT:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def traces(name: str, text: str) -> Iterator[str]:
    """List what ties a text to one machine or gives a secret away."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in TRACES.items():
            if pattern.search(line):
                yield f"{name}:{number}: {what}"


def is_ours(path: Path) -> bool:
    """Say whether we wrote this file."""
    return not any(part in path.relative_to(ROOT).as_posix() for part in FOREIGN)


def without_docstring(source: Source) -> Iterator[str]:
    """Say when a file with code does not say what it is for."""
    if source.tree.body and not ast.get_docstring(source.tree):
        yield source.at(1, "starts with a docstring that says what the file is for")


def test_every_file_names_its_licence() -> None:
    ours = [path for path in house.tracked() if path.suffix in WITH_SPDX and is_ours(path)]

    silent = [
        str(path.relative_to(ROOT))
        for path in ours
        if path.stat().st_size and SPDX not in "\n".join((text_of(path) or "").split("\n")[:5])
    ]
    assert silent == []


def test_every_module_says_what_it_is_for() -> None:
    assert [fault for source in house.sources() for fault in without_docstring(source)] == []


def test_a_module_without_docstring_is_caught() -> None:
    assert list(without_docstring(planted("import os")))


def test_no_file_carries_traces_of_a_machine() -> None:
    texts = {path: text_of(path) for path in house.tracked() if is_ours(path)}

    found = [f for p, text in texts.items() if text for f in traces(str(p.relative_to(ROOT)), text)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "DATA = '/ro" + "ot/rueckhalt'",
        "cd /home/" + "anna/rueckhalt",
        "--extra-index" + "-url https://example.org",
        "https://pypi." + "org/project/flask",
        "-----BEGIN PRIVATE " + "KEY-----",
    ],
)
def test_a_trace_is_caught(line: str) -> None:
    assert list(traces("planted", line))


def test_example_paths_pass() -> None:
    assert not list(traces("planted", "/var/lib/rueckhalt /run/secrets/smtp $HOME/work/x"))


def test_there_is_no_note_to_do_later() -> None:
    pattern = re.compile(r"\b(?:TO" + "DO|FIX" + "ME|X" + "XX)\\b")

    found = [source.at(1, "note") for source in house.sources() if pattern.search(source.text)]
    assert found == []


def test_the_licence_is_the_full_official_text() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "15.Applicable Law" in text
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in text
