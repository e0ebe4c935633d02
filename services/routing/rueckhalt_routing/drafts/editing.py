# SPDX-License-Identifier: EUPL-1.2
"""Changes to a plan's document: plain values in, plain values out, everything else untouched."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

Document = dict[str, Any]
When = Mapping[str, Sequence[str]]
CATCH_ALL_TIER = "3"


class NoSuchPart(Exception):
    """The draft has no rule, role, chain or person of that name (any more)."""


def rules(document: Document) -> list[dict[str, Any]]:
    """The rules as they stand."""
    found = document.get("rules")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def rule(document: Document, code: str) -> dict[str, Any]:
    """One rule; raises NoSuchPart."""
    found = [each for each in rules(document) if each.get("code") == code]
    if not found:
        raise NoSuchPart(code)
    return found[0]


def with_rule(document: Document, new: Mapping[str, Any], instead_of: str = "") -> Document:
    """A rule changed in its place, or a new one behind the last of its tier."""

    def change(changed: Document) -> None:
        known = rules(changed)
        places = [i for i, each in enumerate(known) if instead_of and each["code"] == instead_of]
        if instead_of and not places:
            raise NoSuchPart(instead_of)
        if places:
            known[places[0]] = dict(new)
        else:
            tier = str(new.get("tier"))
            after = [i for i, each in enumerate(known) if str(each.get("tier")) <= tier]
            at = (after[-1] + 1) if after else 0
            known.insert(at, dict(new))
        changed["rules"] = known

    return _changed(document, change)


def without_rule(document: Document, code: str) -> Document:
    """The same plan without a rule; raises NoSuchPart."""
    rule(document, code)

    def change(changed: Document) -> None:
        changed["rules"] = [each for each in rules(changed) if each.get("code") != code]

    return _changed(document, change)


def moved_rule(document: Document, code: str, *, up: bool) -> Document:
    """A rule changes places with its neighbour of the same tier; at the end nothing happens."""
    tier = rule(document, code).get("tier")

    def change(changed: Document) -> None:
        known = rules(changed)
        same = [i for i, each in enumerate(known) if each.get("tier") == tier]
        here = next(n for n, i in enumerate(same) if known[i].get("code") == code)
        there = here + (-1 if up else 1)
        if 0 <= there < len(same):
            a, b = same[here], same[there]
            known[a], known[b] = known[b], known[a]
        changed["rules"] = known

    return _changed(document, change)


def widened(document: Document, code: str, dimension: str, values: Sequence[str]) -> Document:
    """A rule that also holds for these values of a dimension; raises NoSuchPart."""
    rule(document, code)

    def change(changed: Document) -> None:
        when = rule(changed, code).setdefault("when", {})
        given = when.get(dimension, [])
        known = [given] if isinstance(given, str) else list(given)
        when[dimension] = [*known, *(value for value in values if value not in known)]

    return _changed(document, change)


def signed(document: Document, when: When, *, signed_by: str, reason: str) -> Document:
    """Cases left to the catch-all rule on purpose, with the name of whoever says so."""

    def change(changed: Document) -> None:
        known = changed.get("deliberate")
        entry = {
            "when": {name: list(values) for name, values in when.items()},
            "signed_by": signed_by,
            "reason": reason,
        }
        changed["deliberate"] = [*(known if isinstance(known, list) else []), entry]

    return _changed(document, change)


def unsigned(document: Document, place: int) -> Document:
    """One signature taken back; raises NoSuchPart."""
    known = document.get("deliberate")
    if not isinstance(known, list) or not 0 <= place < len(known):
        raise NoSuchPart(str(place))
    return _changed(document, lambda changed: changed["deliberate"].pop(place))


def named(document: Document, section: str) -> dict[str, Any]:
    """The entries of `roles`, `chains` or `rotas` by name."""
    found = document.get(section)
    return found if isinstance(found, dict) else {}


def with_named(
    document: Document, section: str, name: str, entry: Mapping[str, Any] | None
) -> Document:
    """A role, chain or rota set; None takes it away (raises NoSuchPart where it is not there)."""

    def change(changed: Document) -> None:
        known = dict(named(changed, section))
        if entry is not None:
            known[name] = dict(entry)
        elif known.pop(name, None) is None:
            raise NoSuchPart(name)
        changed[section] = known

    return _changed(document, change)


def with_stand_in(document: Document, role: str, person: str) -> Document:
    """One more stand-in behind those a role has; raises NoSuchPart."""
    entry = named(document, "roles").get(role)
    if not isinstance(entry, dict):
        raise NoSuchPart(role)
    known = entry.get("stand_ins") or []
    stand_ins = [known] if isinstance(known, str) else list(known)
    return with_named(document, "roles", role, entry | {"stand_ins": [*stand_ins, person]})


def listed(document: Document, section: str) -> list[dict[str, Any]]:
    """The entries of `persons` or `partners`."""
    found = document.get(section)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def with_listed(
    document: Document, section: str, key: str, entry: Mapping[str, Any] | None
) -> Document:
    """A person or partner set under their key, a new one last; None takes them away."""

    def change(changed: Document) -> None:
        known = listed(changed, section)
        places = [i for i, each in enumerate(known) if each.get("key") == key]
        if entry is None:
            if not places:
                raise NoSuchPart(key)
            del known[places[0]]
        elif places:
            known[places[0]] = dict(entry)
        else:
            known.append(dict(entry))
        changed[section] = known

    return _changed(document, change)


def with_field(document: Document, name: str, value: object) -> Document:
    """One field of the plan itself; None takes it away."""

    def change(changed: Document) -> None:
        if value is None:
            changed.pop(name, None)
        else:
            changed[name] = value

    return _changed(document, change)


def _changed(document: Document, change: Callable[[Document], object]) -> Document:
    found = deepcopy(document)
    change(found)
    return found
