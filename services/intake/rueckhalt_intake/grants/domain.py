# SPDX-License-Identifier: EUPL-1.2
"""Who may open an incident: a fold over what routing says, the same in whatever order it comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

PARTS = frozenset({"lead", "signs", "asked"})
"""The parts that need to read; whoever is only told (`told`) gets the minimum of data."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What one event says: who may open the incident now, and whether all others may no longer."""

    version: int
    persons: tuple[str, ...] = ()
    replaces: bool = True
    assignment: str | None = None
    urgency: str | None = None
    excluded: tuple[str, ...] | None = None  # in conflict with the incident; None: not said


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How access to one incident stands."""

    since: int = 0
    """The newest version that took access from everybody else: what is older gives nothing."""
    given: Mapping[str, int] = field(default_factory=dict)
    """The persons who may open it, each with the newest version that said so."""
    assignment: str | None = None
    urgency: str | None = None
    urgency_version: int = 0
    excluded: tuple[str, ...] = ()
    excluded_version: int = 0


def apply(standing: Standing, fact: Fact) -> Standing:
    """The standing after one more fact. Only maxima are taken: order and repeats don't matter."""
    since = max(standing.since, fact.version) if fact.replaces else standing.since
    given = dict(standing.given)
    for person in fact.persons:
        given[person] = max(given.get(person, 0), fact.version)
    after = replace(standing, since=since, assignment=fact.assignment or standing.assignment)
    if fact.urgency is not None and fact.version > standing.urgency_version:
        after = replace(after, urgency=fact.urgency, urgency_version=fact.version)
    if fact.excluded is not None and fact.version > standing.excluded_version:
        after = replace(after, excluded=fact.excluded, excluded_version=fact.version)
    return replace(after, given={who: at for who, at in given.items() if at >= since})
