# SPDX-License-Identifier: EUPL-1.2
"""A rota of a plan's document as a form and back: its groups, hours of the week and stand-ins."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from rueckhalt_routing.drafts import labels
from rueckhalt_routing.drafts.merging import Entry, in_known_order, merged
from rueckhalt_shared.pages.forms import Form

MOST_WINDOWS = 50
_WINDOW = ("days", "from", "until")


def rota_form(code: str, rota: Mapping[str, Any]) -> Form:
    """A rota as a form: a line for each group, numbered fields for the hours."""
    groups = rota.get("members")
    lines = [", ".join(labels.listed(group)) for group in groups or ()]
    values: dict[str, Any] = {name: rota.get(name) for name in ("title", "every", "starts", "ends")}
    for number, window in enumerate(_windows(rota), start=1):
        values[_name("days", number)] = labels.listed(window.get("days"))
        values |= {_name(each, number): window.get(each) for each in ("from", "until")}
    stand_ins = labels.listed(rota.get("stand_ins"))
    return Form.blank(code=code, members="\n".join(lines), stand_ins=stand_ins, **values)


def rota_of(body: Mapping[str, Any], sent: MultiDict[str, str], known: Mapping[str, Any]) -> Entry:
    """The rota as it stands in the document."""
    lines = (line.split(",") for line in body["members"].splitlines() if line.strip())
    groups = [[key.strip() for key in line if key.strip()] for line in lines]
    given: Entry = {name: body.get(name, "") for name in ("title", "every")}
    given |= {name: body.get(name, "").replace("T", " ") for name in ("starts", "ends")}
    given["stand_ins"] = list(dict.fromkeys(body["stand_ins"]))
    given["windows"] = _windows_of(sent, _windows(known))
    return merged(known, given | {"members": groups})


def count_windows(form: Form) -> int:
    """How many hours of the week the form has already."""
    return len(_filled(form.values))


def closed_up(form: Form) -> Form:
    """The form without gaps between the hours: a fault in the third stands at the third."""
    numbers = _filled(form.values)
    others = {n: v for n, v in form.values.items() if not n.startswith("window_")}
    moved = {
        _name(each, place): form.values.get(_name(each, number), ())
        for place, number in enumerate(numbers, start=1)
        for each in _WINDOW
    }
    return Form({**others, **moved}, form.errors)


def days_in(form: Form) -> list[str]:
    """Every day some hours of the form name."""
    found = [form.values[name] for name in form.values if name.startswith("window_days_")]
    return list(dict.fromkeys(day for days in found for day in days))


def _windows_of(sent: MultiDict[str, str], before: list[Entry]) -> list[Entry]:
    """The numbered fields over the hours as they stood; what is wholly empty is left out."""
    windows = []
    for number in _filled({name: sent.getlist(name) for name in sent}):
        known = before[number - 1] if number <= len(before) else {}
        given: Entry = {each: sent.get(_name(each, number), "").strip() for each in _WINDOW[1:]}
        ticked = sent.getlist(_name("days", number))
        given["days"] = in_known_order(known.get("days"), ticked)
        windows.append(merged(known, given))
    return [*windows, *before[MOST_WINDOWS:]]


def _filled(values: Mapping[str, Any]) -> list[int]:
    """The numbers of the hours that say anything."""
    return [
        number
        for number in range(1, MOST_WINDOWS + 1)
        if any(text.strip() for each in _WINDOW for text in values.get(_name(each, number), ()))
    ]


def _name(field: str, number: int) -> str:
    return f"window_{field}_{number}"


def _windows(rota: Mapping[str, Any]) -> list[Entry]:
    given = rota.get("windows")
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
