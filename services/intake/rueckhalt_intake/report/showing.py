# SPDX-License-Identifier: EUPL-1.2
"""Questions and answers in words: the choices of each step, the review, the reasons of a danger."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rueckhalt_intake.mailbox.domain import SHARINGS
from rueckhalt_intake.report import domain
from rueckhalt_intake.units import Units
from rueckhalt_shared.contracts import codes, danger_level
from rueckhalt_shared.contracts.codes import CodeList
from rueckhalt_shared.pages.words import language, words

Choices = Sequence[tuple[str, str]]
_LISTS: Mapping[str, CodeList] = {
    "danger": codes.DANGERS,
    "forms": codes.FORMS,
    "place": codes.PLACES,
    "channel": codes.CHANNELS,
    "relation": codes.RELATIONS,
    "affected_groups": codes.AFFECTED_GROUPS,
    "motives": codes.MOTIVES,
    "role": codes.REPORTER_ROLES,
    "wishes": codes.WISHES,
}
_WISHES = ("contact", "advice_only", "complaint", "exclude_supervisor")
_ROLES = ("affected", "witness", "trusted_person", "supervisor")
_EFFECTS = ("acute", "high")


def choices(answers: Mapping[str, Any], *, units: Units, municipality: str) -> dict[str, Choices]:
    """What may be chosen, by field."""
    known = units.allowed(municipality) or ()
    found = {name: _labelled(codelist, codelist) for name, codelist in _LISTS.items()}
    found["danger"] = [
        *_labelled(codes.DANGERS, [each for each in codes.DANGERS if each != "unknown"]),
        (domain.NOTHING, words("report.danger_nothing")),
    ]
    found["role"] = _labelled(codes.REPORTER_ROLES, _ROLES)
    found["wishes"] = _labelled(codes.WISHES, _WISHES)
    found["sharing"] = [(each, words(f"report.sharing.{each}")) for each in SHARINGS]
    found["named"] = [("no", words("report.named_no")), ("yes", words("report.named_yes"))]
    found["yes_no"] = [("yes", words("desk.yes")), ("no", words("desk.no"))]
    found["units"] = [(unit, unit.replace("_", " ").capitalize()) for unit in known]
    return found


def review(answers: Mapping[str, Any], way: Collection[str]) -> list[tuple[str, str, str]]:
    """Each question with its answer, and the step it is changed at."""
    return [(step, words(f"report.{step}.short"), _told(step, answers)) for step in way]


def reasons(answers: Mapping[str, Any]) -> list[str]:
    """Why this looks dangerous: the answers that raise the level, as they were asked."""
    found = [
        codes.DANGERS.label(each, language())
        for each in domain.danger_of(answers) or ()
        if codes.DANGERS[each].attributes["effect"] in _EFFECTS
    ]
    place = answers.get("place")
    if place in codes.PLACES.having("raises_danger"):
        found.append(words("report.at_place", place=codes.PLACES.label(str(place), language())))
    return found


def level(answers: Mapping[str, Any]) -> str:
    """How dangerous it looks by the published rules."""
    return danger_level(domain.danger_of(answers), place=answers.get("place") or "unknown")


def _told(step: str, answers: Mapping[str, Any]) -> str:
    parts = list(_parts(step, answers))
    return "; ".join(parts) if parts else words("report.left_open")


def _parts(step: str, answers: Mapping[str, Any]) -> Iterator[str]:
    fields = _FIELDS[step]
    for name in fields:
        value = answers.get(name)
        if not value:
            continue
        values = value if isinstance(value, list | tuple) else [value]
        for each in values:
            yield _word(name, each)


_FIELDS: Mapping[str, tuple[str, ...]] = {
    domain.DANGER: ("danger",),
    domain.WHAT: ("forms",),
    domain.WHO: ("role",),
    domain.BEHALF: ("behalf",),
    domain.WHERE: ("place",),
    domain.CHANNEL: ("channel",),
    domain.SOURCE: ("relation",),
    domain.CONFLICT: ("accused_unit",),
    domain.TELL: ("narrative", "accused"),
    domain.CONTACT: ("named", "name", "email", "phone", "wishes", "aftercare"),
    domain.SHARING: ("sharing",),
    domain.MORE: ("occurred_on", "affected_groups", "organisation_unit", "motives"),
}


def _word(name: str, value: Any) -> str:
    if value == domain.NOTHING:
        return words("report.danger_nothing")
    if name in _LISTS:
        return _LISTS[name].label(value, language())
    if name == "occurred_on":
        return words("desk.day", at=date.fromisoformat(value))
    return words(_TEXTS[name].format(value)) if name in _TEXTS else str(value)


# Where the words of other choices are.
_TEXTS = {
    "named": "report.named_{}",
    "aftercare": "report.aftercare_{}",
    "sharing": "report.sharing.{}",
    "behalf": "desk.{}",
}


def _labelled(codelist: CodeList, chosen: Collection[str]) -> Choices:
    return [(each, codelist.label(each, language())) for each in chosen]
