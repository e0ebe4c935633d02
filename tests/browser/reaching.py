# SPDX-License-Identifier: EUPL-1.2
"""Which route a page that is open came from: the tests know addresses, `pages.py` knows routes."""

from collections.abc import Iterable

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect, Rule


def rule_of(path: str, rules: Iterable[str]) -> str:
    """The most special one of these routes that leads to a path; empty where none does."""
    known = Map([Rule(each, endpoint=each) for each in rules], strict_slashes=False)
    try:
        found, _ = known.bind("town.example").match(path)
    except (HTTPException, RequestRedirect):
        return ""
    return str(found)
