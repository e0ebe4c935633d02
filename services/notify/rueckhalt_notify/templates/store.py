# SPDX-License-Identifier: EUPL-1.2
"""The texts as files: `content/templates/<code>/<language>/{subject,text,html}[.<level>]`.

`versions.json` beside them holds the number and the fingerprint of each code: a text that changes
without a new number does not load, so a sent notice always names the words it carried.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from rueckhalt_notify.templates.domain import LEVELS, OUTPUTS, BadTemplate, Template, parse

FOLDER = files("rueckhalt_notify") / "content" / "templates"


@dataclass(frozen=True)
class Edition:
    """One immutable version of a code: its outputs by (language, level)."""

    code: str
    version: int
    texts: Mapping[tuple[str, int], Mapping[str, Template]]

    @property
    def languages(self) -> list[str]:
        """The languages this code is written in."""
        return sorted({language for language, _ in self.texts})


@lru_cache(maxsize=1)
def editions() -> Mapping[str, Edition]:
    """All codes, read and proved once per process."""
    return read_editions(FOLDER)


def read_editions(folder: Traversable) -> Mapping[str, Edition]:
    """Read all codes of a folder; raises BadTemplate for anything unproved."""
    versions = json.loads((folder / "versions.json").read_text("utf-8"))
    found = {}
    for code, frozen in versions.items():
        if fingerprint(folder / code) != frozen["sha256"]:
            raise BadTemplate(f"{code}: the text was changed without a new version")
        found[code] = Edition(code, frozen["version"], _texts(folder / code))
    return found


def fingerprint(folder: Traversable) -> str:
    """SHA-256 over names and contents of a code's files."""
    digest = hashlib.sha256()
    for language in _names(folder):
        for name in _names(folder / language):
            content = (folder / language / name).read_bytes()
            digest.update(f"{language}/{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _texts(folder: Traversable) -> dict[tuple[str, int], dict[str, Template]]:
    return {
        (language, level): {
            output: parse(_source(folder / language, output, level), level=level)
            for output in OUTPUTS
        }
        for language in _names(folder)
        for level in LEVELS
    }


def _source(folder: Traversable, output: str, level: int) -> str:
    """The richest text up to the level; level 0 has the plain name."""
    for each in range(level, 0, -1):
        if (folder / f"{output}.{each}").is_file():
            return (folder / f"{output}.{each}").read_text("utf-8")
    return (folder / output).read_text("utf-8")


def _names(folder: Traversable) -> list[str]:
    return sorted(each.name for each in folder.iterdir())
