# SPDX-License-Identifier: EUPL-1.2
"""Catalogues of texts: the same ids in every language."""

import re

import pytest

from rueckhalt_shared.messages import LANGUAGES, PAGE_LANGUAGES, Catalogue, UnknownMessage

OURS = Catalogue.of_package("rueckhalt_shared")


def test_every_language_has_every_text():
    missing = OURS.missing()

    assert {language: missing[language] for language in LANGUAGES} == {"de": set(), "en": set()}


def test_einfache_sprache_has_every_text_of_pages():
    terminal = {message for message in OURS.missing()["einfach"] if message.startswith("greeting.")}

    assert OURS.missing()["einfach"] == terminal


def test_placeholders_are_the_same_in_every_language():
    german = OURS._texts["de"]

    for language in PAGE_LANGUAGES:
        for message, text in OURS._texts[language].items():
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", german[message]))


def test_a_text_missing_in_a_language_falls_back_to_german():
    catalogue = Catalogue({"de": {"greeting": "Guten Tag, {name}"}, "en": {}})

    assert catalogue.text("greeting", "en", name="Anna") == "Guten Tag, Anna"


def test_a_text_nobody_has_is_a_fault():
    with pytest.raises(UnknownMessage):
        OURS.text("nonsense", "de")
