# SPDX-License-Identifier: EUPL-1.2
"""Every setting stands in a README with its default, common ones once; nothing else does."""

import re
from dataclasses import MISSING, Field, fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_shared import settings as shared_settings
from rueckhalt_shared.service import Service
from tests.rules import house
from tests.rules.house import ROOT, SERVICES, Source, planted

ROW = re.compile(r"^\|\s*`?(RUECKHALT_[A-Z0-9_]+)`?[^|]*\|([^|]*)\|([^|]*)\|", re.MULTILINE)


def variables(name: str) -> "dict[str, Field[Any]]":
    """List the variables a service reads."""
    service: Service = import_module(f"rueckhalt_{name}.app").service
    return shared_settings.variables(service.settings, name)


def table(text: str) -> dict[str, tuple[str, str]]:
    """Read the settings table of a README: variable to default and meaning."""
    return {name: (default.strip(), what.strip()) for name, default, what in ROW.findall(text)}


def readme(folder: str) -> str:
    """Read the README of a distribution."""
    return (ROOT / folder / "README.md").read_text(encoding="utf-8")


def shows(default: str, field: "Field[Any]") -> bool:
    """Say whether the README's default is that of the code, where the code has a plain one."""
    value = field.default
    if (
        value is MISSING
        or value is None
        or value in ("", (), frozenset())
        or field.metadata.get("secret")
    ):
        return True
    words = default.strip("`").replace("`", "")
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    return plain in words or plain in words.replace(",", "").replace(" ", "")


def environment_reads(source: Source) -> list[str]:
    """List places that read the environment on their own."""
    return [
        source.at(node_line, "reads the environment: settings.py does")
        for node_line, text in enumerate(source.text.splitlines(), start=1)
        if re.search(r"\bos\.(environ|getenv)\b", text)
    ]


def own(name: str) -> "dict[str, Field[Any]]":
    """List the variables of one service alone."""
    prefix = f"RUECKHALT_{name.upper()}_"
    return {v: field for v, field in variables(name).items() if v.startswith(prefix)}


def common() -> "dict[str, Field[Any]]":
    """List the variables that mean the same to every service."""
    every = {v: field for name in SERVICES for v, field in variables(name).items()}
    return {v: field for v, field in every.items() if not any(v in own(n) for n in SERVICES)}


def wrong_rows(told: dict[str, tuple[str, str]], read: "dict[str, Field[Any]]") -> dict[str, str]:
    """List rows whose default is not that of the code, or that say nothing."""
    rows = {variable: told[variable] for variable in set(told) & set(read)}
    return {
        variable: f"{default} | {meaning}"
        for variable, (default, meaning) in rows.items()
        if not shows(default, read[variable]) or len(meaning) < 5
    }


@pytest.mark.parametrize("name", SERVICES)
def test_the_readme_lists_every_setting_and_invents_none(name: str) -> None:
    told = set(table(readme(f"services/{name}")))

    assert set(own(name)) - told == set()
    assert told - set(variables(name)) == set()


def test_the_readme_of_shared_lists_exactly_the_common_settings() -> None:
    assert set(table(readme("shared"))) == set(common())


@pytest.mark.parametrize("folder", ["shared", *(f"services/{name}" for name in SERVICES)])
def test_the_readme_tells_the_default_and_the_meaning(folder: str) -> None:
    name = folder.removeprefix("services/")
    read = common() if folder == "shared" else variables(name)

    assert wrong_rows(table(readme(folder)), read) == {}


def test_a_wrong_row_is_caught() -> None:
    read = {"RUECKHALT_PORT": fields(shared_settings.ServiceSettings)[-1]}

    assert wrong_rows({"RUECKHALT_PORT": ("`xml`", "how logs look")}, read)
    assert wrong_rows({"RUECKHALT_PORT": ("`json`", "")}, read)
    assert not wrong_rows({"RUECKHALT_PORT": ("`json`", "how logs look")}, read)


@pytest.mark.parametrize("name", SERVICES)
def test_no_setting_looks_like_the_file_variant_of_another(name: str) -> None:
    assert [variable for variable in variables(name) if variable.endswith("_FILE")] == []


def test_a_table_is_read_as_it_is_written() -> None:
    text = "| variable | default | meaning |\n|---|---|---|\n| `RUECKHALT_DATA` | `x` | where |\n"

    assert table(text) == {"RUECKHALT_DATA": ("`x`", "where")}


@pytest.mark.parametrize("name", SERVICES)
def test_every_setting_has_an_embedded_default(name: str) -> None:
    required = [
        variable
        for variable, field in variables(name).items()
        if field.default is MISSING
        and field.default_factory is MISSING
        and not field.metadata.get("secret")
    ]

    assert required == []


def test_no_service_reads_the_environment_by_itself() -> None:
    assert [
        fault for source in house.service_sources() for fault in environment_reads(source)
    ] == []


def test_reading_the_environment_is_caught() -> None:
    assert environment_reads(planted("import os\nTOKEN = os.environ['TOKEN']"))


def test_the_env_example_knows_only_settings_there_are() -> None:
    example = Path(ROOT / "deploy" / "env.example")
    known = {variable for name in SERVICES for variable in variables(name)}

    text = example.read_text(encoding="utf-8") if example.exists() else ""
    told = set(re.findall(r"^#?\s?(RUECKHALT_[A-Z0-9_]+)=", text, re.MULTILINE))
    assert {name.removesuffix("_FILE") for name in told} <= known
