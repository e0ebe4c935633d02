# SPDX-License-Identifier: EUPL-1.2
"""Fill a template for one notice."""

from collections.abc import Mapping
from dataclasses import dataclass

from rueckhalt_notify.templates import store
from rueckhalt_notify.templates.domain import ESCAPES, fill, languages


@dataclass(frozen=True)
class Rendered:
    """What a person will read."""

    language: str
    subject: str
    text: str
    html: str


def version_of(code: str) -> int:
    """The version a notice made now is pinned to."""
    return store.editions()[code].version


def render(code: str, *, language: str, level: int, values: Mapping[str, str]) -> Rendered:
    """The three outputs of a code in the best language there is."""
    edition = store.editions()[code]
    spoken = languages(language, edition.languages)[0]
    outputs = {
        name: fill(template, values, escape=ESCAPES[name])
        for name, template in edition.texts[spoken, level].items()
    }
    return Rendered(
        language=spoken,
        subject=outputs["subject"].strip(),
        text=outputs["text"].replace("\n\n\n", "\n"),
        html=outputs["html"].replace("<p></p>\n", ""),
    )
