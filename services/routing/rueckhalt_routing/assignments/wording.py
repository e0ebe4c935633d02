# SPDX-License-Identifier: EUPL-1.2
"""Assignments in words for the people who have them: codes by their labels, times, never a text."""

from collections.abc import Iterable, Mapping
from typing import Any

from rueckhalt_routing.assignments.domain import KEPT, OFFERED, WAITING
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.codes import CodeList
from rueckhalt_shared.pages.words import knows, language, words
from rueckhalt_shared.shell import local_time

_CALM = ("u0", "u1")
_VALUES: tuple[tuple[str, CodeList], ...] = (
    ("form", codes.FORMS),
    ("group", codes.AFFECTED_GROUPS),
    ("urgency", codes.URGENCIES),
    ("relation", codes.RELATIONS),
)
_TIERS = ("immediate", "precedence", "regular", "catch_all")


def row(shown: Mapping[str, Any], me: str | None) -> dict[str, Any]:
    """One line of the list."""
    due = shown["next_due_at"]
    return {
        "id": shown["id"],
        "assigned": local_time(shown["assigned_at"]),
        "urgency": codes.URGENCIES.label(shown["urgency"], language()),
        "is_urgent": shown["urgency"] not in _CALM,
        "state": words(f"cases.state.{standing(shown, me)}"),
        "is_mine": is_mine(shown, me),
        "is_drill": shown["mode"] == "drill",
        "due": local_time(due) if due is not None else "",
    }


def standing(shown: Mapping[str, Any], me: str | None) -> str:
    """How it stands, for whoever looks at it."""
    state: str = shown["state"]
    if state == OFFERED and shown["offered_to"] == me:
        return "offered_to_me"
    if state in KEPT:
        return f"{state}_{'mine' if is_mine(shown, me) else 'others'}"
    if state in WAITING and me is not None and shown["person"] == me:
        return f"{state}_asks_me"
    return state


def is_mine(shown: Mapping[str, Any], me: str | None) -> bool:
    """Does this person have it?"""
    return me is not None and shown["taken_by"] == me


def facts(shown: Mapping[str, Any], me: str | None) -> list[tuple[str, str]]:
    """What is known of it, as pairs of name and value."""
    told = [
        (words("cases.state"), words(f"cases.state.{standing(shown, me)}")),
        (words("cases.urgency"), codes.URGENCIES.label(shown["urgency"], language())),
        (words("cases.role"), codes.ROLES.label(shown["role"], language())),
        (words("cases.who"), words("cases.you") if shown["person"] == me else shown["name"] or ""),
        (words("cases.assigned_at"), local_time(shown["assigned_at"])),
    ]
    for name in ("take_over_by", "held_until", "taken_over_at", "follow_up_by", "offer_until"):
        if shown[name] is not None and (name != "take_over_by" or shown["taken_over_at"] is None):
            told.append((words(f"cases.{name}"), local_time(shown[name])))
    return [(name, value) for name, value in told if value]


def acts(shown: Mapping[str, Any], me: str | None, *, may_act: bool) -> frozenset[str]:
    """What this person may do with it now."""
    state = standing(shown, me)
    if me is None or state == "closed":
        return frozenset()
    if state == "offered_to_me":
        return frozenset({"accept", "refuse"})
    found: set[str] = set()
    if shown["state"] in WAITING:
        found |= {"take_over", "decline"}
    if may_act:
        found |= {"activity", "done"}
    if is_mine(shown, me):
        found.add("decline")
        found.add("withdraw" if shown["state"] == OFFERED else "offer")
    return frozenset(found)


def why(told: Mapping[str, Any], me: str | None) -> dict[str, Any]:
    """The stored explanation in plain sentences."""
    return {
        "rule": list(_rule(told)),
        "values": list(_values(told)),
        "people": [_person(each, told, me) for each in told.get("recipients", ())],
        "passed_over": [_passed(each, told) for each in told.get("passed_over", ())],
        "steps": [_step(each, told, me) for each in told["steps_taken"]],
        "excluded": [
            words("why.excluded_one", who=_name(told, each["person"]), cause=_cause(each["cause"]))
            for each in told.get("excluded", ())
        ],
    }


def _rule(told: Mapping[str, Any]) -> Iterable[str]:
    rule = told.get("rule")
    if not isinstance(rule, Mapping):
        yield words("why.no_plan")
        return
    title = rule.get("title") or rule["code"]
    yield words("why.rule", rule=title, tier=words(f"why.tier.{_TIERS[rule['tier']]}"))
    if rule.get("reason"):
        yield words("why.reason", reason=rule["reason"])
    if rule.get("source"):
        yield words("why.source", source=rule["source"])
    if told.get("weak"):
        yield words("why.weak")
    yield words("why.plan", version=told["plan_version"], title=told["plan"]["title"])
    yield words("why.decided_at", at=local_time(told["decided_at"]))


def _values(told: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    values = told.get("values") or {}
    for name, codelist in _VALUES:
        if values.get(name):
            shown = ", ".join(codelist.label(each, language()) for each in values[name])
            yield words(f"why.value.{name}"), shown
    for each in values.get("time_class", ()):
        yield words("why.value.time_class"), words(f"why.time.{each}")


def _person(entry: Mapping[str, Any], told: Mapping[str, Any], me: str | None) -> str:
    id = entry.get("person") or entry.get("partner")
    because = f"why.because.{entry['because']}"
    return words(
        "why.person",
        who=words("why.you") if me is not None and id == me else _name(told, id),
        part=codes.PARTS.label(entry["part"], language()),
        role=codes.ROLES.label(entry["role"], language()),
        because=words(because) if knows(because) else entry["because"],
    )


def _passed(entry: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    who = _name(told, entry.get("person") or entry.get("partner"))
    message = f"duty.missing.{entry['because']}"
    return words(message, name=who) if knows(message) else f"{who}: {entry['because']}"


def _step(step: Mapping[str, Any], told: Mapping[str, Any], me: str | None) -> dict[str, Any]:
    cause = codes.ESCALATION_CAUSES.label(step["cause"], language())
    if step.get("reason"):
        cause = f"{cause} ({words('decline.' + step['reason'])})"
    return {
        "at": local_time(step["taken_at"]),
        "cause": cause,
        "people": [_person(each, told, me) for each in step["recipients"]],
    }


def _cause(cause: str) -> str:
    message = f"why.conflict.{cause}"
    return words(message) if knows(message) else cause


def _name(told: Mapping[str, Any], id: str | None) -> str:
    name: str | None = told.get("names", {}).get(id)
    return name or words("why.somebody")
