# SPDX-License-Identifier: EUPL-1.2
"""Musterstadt's plan whole and broken by hand, as files a test can read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.handlers import Draft, draft_of

START = datetime(2026, 11, 23, 7, tzinfo=UTC)
Document = dict[str, Any]


def musterstadt(change: Callable[[Document], None] | None = None) -> Draft:
    """The sample plan with its matrix written out, and changed."""
    document: Document = json.loads(draft_of(sample_plan()).document)
    if change is not None:
        change(document)
    return draft_of(json.dumps(document))


def without(code: str) -> Draft:
    """The sample plan without one rule."""

    def drop(document: Document) -> None:
        document["rules"] = [rule for rule in document["rules"] if rule["code"] != code]

    return musterstadt(drop)


def absent(*absences: tuple[str, str, str]) -> Draft:
    """The sample plan with absences, as person, from, until."""

    def add(document: Document) -> None:
        document["absences"] = [
            {"person": person, "from": start, "until": end} for person, start, end in absences
        ]

    return musterstadt(add)
