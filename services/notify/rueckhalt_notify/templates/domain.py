# SPDX-License-Identifier: EUPL-1.2
"""The language of templates: `((name))` and `((name??text))`, and nothing else.

No code can run in a template, so a municipality may write its own texts. A placeholder that the
level does not allow is refused when the template is read, never when a person waits for it.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

LEVELS = (0, 1)
PLACEHOLDERS: Mapping[int, frozenset[str]] = {
    0: frozenset({"link", "repeat"}),
    1: frozenset({"link", "repeat", "incident", "part", "take_over_by"}),
}
OUTPUTS = ("subject", "text", "html")

_FIELD = re.compile(r"\(\(([a-z_]+)(?:\?\?([^()]*))?\)\)")
_BREAKS = re.compile(r"[\r\n\x00-\x1f\x7f\u0085\u2028\u2029]+")


class BadTemplate(Exception):
    """The template uses a placeholder that does not exist at its level, or is malformed."""


@dataclass(frozen=True)
class Slot:
    """A place for a value, or for fixed words shown only where the value is not empty."""

    name: str
    words: str | None = None


@dataclass(frozen=True)
class Template:
    """One output of one version in one language and level, ready to be filled."""

    pieces: tuple[str | Slot, ...]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in use."""
        return frozenset(piece.name for piece in self.pieces if isinstance(piece, Slot))


def parse(source: str, *, level: int) -> Template:
    """Read a template; raises BadTemplate."""
    pieces: list[str | Slot] = []
    end = 0
    for match in _FIELD.finditer(source):
        pieces += [source[end : match.start()], Slot(match[1], match[2])]
        end = match.end()
    pieces.append(source[end:])
    template = Template(tuple(piece for piece in pieces if piece != ""))
    if foreign := template.names - PLACEHOLDERS[level]:
        raise BadTemplate(f"not allowed at level {level}: {', '.join(sorted(foreign))}")
    if any("((" in piece or "))" in piece for piece in pieces if isinstance(piece, str)):
        raise BadTemplate("double brackets that are no placeholder")
    return template


def fill(template: Template, values: Mapping[str, str], *, escape: Callable[[str], str]) -> str:
    """Put the values in, escaped for the output; a missing value is an empty one."""
    return "".join(
        piece if isinstance(piece, str) else _slot(piece, values.get(piece.name, ""), escape)
        for piece in template.pieces
    )


def _slot(slot: Slot, value: str, escape: Callable[[str], str]) -> str:
    if slot.words is None:
        return escape(value)
    return slot.words if value else ""


def one_line(value: str) -> str:
    """For headers: no line break or control character can start a header of its own."""
    return _BREAKS.sub(" ", value).strip()


def plain(value: str) -> str:
    """For text: one line, so that a value cannot forge the lines around it."""
    return one_line(value)


def markup(value: str) -> str:
    """For HTML, in text and in attributes."""
    return html.escape(one_line(value), quote=True)


ESCAPES: Mapping[str, Callable[[str], str]] = {
    "subject": one_line,
    "text": plain,
    "html": markup,
}


def languages(wanted: str, available: Iterable[str]) -> list[str]:
    """The order in which languages are tried: the wanted one, German, English."""
    there = set(available)
    return [each for each in dict.fromkeys((wanted, "de", "en")) if each in there]
