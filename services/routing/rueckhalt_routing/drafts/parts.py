# SPDX-License-Identifier: EUPL-1.2
"""Parts of a plan's document as forms and back; fields without a form stay as they are."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from rueckhalt_routing.drafts import editing, labels
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.merging import Entry, in_known_order, merged
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words

_ROTA = "rota:"
_YES = ("yes", "true")
_MOST_STEPS = 30


def holders(held: Mapping[str, Any] | None, names: Mapping[str, str]) -> list[str]:
    """The names of holder and stand-ins of a role; nobody where it is not filled."""
    if not held:
        return []
    holder = held.get("holder")
    first = holder.get("rota") if isinstance(holder, dict) else holder
    keys = [str(first), *labels.listed(held.get("stand_ins"))]
    return [names.get(key, key) for key in keys]


def role_form(code: str, held: Mapping[str, Any]) -> Form:
    """Who holds a role."""
    holder = held.get("holder")
    if isinstance(holder, dict):
        holder = f"{_ROTA}{holder.get('rota')}"
    stand_ins = labels.listed(held.get("stand_ins"))
    return Form.blank(code=code, holder=holder, stand_ins=stand_ins)


def role_of(body: Mapping[str, Any], known: Mapping[str, Any]) -> Entry:
    """The role as it stands in the document."""
    holder: Any = body["holder"]
    if holder.startswith(_ROTA):
        holder = {"rota": holder.removeprefix(_ROTA)}
    return merged(known, {"holder": holder, "stand_ins": list(dict.fromkeys(body["stand_ins"]))})


def target_choices(document: Document) -> list[tuple[str, str]]:
    """Everybody a step may tell: `kind:key` with words."""
    role = [(f"role:{code}", label) for code, label in labels.roles()]
    stand_in = [
        (f"stand_in:{code}", words("chain.stand_in_of", role=label))
        for code, label in labels.roles()
    ]
    rota = [(f"rota:{c}", words("chain.rota", title=t)) for c, t in labels.rotas(document)]
    persons = _people(document, "persons", "person")
    partners = _people(document, "partners", "partner")
    return [*role, *stand_in, *rota, *persons, *partners]


def _people(document: Document, section: str, kind: str) -> list[tuple[str, str]]:
    found = editing.listed(document, section)
    return [(f"{kind}:{each.get('key')}", str(each.get("name"))) for each in found]


def steps_in_words(document: Document, chain: Any) -> list[str]:
    """Each step of a chain: whom it tells, when, how long it waits."""
    names = dict(target_choices(document))
    return [
        ", ".join(names.get(each, each) for each in _targets(step))
        + _condition(labels.listed(step.get("urgency")), str(step.get("wait") or ""))
        for step in _steps(chain)
    ]


def _condition(urgencies: list[str], wait: str) -> str:
    told = [words("chain.only_at", urgencies=", ".join(urgencies))] if urgencies else []
    told += [words("chain.waits", wait=wait)] if wait else []
    return f" ({'; '.join(told)})" if told else ""


def chain_form(code: str, chain: Any) -> Form:
    """A chain as numbered fields."""
    hold = chain.get("hold") if isinstance(chain, dict) else None
    values: dict[str, Any] = {"code": code, "hold": hold}
    for number, step in enumerate(_steps(chain), start=1):
        values[f"targets_{number}"] = _targets(step)
        values[f"wait_{number}"] = step.get("wait") or ""
        values[f"urgency_{number}"] = labels.listed(step.get("urgency"))
    return Form.blank(**values)


def count_steps(form: Form) -> int:
    """How many steps the form has already."""
    numbers = [re.fullmatch(r"targets_([0-9]{1,3})", name) for name in form.values]
    found = [int(each[1]) for each in numbers if each and any(form.values[each[0]])]
    return min(max(found, default=0), _MOST_STEPS)


def told_in(form: Form) -> list[str]:
    """Everybody whom some step of the form tells."""
    found = [form.values[name] for name in form.values if name.startswith("targets_")]
    return list(dict.fromkeys(target for targets in found for target in targets))


def chain_of(sent: MultiDict[str, str], known: Any) -> Entry:
    """The numbered fields over the chain as it stood; steps that tell nobody are left out."""
    before = _steps(known)
    steps = []
    for number in range(1, _MOST_STEPS + 1):
        targets = [each for each in sent.getlist(f"targets_{number}") if ":" in each]
        if not targets:
            continue
        step = before[number - 1] if number <= len(before) else {}
        given: Entry = {
            "wait": sent.get(f"wait_{number}", "").strip(),
            "urgency": in_known_order(step.get("urgency"), sent.getlist(f"urgency_{number}")),
        }
        if targets != _targets(step):
            pairs = (each.partition(":") for each in targets)
            given["targets"] = [{kind: key} for kind, _, key in pairs]
        steps.append(merged(step, given))
    chain = merged(known if isinstance(known, dict) else {}, {"hold": sent.get("hold", "").strip()})
    return chain | {"steps": [*steps, *before[_MOST_STEPS:]]}


def person_of(body: Mapping[str, Any], known: Mapping[str, Any], kind: str) -> Entry:
    """Somebody as they stand in the document."""
    given: Entry = {
        "key": body["key"],
        "name": body["name"],
        "from": body.get("since", ""),
        "until": body.get("until", ""),
        "reachable": in_known_order(known.get("reachable"), body["reachable"]),
    }
    if kind == "persons":
        given["unit"] = body.get("unit", "")
    return merged(known, given)


def calendar_form(document: Document) -> Form:
    """Title, catch-all person and calendar as a form."""
    calendar, catch_all = (_mapping(document.get(name)) for name in ("calendar", "catch_all"))
    return Form.blank(
        title=document.get("title"),
        person=catch_all.get("person"),
        stand_in=catch_all.get("stand_in"),
        office_hours=calendar.get("office_hours"),
        night=calendar.get("night"),
        land=calendar.get("land"),
        catholic="yes" if calendar.get("catholic") in _YES else None,
        closing_days="\n".join(labels.listed(calendar.get("closing_days"))),
    )


def with_calendar(document: Document, body: Mapping[str, Any]) -> Document:
    """The document with that form's values."""
    days = [line.strip() for line in body.get("closing_days", "").splitlines() if line.strip()]
    known = _mapping(document.get("calendar"))
    given: Entry = {name: body.get(name, "") for name in ("office_hours", "night", "land")}
    given["closing_days"] = days
    if ("catholic" in body) != (known.get("catholic") in _YES):
        given["catholic"] = body.get("catholic", "")
    calendar = merged(known, given)
    people = {"person": body["person"], "stand_in": body["stand_in"]}
    catch_all = merged(_mapping(document.get("catch_all")), people)
    changed = editing.with_field(document, "calendar", calendar or None)
    changed = editing.with_field(changed, "catch_all", catch_all)
    return merged(changed, {"title": body.get("title")})


def _steps(chain: Any) -> list[Entry]:
    steps = chain.get("steps") if isinstance(chain, dict) else None
    return [each for each in steps or () if isinstance(each, dict)]


def _targets(step: Entry) -> list[str]:
    given = step.get("targets")
    targets: Iterable[Any] = given if isinstance(given, list) else [given]
    return [
        f"{kind}:{key}" for each in targets if isinstance(each, dict) for kind, key in each.items()
    ]


def _mapping(value: object) -> Entry:
    return dict(value) if isinstance(value, dict) else {}
