# SPDX-License-Identifier: EUPL-1.2
"""What a file of absences brings, and what keeps it from being used: line and field."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_BYTES = 5 * 1024 * 1024
MOST_LINES = 10_000
MOST_FOUND = 5_000
MOST_TOLD = 50

WORDS = {
    "too_large": ("ist größer als 5 MiB", "is larger than 5 MiB"),
    "no_text": ("ist keine Textdatei", "is not a text file"),
    "no_calendar": ("ist weder eine Tabelle noch ein Kalender", "is no table and no calendar"),
    "too_many_lines": ("hat mehr als 10.000 Zeilen", "has more than 10,000 lines"),
    "too_many": ("bringt mehr als 5.000 Abwesenheiten", "brings more than 5,000 absences"),
    "too_long": (
        "braucht zu lange; weniger oder einfachere Wiederholungen",
        "takes too long; fewer or simpler repetitions",
    ),
    "broken": ("ist beschädigt", "is damaged"),
    "unknown_column": ("ist keine bekannte Spalte", "is not a known column"),
    "missing_column": ("diese Spalte fehlt", "this column is missing"),
    "missing": ("fehlt", "is missing"),
    "unknown_person": ("steht nicht im Plan", "is not in the plan"),
    "bad_time": ("ist kein Tag und keine Uhrzeit", "is no day and no time"),
    "ends_before": ("endet, bevor es beginnt", "ends before it begins"),
    "too_far": ("liegt außerhalb der erlaubten Zeit", "lies outside the allowed time"),
    "overlaps": (
        "überschneidet sich mit einer anderen Abwesenheit derselben Person",
        "overlaps another absence of the same person",
    ),
    "unknown_zone": ("ist keine bekannte Zeitzone", "is not a known time zone"),
    "bad_rule": ("ist keine gültige Wiederholung", "is not a valid repetition"),
    "rule_too_fine": (
        "wiederholt sich häufiger als täglich oder auf eine Art, die hier niemand braucht",
        "repeats more often than daily, or in a way nobody needs here",
    ),
    "not_calendar": ("dort liegt kein Kalender (iCalendar)", "there is no calendar (iCalendar)"),
    "unreachable": ("dort antwortet niemand verständlich", "nobody answers there in a known way"),
    "too_slow": ("antwortet nicht in 30 Sekunden", "does not answer within 30 seconds"),
    "untrusted": ("hat kein gültiges Zertifikat", "has no valid certificate"),
    "not_called": (
        "führt in ein Netz, das nicht abgerufen wird; der Betrieb kann es erlauben",
        "leads into a network that is not called; the operator may allow it",
    ),
    "moved": (
        "leitet weiter; bitte die neue Adresse eintragen",
        "leads elsewhere; please enter the new address",
    ),
    "locked": ("der Zugang ist gesperrt", "access is refused"),
    "gone": ("dort liegt nichts (mehr)", "there is nothing (any more)"),
    "status": ("damit antwortet der Rechner", "is what the server answers"),
    "nobody": (
        "steht nicht im Plan, oder niemand gehört dazu",
        "is not in the plan, or nobody belongs to it",
    ),
    "sealed": (
        "die Adresse öffnet sich nicht mehr; bitte neu eintragen",
        "the address does not open any more; please enter it again",
    ),
    "needs_person": (
        "ein Kalender braucht die Person, der er gehört",
        "a calendar needs the person it belongs to",
    ),
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a file; line 0 means the file as a whole."""

    line: int
    field: str
    code: str
    value: str = ""
    allowed: tuple[str, ...] = ()

    def words(self, language: str = "de") -> str:
        """The sentence for a person."""
        german = language != "en"
        said = WORDS[self.code][0 if german else 1]
        where = f"{'Zeile' if german else 'line'} {self.line}, " if self.line else ""
        text = f"{where}{self.field}: "
        text += f"„{self.value[:60]}“ {said}" if self.value else said
        if self.allowed:
            text += f" ({'erlaubt' if german else 'allowed'}: {', '.join(self.allowed)})"
        return text

    def as_dict(self, language: str = "de") -> dict[str, Any]:
        """Line, field, what is wrong and what would be right."""
        told: dict[str, Any] = {"line": self.line, "field": self.field, "code": self.code}
        return told | {"problem": self.words(language), "allowed": list(self.allowed)}


class FileRefused(Exception):
    """Nothing of the file is taken; every problem is listed."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda each: each.line))[:MOST_TOLD]
        super().__init__("; ".join(problem.words("en") for problem in self.problems[:5]))


@dataclass(frozen=True, kw_only=True)
class Found:
    """An absence as a file names it. The uid is a hash: what a calendar calls it is nobody's."""

    person: str
    start: datetime
    end: datetime
    uid: str
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Window:
    """From when to when a file may say anything that counts; what lies outside is left out."""

    start: datetime
    end: datetime


def text_in(raw: bytes) -> str:
    """The text of a file as offices save it. Raises FileRefused."""
    if len(raw) > MOST_BYTES:
        raise FileRefused([Problem(0, "file", "too_large")])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    if "\0" in text:
        raise FileRefused([Problem(0, "file", "no_text")])
    return text


def is_calendar(text: str) -> bool:
    """Does it begin like an iCalendar file?"""
    return text.lstrip()[:15].upper() == "BEGIN:VCALENDAR"
