# SPDX-License-Identifier: EUPL-1.2
"""The papers for data protection and staff council say what is true: whatever they name is there.

Who adds a table, a field of a report, a role or a setting that a paper lists is reminded here.
"""

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from rueckhalt_intake.incidents.schemas import ReportIncidentSchema
from rueckhalt_intake.retention.domain import Classes
from rueckhalt_intake.retention.reading import read_classes
from rueckhalt_shared import contracts
from rueckhalt_shared import settings as shared_settings
from rueckhalt_shared.cli import rueckhalt
from rueckhalt_shared.identity.roles import ROLES
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.service import Service
from rueckhalt_shared.transport_topology import KEPT as EMBEDDED
from tests.rules import papers
from tests.rules.house import ROOT, SERVICES
from tests.rules.papers import FOLDER, Paper

HEAD = ["anforderung", "stufe", "thema", "status", "nachweis", "begruendung"]
STATUSES = ("erfüllt", "teilweise", "offen", "nicht anwendbar")
LEVELS = {"1": 70, "2": 183, "3": 92}  # as ASVS 5.0.0 counts them
STATES = ("umgesetzt", "teilweise", "offen", "geplant")
FIELDS = {"id", "datenart", "frist", "beginn", "status", "tabellen"}
EXPECTED = {
    *("README.md", "asvs.csv", "dienstvereinbarung.md", "dsfa.md", "loeschkonzept.md"),
    *("loeschkonzept.yaml", "quellen.md", "threat-model.md", "tom.md"),
    "verarbeitungsverzeichnis.md",
}

all_papers = pytest.mark.parametrize("paper", papers.papers(), ids=lambda each: each.name)


def requirements() -> list[dict[str, str]]:
    """Read the sheet of requirements."""
    with (FOLDER / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def classes() -> list[dict[str, Any]]:
    """Read the deletion classes."""
    text = (FOLDER / "loeschkonzept.yaml").read_text("utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)["klassen"]
    return found


def paper(name: str) -> Paper:
    """Read one paper."""
    return next(each for each in papers.papers() if each.name == name)


def service(name: str) -> Service:
    """Import the composition of a service."""
    composed: Service = import_module(f"rueckhalt_{name}.app").service
    return composed


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Every method and path of all services."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith("RUECKHALT_")]:
            patch.delenv(variable)
        return {each for name in SERVICES for each in _routes(name, tmp_path_factory.mktemp(name))}


def _routes(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    composed = service(name)
    settings = composed.settings_from_env(given={"data": folder})
    upgrade(settings.database_url, composed.migrations)
    database = composed.database(settings)
    for rule in composed.create_app(settings, database).url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        yield from ((method, path) for method in rule.methods or ())
    database.engine.dispose()


# ------------------------------------------------------------------------------ every paper


def test_the_papers_are_these() -> None:
    assert {path.name for path in FOLDER.iterdir()} == EXPECTED


@all_papers
def test_a_paper_has_its_date_and_is_no_legal_advice(paper: Paper) -> None:
    head = "\n".join(paper.text.splitlines()[:4])

    assert re.search(r"^Stand: \d{1,2}\. [A-ZÄ][a-zä]+ 20\d\d ·", head, re.MULTILINE)
    assert "ersetzt keine Rechtsberatung" in head


@all_papers
def test_what_a_paper_names_is_there(paper: Paper) -> None:
    named = {*papers.named_tests(paper.text), *papers.named_paths(paper.text)}

    assert [each for each in sorted(named) if not papers.is_there(each)] == []


@all_papers
def test_every_setting_a_paper_names_is_read(paper: Paper) -> None:
    known = {v for n in SERVICES for v in shared_settings.variables(service(n).settings, n)}

    assert papers.named_settings(paper.text) - known == set()


@all_papers
def test_every_route_a_paper_names_answers(paper: Paper, routes: set[tuple[str, str]]) -> None:
    assert papers.named_routes(paper) - routes == set()


@all_papers
def test_every_event_a_paper_names_is_published(paper: Paper) -> None:
    known = {kind.removeprefix("de.rueckhalt.").rpartition(".")[0] for kind in contracts.TYPES}

    assert papers.named_events(paper) - known == set()


@all_papers
def test_every_command_a_paper_names_can_be_called(paper: Paper) -> None:
    assert [each for each in sorted(papers.named_commands(paper)) if not is_command(each)] == []


@all_papers
def test_no_legal_sentence_without_a_source(paper: Paper) -> None:
    assert list(papers.unsourced(paper)) == []
    assert set(re.findall(r"\[(Q\d+)\]", paper.text)) <= set(papers.sources())


@all_papers
def test_what_the_municipality_fills_in_is_marked_the_same_way(paper: Paper) -> None:
    assert papers.strange_brackets(paper) == []
    assert not re.search(r"_{3,}|\.{4,}|\bXX+\b", paper.text)


@all_papers
def test_what_is_under_way_can_be_found(paper: Paper) -> None:
    assert papers.unmarked(paper) == []


@all_papers
def test_links_lead_somewhere(paper: Paper) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", paper.text)

    assert [each for each in links if not (FOLDER / each).is_file()] == []


def test_the_reading_order_leads_to_every_paper() -> None:
    linked = set(re.findall(r"\]\(([\w.-]+)\)", paper("README.md").text))

    assert linked == EXPECTED - {"README.md"}


def is_command(words: str) -> bool:
    """Say whether these words call something; what begins with - must be one of its options."""
    command: click.Command = rueckhalt
    for word in words.split():
        if word.startswith("-"):
            if not any(word in param.opts for param in command.params):
                return False
        elif isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return False
            command = found
    return not isinstance(command, click.Group)


# ------------------------------------------------------------------- requirements (ASVS 5.0.0)


def test_every_requirement_of_the_standard_stands_there_once() -> None:
    numbers = [tuple(map(int, row["anforderung"][1:].split("."))) for row in requirements()]
    sections = Counter(number[:2] for number in numbers)

    assert numbers == sorted(set(numbers))
    assert all(
        sorted(n for *section, n in numbers if tuple(section) == wanted)
        == list(range(1, count + 1))
        for wanted, count in sections.items()
    )
    assert dict(Counter(row["stufe"] for row in requirements())) == LEVELS


def test_a_requirement_has_its_evidence_or_a_reason() -> None:
    assert [fault for row in requirements() for fault in faults_of(row)] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "ja"},
        {"nachweis": ""},
        {"nachweis": "tests/shared/test_web.py::test_nobody_has_written_this"},
        {"nachweis": "tests/shared/test_nowhere.py"},
        {"thema": "x" * 90},
        {"status": "teilweise", "begruendung": ""},
        {"status": "offen", "nachweis": "", "begruendung": ""},
    ],
)
def test_a_bad_row_is_caught(changed: dict[str, str]) -> None:
    row = next(row for row in requirements() if row["status"] == "erfüllt")

    assert list(faults_of(row)) == []
    assert list(faults_of(row | changed))


def faults_of(row: dict[str, str]) -> Iterator[str]:
    """List what is wrong with one row of the sheet."""
    name, evidence = row["anforderung"], row["nachweis"].split()
    if list(row) != HEAD or row["status"] not in STATUSES:
        yield f"{name}: not a row of this sheet"
    if not 3 <= len(row["thema"]) <= 70:
        yield f"{name}: a few words of our own, not the text of the standard"
    if row["status"] in ("erfüllt", "teilweise") and not evidence:
        yield f"{name}: no evidence"
    if row["status"] != "erfüllt" and len(row["begruendung"]) < 5:
        yield f"{name}: no reason"
    yield from (f"{name}: there is no {each}" for each in evidence if not papers.is_there(each))


def test_the_summary_counts_what_the_sheet_says() -> None:
    counted = Counter((row["stufe"], row["status"]) for row in requirements())
    told = re.findall(r"^\| ([123]) \| (\d+) \| (.+) \|$", paper("README.md").text, re.MULTILINE)

    assert [(level, int(total)) for level, total, _ in told] == list(LEVELS.items())
    assert [[int(each) for each in rest.split(" | ")] for _, _, rest in told] == [
        [counted[level, status] for status in STATUSES] for level in LEVELS
    ]


# --------------------------------------------------------------------------- deletion concept


def test_a_class_says_what_how_long_and_since_when() -> None:
    named = [each["id"] for each in classes()]

    assert len(named) == len(set(named))
    assert [
        e["id"]
        for e in classes()
        if set(e) - {"wert"} != FIELDS or not all(e[field] for field in FIELDS - {"tabellen"})
    ] == []
    assert {each["status"] for each in classes()} <= set(STATES)


def test_the_paper_and_the_file_have_the_same_classes() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| (\w+) \|$",
        paper("loeschkonzept.md").text,
        re.MULTILINE,
    )

    assert rows == [
        (e["id"], e["datenart"], e["frist"], e["beginn"], e["status"]) for e in classes()
    ]


def test_every_table_has_a_deletion_class() -> None:
    covered = {table for each in classes() for table in each["tabellen"]}

    assert papers.tables() - covered == set(), "name the table in deploy/compliance/loeschkonzept.*"
    assert covered - papers.tables() == set()


def test_the_classes_of_the_code_are_those_of_the_concept() -> None:
    told = {
        each["wert"]["einstellung"]: each["wert"]["monate"]
        for each in classes()
        if "einstellung" in each.get("wert", {})
    }

    assert Classes(**told) == read_classes(None)


def test_the_periods_of_the_code_are_those_of_the_concept() -> None:
    told = [each for each in classes() if "tage" in each.get("wert", {})]

    assert [
        e["id"] for e in told if periods(e["wert"]) != {timedelta(days=e["wert"]["tage"])}
    ] == []


def test_a_period_is_told_in_words_as_in_figures() -> None:
    figures = {each["id"]: each["wert"] for each in classes() if "wert" in each}
    words = {each["id"]: each["frist"].split()[0] for each in classes() if "wert" in each}

    assert words == {id: str(w.get("tage", w.get("monate"))) for id, w in figures.items()}


def periods(worth: dict[str, Any]) -> set[timedelta]:
    """How long the code keeps it: a constant, or a queue on RabbitMQ and on the embedded bus."""
    if "konstante" in worth:
        module, _, name = worth["konstante"].partition(":")
        return {getattr(import_module(module), name)}
    queue = worth["warteschlange"]
    rabbitmq = json.loads((ROOT / "deploy/rabbitmq/definitions.json").read_text("utf-8"))
    pattern = f"^{re.escape(queue)}$"
    policy = next(each for each in rabbitmq["policies"] if each["pattern"] == pattern)
    kept = timedelta(milliseconds=policy["definition"]["message-ttl"])
    return {kept, timedelta(seconds=EMBEDDED[queue].ttl or 0)}


# --------------------------------------------------------------------- what the papers list


def test_the_record_of_processing_names_every_field_of_a_report() -> None:
    code = set(paper("verarbeitungsverzeichnis.md").code())

    assert {each for each in report_fields() if each not in code} == set()


def report_fields() -> Iterator[str]:
    """The fields of a report, those of its parts included."""
    for name, field in ReportIncidentSchema().fields.items():
        yield name
        yield from getattr(getattr(field, "schema", None), "fields", ())


def test_the_measures_name_every_role() -> None:
    told = re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", paper("tom.md").text, re.MULTILINE)

    assert told == list(ROLES)


# ------------------------------------------------------------------- the rules catch something


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("Nötig nach Art. 35 Abs. 1 DSGVO.", True),
        ("Nötig nach Art. 35 Abs. 1\nDSGVO [Q1].", False),
        ("Nötig nach Art. 9 Abs. 2 DSGVO [Q1].", True),
        ("Nötig nach Art. 9 Abs. 2 DSGVO [zu prüfen].", False),
        ("| Schutz | § 80 Abs. 1 Nr. 21 BPersVG |", True),
        ("| Schutz | § 80 Abs. 1 Nr. 21 BPersVG | [Q3] |", False),
        ("Erster Satz [Q2].\n\nZweiter nach § 26 BDSG.", True),
        ("Erster nach § 26 BDSG [Q2]. Zweiter nach § 26 BDSG.", True),
        ("Nötig nach § 26 BDSG [Q1].", True),
        ("## § 4 Keine Kontrolle", False),
    ],
)
def test_a_legal_sentence_without_source_is_caught(text: str, caught: bool) -> None:
    assert bool(list(papers.unsourced(Paper("planted", text)))) == caught


@pytest.mark.parametrize("text", ["Name: [Gemeinde]", "[offen]", "[Q]"])
def test_another_placeholder_is_caught(text: str) -> None:
    assert papers.strange_brackets(Paper("planted", text))


def test_something_under_way_without_its_mark_is_caught() -> None:
    bare, marked = "Rechte [im Bau].", "Rechte [im Bau]. <!-- prüfen: Rechte -->"

    assert papers.unmarked(Paper("planted", bare)) == [1]
    assert papers.unmarked(Paper("planted", marked)) == []


def test_what_is_not_there_is_caught(routes: set[tuple[str, str]]) -> None:
    planted = Paper(
        "planted",
        "`GET /v1/nowhere` `RUECKHALT_NOWHERE` `incident.vanished` `rueckhalt vanish` "
        "`rueckhalt check --nowhere` `tests/rules/test_nowhere.py::test_nothing`",
    )

    assert papers.named_routes(planted) - routes
    assert papers.named_settings(planted.text) == {"RUECKHALT_NOWHERE"}
    assert papers.named_events(planted) == {"incident.vanished"}
    assert [is_command(each) for each in sorted(papers.named_commands(planted))] == [False, False]
    assert not papers.is_there(papers.named_tests(planted.text)[0])
