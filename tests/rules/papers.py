# SPDX-License-Identifier: EUPL-1.2
"""How the rules see the papers of deploy/compliance: their text, and what they name."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.rules import house
from tests.rules.house import ROOT

FOLDER = ROOT / "deploy" / "compliance"
_CODE = re.compile(r"`([^`\n]+)`")
_TEST = re.compile(r"tests/[\w/]+\.py::test_\w+")
_PATH = re.compile(r"(?:tests|shared|services|deploy)/[\w./-]*\w")
_SETTING = re.compile(r"RUECKHALT_[A-Z0-9_]+")
_ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)")
_EVENT = re.compile(r"[a-z]+\.[a-z_]+")
_FILES = {"csv", "json", "md", "py", "yaml", "yml"}
_PROVISION = re.compile(
    r"(?:Art\.|§§?)\s(?P<number>\d+[a-z]?)"
    r"(?:\s(?:Abs\.|Nr\.|Satz|Buchst\.)\s[\w, ]+?)*?\s(?P<law>[A-ZÄÖÜ]\w*[A-Z]\w*)"
)
_LEGAL = re.compile(
    r"\bArt\.\s\d|§§?\s\d+[a-z]?\s(?:Abs\.\s\d+\s)?(?:Nr\.\s\d+\s)?[A-ZÄÖÜ]\w*[A-Z]"
)
_NEXT = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ„(])")
_SOURCE = re.compile(r"\[(Q\d+)\]")
_BRACKET = re.compile(r"\[([^\]\n]+)\](?!\()")
TO_CHECK = "[zu prüfen]"
UNDER_WAY, MARK = "[im Bau]", "<!-- prüfen:"
WORDS = {"KOMMUNE", "zu prüfen", "im Bau"}


@dataclass(frozen=True)
class Paper:
    """One paper: its name and what it says."""

    name: str
    text: str

    def paragraphs(self) -> Iterator[tuple[int, str]]:
        """Paragraphs, list entries and rows of tables, each with the line it begins in."""
        start, lines = 0, list[str]()
        for number, line in enumerate([*self.text.splitlines(), ""], start=1):
            begins = not line.strip() or line.startswith(("|", "#", "- ", "(", "1. "))
            if begins and lines:
                yield start, " ".join(lines)
                lines = []
            if line.strip():
                start = start if lines else number
                lines.append(line.strip())

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Sentences, each with the line its paragraph begins in; a row of a table is one."""
        for line, text in self.paragraphs():
            whole = text.startswith("|")
            yield from ((line, each) for each in ([text] if whole else _NEXT.split(text)))

    def code(self) -> list[str]:
        """Everything that stands between backticks, also where a line ends in it."""
        return _CODE.findall(self.text)


def papers() -> list[Paper]:
    """All papers of the folder that people read."""
    return [Paper(path.name, path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.md"))]


def named_tests(text: str) -> list[str]:
    """The node ids of tests a text names."""
    return _TEST.findall(text)


def named_paths(text: str) -> set[str]:
    """The files of the repository a text names, whatever stands behind `::`."""
    return {path for path in _PATH.findall(text) if "." in path.rpartition("/")[2]}


def named_settings(text: str) -> set[str]:
    """The variables a text names."""
    return {name.removesuffix("_FILE") for name in _SETTING.findall(text)}


def named_routes(paper: Paper) -> set[tuple[str, str]]:
    """Method and path of every route a paper names."""
    found = (_ROUTE.fullmatch(each) for each in paper.code())
    return {(match[1], match[2]) for match in found if match}


def named_commands(paper: Paper) -> set[str]:
    """The commands a paper names, as words behind `rueckhalt`."""
    return {
        each.removeprefix("rueckhalt ") for each in paper.code() if each.startswith("rueckhalt ")
    }


def named_events(paper: Paper) -> set[str]:
    """The events a paper names."""
    return {e for e in paper.code() if _EVENT.fullmatch(e) and e.rpartition(".")[2] not in _FILES}


@cache
def tests_of(path: Path) -> frozenset[str]:
    """The names of the tests of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def is_there(named: str) -> bool:
    """Is there such a test, or such a file?"""
    path, _, test = named.partition("::")
    file = ROOT / path
    return file.is_file() and (not test or test in tests_of(file))


def unsourced(paper: Paper) -> Iterator[str]:
    """Legal sentences without the source of their law, and provisions nobody has read."""
    register = {law: (mark, read) for mark, (law, read) in sources().items()}
    for line, sentence in paper.sentences():
        if TO_CHECK in sentence or not _LEGAL.search(sentence):
            continue
        where, marks = f"{paper.name}:{line}", set(_SOURCE.findall(sentence))
        if not marks:
            yield f"{where}: law without a source"
        for match in _PROVISION.finditer(sentence):
            mark, read = register.get(match["law"], ("", set()))
            if mark not in marks:
                yield f"{where}: {match['law']} without its source"
            if match["number"] not in read:
                yield f"{where}: nobody has read {match['number']} {match['law']}"


@cache
def sources() -> dict[str, tuple[str, set[str]]]:
    """The register: mark to law and the provisions that were read."""
    rows = re.findall(
        r"^\| (Q\d+) \| ([^|]+) \| [^|]+ \| ([^|]*) \|", _text("quellen.md"), re.MULTILINE
    )
    return {mark: (law.strip(), set(re.findall(r"\d+[a-z]?", read))) for mark, law, read in rows}


def strange_brackets(paper: Paper) -> list[str]:
    """Marks nobody has agreed on: a placeholder is `[KOMMUNE]` and nothing else."""
    text = _CODE.sub("", paper.text)
    return [
        each
        for each in _BRACKET.findall(text)
        if each not in WORDS and not re.match(r"Q\d+$", each)
    ]


def unmarked(paper: Paper) -> list[int]:
    """Lines that say [im Bau] without the mark by which it is found at the merge."""
    return [
        number
        for number, line in enumerate(paper.text.splitlines(), start=1)
        if line.count(UNDER_WAY) > line.count(MARK) and "**[im Bau]**" not in line
    ]


@cache
def tables() -> set[str]:
    """Every table of the house, as `service.table`; `alle` are those each service has."""
    found = set()
    for source in (each for each in house.sources() if "Table(" in each.text):
        owner = source.package.removeprefix("rueckhalt_")
        if owner == "shared":
            owner = "identity" if ".identity." in source.module else "alle"
        found |= {f"{owner}.{name}" for name in _table_names(source)}
    return found


def _table_names(source: house.Source) -> Iterator[str]:
    for call in house.calls(source):
        if isinstance(call.func, ast.Name) and call.func.id == "Table" and call.args:
            first, *rest = call.args
            stored = any(ast.unparse(each).startswith("Column(") for each in rest)
            if stored and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
