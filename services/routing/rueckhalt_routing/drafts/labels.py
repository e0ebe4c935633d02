# SPDX-License-Identifier: EUPL-1.2
"""Values of a plan as choices of a form, with their words."""

from collections.abc import Iterable, Mapping
from typing import Any

from rueckhalt_routing.drafts import editing
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.showing import spoken
from rueckhalt_routing.plan.vocabulary import ROLES, dimensions
from rueckhalt_routing.proof.table import Dimension
from rueckhalt_routing.proof.wording import Speech
from rueckhalt_routing.proving.told import speech
from rueckhalt_shared.contracts import codes

Choice = tuple[str, str]


def listed(value: object) -> list[str]:
    """What may stand as one text or as a list of them."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return [str(each) for each in value]
    return [str(value)]


def space(document: Document) -> tuple[Dimension, ...]:
    """The dimensions of this document's cases, with its own units."""
    return dimensions(tuple(dict.fromkeys(listed(document.get("units")))))


def said(document: Document) -> Speech:
    """The words for its values."""
    return speech(space(document), spoken())


def dimension_choices(document: Document) -> list[tuple[str, str, list[Choice]]]:
    """Each dimension with its name and its values."""
    say = said(document)
    return [
        (d.name, say.names[d.name], [(value, say.label(d, value)) for value in d.values])
        for d in space(document)
    ]


def when_in_words(document: Document, when: Mapping[str, Any]) -> str:
    """The conditions of a rule; codes nobody knows are shown as they are."""
    say = said(document)
    parts = []
    for d in space(document):
        values = listed(when.get(d.name))
        if values:
            told = ", ".join(say.label(d, value) for value in values)
            parts.append(f"{say.names[d.name]}: {told}")
    return "; ".join(parts)


def roles() -> list[Choice]:
    """Every role there is."""
    return [(code, codes.ROLES.label(code, spoken())) for code in ROLES]


def people(document: Document) -> list[Choice]:
    """Persons and partners of the document."""
    found: Iterable[dict[str, Any]] = (
        *editing.listed(document, "persons"),
        *editing.listed(document, "partners"),
    )
    return [(str(each.get("key")), str(each.get("name"))) for each in found]


def chains(document: Document) -> list[Choice]:
    """Its chains by their codes."""
    return [(code, code) for code in editing.named(document, "chains")]


def rotas(document: Document) -> list[Choice]:
    """Its rotas."""
    found = editing.named(document, "rotas")
    return [(code, str(each.get("title") or code)) for code, each in found.items()]


def with_chosen(choices: Iterable[Choice], chosen: Iterable[str] | None) -> list[Choice]:
    """The choices, and what is chosen although it is none of them (any more), as it is."""
    known = list(choices)
    codes_known = {code for code, _ in known}
    return [*known, *((each, each) for each in chosen or () if each and each not in codes_known)]
