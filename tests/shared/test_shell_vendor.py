# SPDX-License-Identifier: EUPL-1.2
"""Files other people made: exactly those of the lock, with their licences, and nothing else."""

import importlib.util
import re

import pytest

from tests.rules.house import ROOT

FOLDER = ROOT / "shared" / "rueckhalt_shared" / "static"


@pytest.fixture
def vendor():
    spec = importlib.util.spec_from_file_location(
        "vendor", ROOT / "deploy" / "vendor" / "vendor.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_those_of_the_lock(vendor):
    assert vendor.differences(vendor.read_lock()) == []


def test_a_changed_a_missing_and_an_extra_file_are_caught(vendor, tmp_path):
    lock = {
        "x-1": {"files": [{"as": "a", "sha256": vendor.sha256(b"a")}, {"as": "b", "sha256": ""}]}
    }
    (tmp_path / "x-1").mkdir()
    (tmp_path / "x-1" / "a").write_bytes(b"changed")
    (tmp_path / "x-1" / "c").write_bytes(b"extra")

    assert vendor.differences(lock, tmp_path) == [
        "missing: x-1/b",
        "not in the lock: x-1/c",
        "changed: x-1/a",
    ]


def test_every_package_brings_its_licence(vendor):
    for name, package in vendor.read_lock().items():
        licences = [f for f in package["files"] if f["as"].startswith("LICENSE")]

        assert licences, name
        assert package["licence"] in ("EUPL-1.2", "OFL-1.1", "0BSD")
        assert name.endswith(package["version"])


def test_style_sheets_ask_for_nothing_from_elsewhere():
    for sheet in FOLDER.rglob("*.css"):
        addresses = re.findall(r"url\(\s*[\"']?([^)\"']{1,60})", sheet.read_text("utf-8"))

        assert [a for a in addresses if not a.startswith(("data:", "vendor/"))] == [], sheet.name
        assert "@import" not in sheet.read_text("utf-8")


def test_every_font_the_style_sheet_names_is_there():
    style = (FOLDER / "rueckhalt.css").read_text("utf-8")

    named = re.findall(r'url\("([^"]+)"\)', style)

    assert len(named) == 6
    assert all((FOLDER / name).is_file() for name in named)
