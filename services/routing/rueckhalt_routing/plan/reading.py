# SPDX-License-Identifier: EUPL-1.2
"""Entries of a plan file: values that know their line, and a reader that collects what is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

_MOST_TOLD = 100
_UNITS = {"min": 60, "h": 3600, "d": 86400}
_LONGEST = timedelta(days=90)

WORDS = {
    "unreadable": ("ist kein lesbares YAML", "is not readable YAML"),
    "no_json": ("ist kein JSON", "is not JSON"),
    "no_xml": ("ist kein lesbares XML", "is not readable XML"),
    "no_entities": (
        "Entitäten und Verweise nach außen sind nicht erlaubt",
        "entities and external references are not allowed",
    ),
    "no_dmn": ("ist keine DMN-Datei", "is not a DMN file"),
    "no_feel": ("ist hier nicht verständlich", "cannot be understood here"),
    "only_persons": (
        "nennt nur Personen und bliebe ohne sie leer",
        "names only persons and would be empty without them",
    ),
    "no_utf8": ("ist kein Text in UTF-8", "is not text in UTF-8"),
    "no_csv": ("ist kein CSV", "is not CSV"),
    "no_section": (
        "die Datei beginnt nicht mit einem Abschnitt",
        "the file does not begin with a section",
    ),
    "no_column": ("steht in einer Spalte ohne Namen", "stands in a column without a name"),
    "no_workbook": ("ist keine lesbare Arbeitsmappe (XLSX)", "is not a readable workbook (XLSX)"),
    "formula": ("Formeln sind nicht erlaubt", "formulas are not allowed"),
    "file_too_large": ("die Datei ist zu groß", "the file is too large"),
    "unpacks_too_large": (
        "die Datei ist ausgepackt zu groß",
        "the file is too large when unpacked",
    ),
    "too_many_rows": ("hat zu viele Zeilen oder Spalten", "has too many rows or columns"),
    "too_large": ("ist größer als 1 MiB", "is larger than 1 MiB"),
    "too_many": ("hat mehr als 60.000 Einträge", "has more than 60,000 entries"),
    "too_deep": ("ist zu tief verschachtelt", "is nested too deeply"),
    "no_aliases": ("Anker und Verweise sind nicht erlaubt", "anchors and aliases are not allowed"),
    "no_tags": ("YAML-Tags sind nicht erlaubt", "YAML tags are not allowed"),
    "twice": ("kommt doppelt vor", "appears twice"),
    "missing": ("fehlt", "is missing"),
    "unknown_field": ("ist hier kein bekanntes Feld", "is not a known field here"),
    "want_mapping": ("muss aus Feldern bestehen", "must consist of fields"),
    "want_list": ("muss eine Liste sein", "must be a list"),
    "want_text": ("muss ein Text sein", "must be text"),
    "empty": ("darf nicht leer sein", "must not be empty"),
    "bad_form": ("hat nicht die erlaubte Form", "does not have the allowed form"),
    "unknown_code": ("ist nicht bekannt", "is not known"),
    "bad_duration": ("ist keine Dauer", "is not a duration"),
    "one_catch_all": (
        "es muss genau eine Auffangregel (Stufe 3) ohne Bedingung geben",
        "there must be exactly one catch-all rule (tier 3) without conditions",
    ),
    "chain_needed": ("eine Regel der Stufen 1 bis 3 braucht eine Meldekette", "needs a chain"),
    "ends_before": ("endet, bevor es beginnt", "ends before it begins"),
    "same_person": ("Vertretung muss eine andere Person sein", "must be another person"),
    "overlaps": ("überschneidet sich mit einem anderen Eintrag", "overlaps with another entry"),
}


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a plan from being used: where, which field, what is allowed."""

    line: int
    field: str
    code: str
    value: str = ""
    allowed: tuple[str, ...] = ()

    def words(self, language: str = "de") -> str:
        """The sentence for a person."""
        german = language == "de"
        said = WORDS[self.code][0 if german else 1]
        text = f"{'Zeile' if german else 'line'} {self.line}, {self.field or 'plan'}: "
        text += f"„{self.value}“ {said}" if self.value else said
        if self.allowed:
            text += f" ({'erlaubt' if german else 'allowed'}: {', '.join(self.allowed)})"
        return text

    def as_dict(self) -> dict[str, Any]:
        """Line, field, what is wrong and what would be right."""
        told: dict[str, Any] = {"field": self.field or "plan", "problem": self.words()}
        told["line"] = self.line
        return told | {"allowed": list(self.allowed)} if self.allowed else told


class PlanRefused(Exception):
    """The plan cannot be used; every problem is listed with its line."""

    def __init__(self, problems: Iterable[Problem], *, with_gaps: Any = None) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        self.with_gaps = with_gaps
        """The plan itself, where nothing is wrong but that it leaves cases to nobody."""
        super().__init__("; ".join(problem.words("en") for problem in self.problems[:5]))

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The problems as an API tells them."""
        return [problem.as_dict() for problem in self.problems[:_MOST_TOLD]]


@dataclass(frozen=True)
class Entry:
    """A value of the file with its line and its path."""

    line: int
    path: str
    value: Any  # str, list[Entry] or dict[str, Entry]


@dataclass
class Reader:
    """Takes values out of entries and collects what is wrong instead of stopping at it."""

    problems: list[Problem] = field(default_factory=list)

    def refuse(self, entry: Entry, code: str, *, allowed: Iterable[str] = ()) -> None:
        """Note a problem at this entry."""
        value = entry.value[:60] if isinstance(entry.value, str) else ""
        self.problems.append(Problem(entry.line, entry.path, code, value, tuple(allowed)))

    def fields(self, entry: Entry, required: Iterable[str], optional: Iterable[str] = ()) -> Any:
        """The fields of a mapping; unknown and missing ones are noted."""
        required, optional = tuple(required), tuple(optional)
        found = self.mapping(entry)
        for name in required:
            if name not in found:
                where = f"{entry.path}.{name}".lstrip(".")
                self.problems.append(Problem(entry.line, where, "missing"))
        for name, child in found.items():
            if name not in required and name not in optional:
                self.problems.append(
                    Problem(child.line, child.path, "unknown_field", "", required + optional)
                )
        return found

    def mapping(self, entry: Entry | None) -> dict[str, Entry]:
        """The children by name; nothing and empty text count as an empty mapping."""
        if entry is None or entry.value == "":
            return {}
        if not isinstance(entry.value, dict):
            self.refuse(entry, "want_mapping")
            return {}
        return entry.value

    def items(self, entry: Entry | None) -> list[Entry]:
        """The items of a list; a single text counts as a list of one."""
        if entry is None or entry.value == "":
            return []
        if isinstance(entry.value, dict):
            self.refuse(entry, "want_list")
            return []
        return entry.value if isinstance(entry.value, list) else [entry]

    def text(self, entry: Entry | None, *, longest: int = 500) -> str:
        """The text of a scalar; must not be empty where the field is written down."""
        if entry is None:
            return ""
        if not isinstance(entry.value, str):
            self.refuse(entry, "want_text")
            return ""
        if not entry.value.strip():
            self.refuse(entry, "empty")
        elif not entry.value.replace("\n", " ").isprintable():
            self.refuse(entry, "bad_form", allowed=("Text",))
        if len(entry.value) > longest:
            self.refuse(entry, "bad_form", allowed=(f"≤ {longest}",))
        return entry.value.strip()

    def code(self, entry: Entry, known: Iterable[str]) -> str:
        """A text that must be one of the known ones."""
        known = tuple(known)
        text = self.text(entry)
        if text and text not in known:
            self.refuse(entry, "unknown_code", allowed=known)
        return text

    def codes(self, entry: Entry | None, known: Iterable[str]) -> tuple[str, ...]:
        """A list of known texts, each once, in their order."""
        known = tuple(known)
        return tuple(dict.fromkeys(self.code(item, known) for item in self.items(entry)))

    def duration(self, entry: Entry) -> timedelta:
        """`10 min`, `2 h` or `3 d`."""
        amount, _, unit = self.text(entry, longest=20).partition(" ")
        if unit in _UNITS and len(amount) <= 6 and amount.isascii() and amount.isdigit():
            wanted = timedelta(seconds=int(amount) * _UNITS[unit])
            if timedelta(0) < wanted <= _LONGEST:
                return wanted
        self.refuse(entry, "bad_duration", allowed=("10 min", "2 h", "3 d", "≤ 90 d"))
        return timedelta(hours=1)
