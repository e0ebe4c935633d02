# SPDX-License-Identifier: EUPL-1.2
"""What was found in a list, in the reader's words: row, column, and what is allowed."""

from rueckhalt_intake.old_lists.domain import FIELDS, Fault
from rueckhalt_intake.old_lists.keeping import Found
from rueckhalt_intake.old_lists.mapping import SCHEMES, is_code, label
from rueckhalt_shared.pages.words import knows, words
from rueckhalt_shared.shell import language


def bad(found: Found) -> str:
    """Why it is no list at all; empty where it is one."""
    if not found.bad:
        return ""
    values = dict(found.bad_values or {})
    if "field" in values:
        values["field"] = words(f"old_lists.field.{values['field']}")
    return words(f"old_lists.bad.{found.bad}", **values)


def faults(found: Found) -> list[tuple[int, str, str, str]]:
    """Row, column, what is wrong, what is allowed."""
    return [
        (each.row, _column(each.field), _sentence(each), _allowed(each)) for each in found.faults
    ]


def headings(found: Found) -> list[tuple[str, str]]:
    """Which heading was taken for what."""
    return [(heading, _column(name)) for heading, name in found.headings]


def columns() -> list[tuple[str, str]]:
    """What a list may hold, and the headings for it."""
    return [(_column(name), ", ".join(names)) for name, names in FIELDS.items()]


def schemes() -> list[tuple[str, str]]:
    """Classes of others that a list may be written in."""
    return [(each, words(f"old_lists.scheme.{each}")) for each in SCHEMES]


def _column(name: str) -> str:
    key = f"old_lists.field.{name}"
    return words(key) if knows(key) else name


def _sentence(fault: Fault) -> str:
    key = f"old_lists.fault.{fault.code}"
    if fault.code and knows(key):
        return words(key, value=fault.value)
    return words("old_lists.fault.other", value=fault.problem)


def _allowed(fault: Fault) -> str:
    lang = language()
    return ", ".join(
        label(fault.field, each, lang) if is_code(fault.field, each) else each
        for each in fault.allowed
    )
