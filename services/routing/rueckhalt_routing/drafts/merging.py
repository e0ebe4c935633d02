# SPDX-License-Identifier: EUPL-1.2
"""What a form says about an entry of a plan, laid over the entry: nothing without a form is lost.

A field the form does not know stays. A field it says the same about stays as it is written, one
text or a list, in its own order and spelling. Only what somebody has changed is written anew.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from rueckhalt_routing.drafts import labels

Entry = dict[str, Any]
_EMPTY: tuple[object, ...] = ("", [], {}, None)


def merged(known: Mapping[str, Any], given: Mapping[str, Any]) -> Entry:
    """The known entry with what a form says; what it has emptied is taken away."""
    entry = dict(known)
    for name, value in given.items():
        before = known.get(name)
        if isinstance(value, dict):
            value = merged(before if isinstance(before, dict) else {}, value)  # noqa: PLW2901
        if name in known and _says_the_same(before, value):
            continue
        if value in _EMPTY:
            entry.pop(name, None)
        else:
            entry[name] = value
    return entry


def in_known_order(known: object, chosen: Iterable[str]) -> list[str]:
    """Boxes that were ticked: those ticked before in the order they had, the new ones last."""
    ticked = list(dict.fromkeys(chosen))
    before = labels.listed(known)
    return [*(each for each in before if each in ticked), *(e for e in ticked if e not in before)]


def _says_the_same(before: object, value: object) -> bool:
    if isinstance(before, dict) or isinstance(value, dict):
        return before == value
    return _texts(before) == _texts(value)


def _texts(value: object) -> list[list[str]]:
    """Groups of texts without the blanks that a field of a page would not keep."""
    groups = value if isinstance(value, list) else [value]
    return [[" ".join(each.split()) for each in labels.listed(group)] for group in groups if group]
