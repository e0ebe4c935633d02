# SPDX-License-Identifier: EUPL-1.2
"""publiccode.yml keeps the required keys and limits of the standard 0.7: catalogues can read it."""

import re
import tomllib
from copy import deepcopy
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.rules.house import ROOT

TEXT = {"type": "string", "minLength": 1}
DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
DESCRIPTION = {
    "type": "object",
    "required": ["shortDescription", "longDescription", "features"],
    "properties": {
        "localisedName": TEXT,
        "shortDescription": {"type": "string", "minLength": 1, "maxLength": 150},
        "longDescription": {"type": "string", "minLength": 150, "maxLength": 10_000},
        "features": {"type": "array", "items": TEXT, "minItems": 1},
    },
    "additionalProperties": False,
}
DEPENDENCY = {
    "type": "object",
    "required": ["name"],
    "properties": {
        **dict.fromkeys(("name", "version", "versionMin", "versionMax"), TEXT),
        "optional": {"type": "boolean"},
    },
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        *("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus"),
        *("softwareType", "description", "legal", "maintenance", "localisation"),
    ],
    "properties": {
        "publiccodeYmlVersion": {"type": "string", "pattern": r"^0\.7(\.\d+)?$"},
        "name": TEXT,
        "url": {"type": "string", "pattern": "^https://"},
        "softwareVersion": TEXT,
        "releaseDate": DATE,
        "platforms": {"type": "array", "items": TEXT, "minItems": 1},
        "categories": {"type": "array", "items": {"type": "string", "pattern": "^[a-z-]+$"}},
        "developmentStatus": {"enum": ["concept", "development", "beta", "stable", "obsolete"]},
        "softwareType": {
            "enum": [
                *(f"standalone/{k}" for k in ("mobile", "iot", "desktop", "web", "backend")),
                *("standalone/other", "addon", "library", "configurationFiles"),
            ]
        },
        "intendedAudience": {
            "type": "object",
            "properties": {
                "countries": {"type": "array", "items": {"pattern": "^[A-Z]{2}$"}},
                "scope": {"type": "array", "items": {"pattern": "^[a-z-]+$"}},
            },
            "additionalProperties": False,
        },
        "description": {
            "type": "object",
            "patternProperties": {"^[a-z]{2,3}(-[A-Za-z]+)*$": DESCRIPTION},
            "minProperties": 1,
            "additionalProperties": False,
        },
        "legal": {"type": "object", "required": ["license"], "properties": {"license": TEXT}},
        "maintenance": {
            "type": "object",
            "required": ["type", "contacts"],
            "properties": {
                "type": {"enum": ["internal", "community"]},
                "contacts": {"type": "array", "minItems": 1, "items": {"required": ["name"]}},
            },
        },
        "localisation": {
            "type": "object",
            "required": ["localisationReady", "availableLanguages"],
            "properties": {
                "localisationReady": {"type": "boolean"},
                "availableLanguages": {"type": "array", "items": TEXT, "minItems": 1},
            },
        },
        "dependsOn": {
            "type": "object",
            "properties": {"open": {"type": "array", "items": DEPENDENCY}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}


def publiccode() -> dict[str, Any]:
    """Read the file; dates stay text as the standard wants them."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    return loaded


def faults(described: dict[str, Any]) -> list[str]:
    """List what the standard would complain about."""
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(described)]


def test_publiccode_keeps_the_standard() -> None:
    assert faults(publiccode()) == []


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_a_missing_key_is_caught(key: str) -> None:
    described = deepcopy(publiccode())

    del described[key]

    assert faults(described)


def test_licence_and_version_are_those_of_the_packages() -> None:
    text = (ROOT / "shared" / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]

    assert publiccode()["legal"]["license"] == project["license"]
    assert publiccode()["softwareVersion"] == project["version"]


def test_all_five_packages_and_the_changelog_carry_one_version() -> None:
    pattern = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)
    files = [ROOT / "shared/pyproject.toml", *ROOT.glob("services/*/pyproject.toml")]

    versions = {pattern.findall(file.read_text(encoding="utf-8"))[0] for file in files}

    assert len(files) == 5
    assert len(versions) == 1
    assert f"[{versions.pop()}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
