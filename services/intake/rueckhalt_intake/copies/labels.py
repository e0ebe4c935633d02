# SPDX-License-Identifier: EUPL-1.2
"""The codes of a copy in words, in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.codes import LISTS
from rueckhalt_shared.identity import showing as identity
from rueckhalt_shared.identity.roles import ROLES
from rueckhalt_shared.pages.words import language, words
from rueckhalt_shared.shell import local_time

# Which list the code of a field comes from; the rest is shown as it is.
_LIST = {
    "status": "statuses",
    "forms": "forms",
    "channel": "channels",
    "place": "places",
    "affected_groups": "affected_groups",
    "relation": "relations",
    "motives": "motives",
    "danger": "dangers",
    "danger_level": "danger_levels",
    "wishes": "wishes",
    "reporter_role": "reporter_roles",
    "reporter_kind": "reporter_kinds",
    "close_reason": "close_reasons",
}
_TIMES = ("registered_at", "closed_at")


def one(list_name: str, code: str) -> str:
    """The words of a code; the code itself where the list does not know it."""
    known = LISTS[list_name]
    return known.label(code, language()) if code in known.codes else code


def forms(given: Sequence[str]) -> str:
    """Several forms of hostility, in one line."""
    return ", ".join(one("forms", each) for each in given)


def facts(copied: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every coded fact as a pair of term and words."""
    return [(words(f"copy.{name}"), _told(name, value)) for name, value in copied.items()]


def role(code: str) -> str:
    """Who looked, as a role and never as a name."""
    return identity.text(f"role.{code}") if code in ROLES else words(f"copy.role.{code}")


def plan_role(code: str | None) -> str:
    """The role the responsibility plan gives somebody."""
    return one(codes.ROLES.name, code) if code else words("copy.nobody_yet")


def _told(name: str, value: Any) -> str:
    if value is None:
        return words("copy.not_said")
    if isinstance(value, bool):
        return words("copy.yes" if value else "copy.no")
    if name in _TIMES:
        return local_time(value)
    if name in _LIST:
        return ", ".join(_each(_LIST[name], value)) or words("copy.nothing")
    return str(value)


def _each(list_name: str, value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list | tuple) else (value,):
        yield one(list_name, each)
