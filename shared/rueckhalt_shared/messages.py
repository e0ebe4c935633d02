# SPDX-License-Identifier: EUPL-1.2
"""Texts for people, German first: JSON catalogues `messages/<language>.json`, no build step.

Each package may bring its own: `Catalogue.of_package("rueckhalt_notify").text("greeting", "de")`.
A text missing in a language falls back to German; a text missing everywhere is a fault.
"""

import importlib.resources
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

LANGUAGES = ("de", "en")
PAGE_LANGUAGES = (*LANGUAGES, "einfach")  # pages also speak Einfache Sprache where they can


class UnknownMessage(Exception):
    """No language has a text of that id."""


class Catalogue:
    """The texts of one package, read once."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def of_package(cls, package: str) -> "Catalogue":
        """The catalogue in `<package>/messages/`, shared between all who ask."""
        return _of_package(package)

    def text(self, message: str, language: str, **values: Any) -> str:
        """The text with its `{placeholders}` filled in."""
        for each in (language, *LANGUAGES):
            text = self._texts.get(each, {}).get(message)
            if text is not None:
                return text.format_map(values) if values else text
        raise UnknownMessage(message)

    def has(self, message: str) -> bool:
        """Is there a text of that id in any language?"""
        return any(message in texts for texts in self._texts.values())

    def missing(self) -> dict[str, set[str]]:
        """Per language, which ids another language has: what a test looks at."""
        everything = {message for texts in self._texts.values() for message in texts}
        return {language: everything - set(texts) for language, texts in self._texts.items()}


@cache
def _of_package(package: str) -> Catalogue:
    folder = importlib.resources.files(package) / "messages"
    files = {language: folder / f"{language}.json" for language in PAGE_LANGUAGES}
    return Catalogue(
        {
            language: json.loads(file.read_text("utf-8"))
            for language, file in files.items()
            if file.is_file()
        }
    )
