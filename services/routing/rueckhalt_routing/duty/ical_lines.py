# SPDX-License-Identifier: EUPL-1.2
"""The lines of an iCalendar file, as far as they say when somebody is busy. Titles are not read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rueckhalt_routing.duty.absence_files import FileRefused, Problem

KEPT = frozenset(
    {
        *("UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"),
        *("SEQUENCE", "TRANSP", "STATUS", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY"),
    }
)
_NAME = re.compile(r"[A-Za-z0-9-]+")
_LONGEST = 20_000


@dataclass(frozen=True)
class Line:
    """One property: where it stands, its name, its parameters with their names, its value."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The line as it is written."""
        given = "".join(f";{name}={value}" for name, value in self.parameters.items())
        return f"{self.name}{given}:{self.value}"


@dataclass
class Block:
    """One VEVENT or VFREEBUSY with the lines that matter."""

    kind: str
    number: int
    lines: list[Line] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        """The first line of this name."""
        return next((line for line in self.lines if line.name == name), None)

    def all(self, name: str) -> list[Line]:
        """All lines of this name."""
        return [line for line in self.lines if line.name == name]

    def value(self, name: str) -> str:
        """Its value in capitals; empty where there is none."""
        found = self.first(name)
        return found.value.strip().upper() if found is not None else ""


def blocks_in(text: str, *, kinds: frozenset[str]) -> Iterator[Block]:
    """The blocks of these kinds; what is nested in them (alarms) is skipped. Raises FileRefused."""
    open_: list[tuple[str, int]] = []
    block: Block | None = None
    for number, line in _unfolded(text):
        name, _, value = line.partition(":")
        name = name.strip().upper()
        if name == "BEGIN":
            open_.append((value.strip().upper(), number))
            if len(open_) == 2 and open_[-1][0] in kinds:
                block = Block(open_[-1][0], number)
        elif name == "END":
            if not open_ or open_.pop()[0] != value.strip().upper():
                raise FileRefused([Problem(number, "END", "broken", value.strip())])
            if block is not None and len(open_) == 1:
                yield block
                block = None
        elif block is not None and len(open_) == 2 and (found := _line(number, line)) is not None:
            block.lines.append(found)
    if open_:
        raise FileRefused([Problem(open_[-1][1], open_[-1][0], "broken")])


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines with what was folded put together; only their beginnings where they are endless."""
    number, kept = 0, ""
    for at, line in enumerate(text.splitlines(), start=1):
        if line[:1] in (" ", "\t") and number:
            if len(kept) < _LONGEST:
                kept += line[1:]
            continue
        if kept:
            yield number, kept
        number, kept = at, line
    if kept:
        yield number, kept


def _line(number: int, line: str) -> Line | None:
    name_match = _NAME.match(line)
    if name_match is None or name_match.group().upper() not in KEPT:
        return None
    name = name_match.group().upper()
    if len(line) >= _LONGEST:
        raise FileRefused([Problem(number, name, "too_long")])
    head, value = _split(line[name_match.end() :])
    if head is None:
        raise FileRefused([Problem(number, name, "broken")])
    parameters = {}
    for part in filter(None, head.split(";")):
        key, _, given = part.partition("=")
        parameters[key.strip().upper()] = given.strip().strip('"')
    return Line(number, name, parameters, value)


def _split(rest: str) -> tuple[str | None, str]:
    """Parameters and value: the first colon outside of quotation marks parts them."""
    quoted = False
    for place, sign in enumerate(rest):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return rest[:place], rest[place + 1 :].strip()
    return None, ""
