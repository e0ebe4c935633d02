# SPDX-License-Identifier: EUPL-1.2
"""The code lists, read from `codes.json`: append-only, each code with labels in three languages.

Every list about what happened contains `unknown`; lists that only our own services write
(modes, parts, tiers …) do not, but a reader may still meet `unknown` where a newer writer
used a code this version does not have.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from rueckhalt_shared.contracts import mapping

UNKNOWN = "unknown"
LANGUAGES: tuple[str, ...] = ("de", "en", "einfach")
TO_BE_CHECKED = "to be checked"

_UNKNOWN_LABELS = {"de": "unbekannt", "en": "unknown", "einfach": "Das wissen wir nicht."}


@dataclass(frozen=True)
class Code:
    """One code with its labels. `checked` says `to be checked` where the fact is not verified."""

    code: str
    de: str
    en: str
    einfach: str
    source: str
    checked: str
    attributes: Mapping[str, Any]

    @property
    def to_be_checked(self) -> bool:
        """Whether the fact behind this code still waits for a look at its source."""
        return self.checked == TO_BE_CHECKED


@dataclass(frozen=True)
class Form(Code):
    """A form of hostility: its outer class, usual severity, and the words of other schemes.

    The words come from `mapping.csv`, which also says how sure they are.
    """

    outer: str
    severity: int | None
    komo: str
    inge: str
    rias: str
    pmk: str
    norm: str


class CodeList:
    """An ordered, closed list of codes. Iterating gives the codes in their fixed order."""

    def __init__(self, name: str, entries: tuple[Code, ...]) -> None:
        self.name = name
        self.entries: Mapping[str, Code] = {entry.code: entry for entry in entries}
        self.codes: tuple[str, ...] = tuple(self.entries)
        self._position = {code: place for place, code in enumerate(self.codes)}

    def __contains__(self, code: object) -> bool:
        return code in self._position

    def __iter__(self) -> Iterator[str]:
        return iter(self.codes)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, code: str) -> Code:
        return self.entries[code]

    def __repr__(self) -> str:
        return f"CodeList({self.name!r}, {len(self)} codes)"

    def order(self, code: str) -> int:
        """The place of a code in the list; a code that is not in it comes last."""
        return self._position.get(code, len(self.codes))

    def label(self, code: str, lang: str = "de") -> str:
        """The code in words. A code of a newer version reads as unknown."""
        if lang not in LANGUAGES:
            raise ValueError(f"language {lang!r} is none of {', '.join(LANGUAGES)}")
        entry = self.entries.get(code) or self.entries.get(UNKNOWN)
        return str(getattr(entry, lang)) if entry else _UNKNOWN_LABELS[lang]

    def having(self, attribute: str) -> frozenset[str]:
        """The codes that carry this mark, for example the internal relations."""
        return frozenset(
            code for code, entry in self.entries.items() if entry.attributes.get(attribute)
        )


class FormList(CodeList):
    """The forms of hostility."""

    def __getitem__(self, code: str) -> Form:
        form = self.entries[code]
        assert isinstance(form, Form)  # noqa: S101 – built so three lines below
        return form


_LABEL_FIELDS = ("code", *LANGUAGES, "source", "checked")


def _code(entry: dict[str, Any], of_list: dict[str, Any]) -> Code:
    given = {name: of_list.get(name, "") for name in ("source", "checked")} | entry
    labels = {name: given[name] for name in _LABEL_FIELDS}
    rest = {name: value for name, value in given.items() if name not in _LABEL_FIELDS}
    if of_list["name"] != "forms":
        return Code(**labels, attributes=rest)
    return Form(
        **labels,
        attributes=rest,
        outer=rest["outer"],
        severity=rest["severity"],
        norm=rest["norm"],
        komo=mapping.word_of("komo", entry["code"]),
        inge=mapping.word_of("inge", entry["code"]),
        rias=mapping.word_of("rias", entry["code"]),
        pmk=mapping.word_of("pmk", entry["code"]),
    )


def _load() -> dict[str, CodeList]:
    text = files("rueckhalt_shared.contracts").joinpath("codes.json").read_text("utf-8")
    lists: dict[str, CodeList] = {}
    for given in json.loads(text)["lists"]:
        entries = tuple(_code(entry, given) for entry in given["codes"])
        kind = FormList if given["name"] == "forms" else CodeList
        lists[given["name"]] = kind(given["name"], entries)
    return lists


LISTS: Mapping[str, CodeList] = _load()

_forms = LISTS["forms"]
assert isinstance(_forms, FormList)  # noqa: S101 – for the type checker
FORMS: FormList = _forms
OUTER_FORMS = LISTS["outer_forms"]
CHANNELS = LISTS["channels"]
PLACES = LISTS["places"]
AFFECTED_GROUPS = LISTS["affected_groups"]
REPORTER_ROLES = LISTS["reporter_roles"]
REPORTER_KINDS = LISTS["reporter_kinds"]
RELATIONS = LISTS["relations"]
MOTIVES = LISTS["motives"]
SEVERITIES = LISTS["severities"]
DANGERS = LISTS["dangers"]
DANGER_LEVELS = LISTS["danger_levels"]
WISHES = LISTS["wishes"]
STATUSES = LISTS["statuses"]
CLOSE_REASONS = LISTS["close_reasons"]
ERASURE_SCOPES = LISTS["erasure_scopes"]
MESSAGE_DIRECTIONS = LISTS["message_directions"]
DEADLINES = LISTS["deadlines"]
ENTITLED = LISTS["entitled"]
URGENCIES = LISTS["urgencies"]
ROLES = LISTS["roles"]
PARTS = LISTS["parts"]
TIERS = LISTS["tiers"]
ASSIGNMENT_STATES = LISTS["assignment_states"]
ESCALATION_CAUSES = LISTS["escalation_causes"]
REMINDERS = LISTS["reminders"]
GAP_KINDS = LISTS["gap_kinds"]
SWAP_STATES = LISTS["swap_states"]
NOTICE_CHANNELS = LISTS["notice_channels"]
FAILURE_CLASSES = LISTS["failure_classes"]
VERBS = LISTS["verbs"]
CONTACT_STATES = LISTS["contact_states"]
HEALTH_STATES = LISTS["health_states"]
AUDIENCES = LISTS["audiences"]
MODES = LISTS["modes"]
SERVICES = LISTS["services"]

INTERNAL_RELATIONS: frozenset[str] = RELATIONS.having("internal")
BIAS_MOTIVES: frozenset[str] = MOTIVES.having("pmk")
