# SPDX-License-Identifier: EUPL-1.2
"""A plan as readable YAML again: sections in their usual order, each with a word of what it is.

Written by hand of the code and not by PyYAML, whose output nobody likes to read. It knows no
field of a plan: what a later version of the format adds is written, too. Reading the text again
gives the same document.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 104
_DEEPEST_INLINE = 3
_LONGEST_KEY = 120  # YAML allows 1024 for a key before its colon
_PLAIN = re.compile(r"[^\W_][\w./()+%–-]*(?: [\w./()+%–&-]+)*")
_PLAIN_ALONE = re.compile(r"[^\W_][\w./()+%–,;-]*(?: [\w./()+%–,;&-]+)*")
_NOT_TEXT = re.compile(
    r"(?:y|n|yes|no|on|off|true|false|null|[+-]?[0-9][0-9_,.:eExXa-fA-F+-]*|[0-9]{4}-[0-9T: .-]+)",
    re.IGNORECASE,
)
_SMALL_NUMBER = re.compile(r"[0-9]")

HEAD = """\
# SPDX-License-Identifier: EUPL-1.2
# Zuständigkeitsplan. Prüfen: rueckhalt plan check DATEI
"""
SECTIONS: Mapping[str, str] = {
    "format": "",
    "municipality": "",
    "title": "",
    "owner": "",
    "catch_all": "Wer zuständig ist, wenn sonst niemand da ist.",
    "matrix": "Was der Plan nicht selbst sagt, kommt aus dieser Matrix.",
    "hits": "`unique`: zwei Regeln einer Stufe dürfen nie denselben Fall treffen.",
    "units": "Organisationseinheiten.",
    "persons": "Personen im Haus.",
    "partners": "Bündnispartner außer Haus.",
    "roles": "Rollen: Inhaber:in und Vertretung, in der Reihenfolge, in der vertreten wird.",
    "rotas": "Bereitschaftspläne.",
    "calendar": "Öffnungszeiten, Nacht, Feiertage und Schließtage, in Ortszeit.",
    "times": "Fristen je Dringlichkeit und Wartezeiten zwischen den Schritten.",
    "chains": "Meldeketten: wer als Nächstes gefragt wird, zuletzt immer die Auffangperson.",
    "rules": "Regeln. Stufe 0 kommt hinzu; von den Stufen 1 bis 3 gilt die erste, die trifft.",
    "deliberate": "Bewusst so: diese Fälle führt die Auffangregel, und jemand steht dafür ein.",
    "absences": "Abwesenheiten, nie mit Grund.",
    "emergency": "Wer gefragt wird, wenn eine ganze Kette vergeblich war.",
    "public": "Was alle sehen dürfen („Wer ist heute zuständig?“): none, role oder name.",
}
"""The sections in the order in which a plan is read, with what stands above each."""
_TIERS = {"0": "Sofortregeln", "1": "Vorrangregeln", "2": "Regelfall", "3": "Auffangregel"}
_SPREAD = re.compile(
    r"(?!catch_all)[a-z_]+|rules\[\]|deliberate\[\]|(?:chains|rotas)\.[^.]*(?:\.steps)?"
)
"""What never stands in one line, however short it is."""


def to_yaml(document: str | Mapping[str, Any]) -> str:
    """The text of a plan document, given as it is kept (JSON) or as plain values."""
    plain = json.loads(document) if isinstance(document, str) else document
    return "\n".join([HEAD.rstrip("\n"), *_sections(in_order(plain))]) + "\n"


def in_order(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The same document with its sections in the usual order; further ones come last."""
    known = {name: plain[name] for name in SECTIONS if name in plain}
    return known | dict(plain)


def _sections(plain: Mapping[str, Any]) -> Iterator[str]:
    if not plain:
        yield "{}"
    for name, value in plain.items():
        said = SECTIONS.get(name)
        if said:
            yield ""
            yield f"# {said}"
        yield from _field(name, value, "", name)


def _field(name: str, value: Any, indent: str, path: str) -> Iterator[str]:
    """A line `name: value`, or the name and the value in the lines below."""
    key = _scalar(name, alone=False)
    if len(key) > _LONGEST_KEY:
        yield f"{indent}? {key}"
        key = ""
    start = f"{indent}{key}: "
    inline = _inline(value, alone=True)
    if not _is_spread(value, path) and _fits(value, start + inline):
        yield start + inline
        return
    yield start.rstrip()
    yield from _block(value, indent + "  ", path)


def _block(value: Any, indent: str, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, child in value.items():
            yield from _field(name, child, indent, f"{path}.{name}")
        return
    tier = None
    for child in value:
        if path == "rules" and isinstance(child, Mapping) and child.get("tier") != tier:
            tier = child.get("tier")
            if tier in _TIERS:
                yield f"{indent}# Stufe {tier}: {_TIERS[tier]}"
        yield from _item(child, indent, f"{path}[]")


def _item(value: Any, indent: str, path: str) -> Iterator[str]:
    """A line `- value`, or the dash before the first of several lines."""
    inline = _inline(value, alone=True)
    if not _is_spread(value, path) and _fits(value, f"{indent}- {inline}"):
        yield f"{indent}- {inline}"
        return
    first, *others = _block(value, indent + "  ", path)
    yield f"{indent}- {first.lstrip(' ')}"
    yield from others


def _is_spread(value: Any, path: str) -> bool:
    return bool(value) and not isinstance(value, str) and bool(_SPREAD.fullmatch(path))


def _fits(value: Any, line: str) -> bool:
    if isinstance(value, str) or not value:
        return True
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return len(line) <= 2 * _WIDTH  # a list of codes reads better long than as a column
    return len(line) <= _WIDTH and _depth(value) <= _DEEPEST_INLINE


def _depth(value: Any) -> int:
    if isinstance(value, str):
        return 0
    children = value.values() if isinstance(value, Mapping) else value
    return 1 + max((_depth(child) for child in children), default=0)


def _inline(value: Any, *, alone: bool) -> str:
    if isinstance(value, Mapping):
        pairs = (
            f"{_scalar(name, alone=False)}: {_inline(child, alone=False)}"
            for name, child in value.items()
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(child, alone=False) for child in value) + "]"
    return _scalar(str(value), alone=alone)


def _scalar(text: str, *, alone: bool) -> str:
    """Text without quotes where every reader of YAML takes it for text, else in quotes."""
    plain = _PLAIN_ALONE if alone else _PLAIN
    is_plain = bool(plain.fullmatch(text)) and text.isprintable()
    if is_plain and (_SMALL_NUMBER.fullmatch(text) or not _NOT_TEXT.fullmatch(text)):
        return text
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    if letter.isprintable():
        return letter
    if letter == "\n":
        return "\\n"
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
