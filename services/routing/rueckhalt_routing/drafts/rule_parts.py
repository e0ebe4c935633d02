# SPDX-License-Identifier: EUPL-1.2
"""A rule of a plan's document as a form and back."""

from collections.abc import Mapping
from typing import Any

from rueckhalt_routing.drafts import labels
from rueckhalt_routing.drafts.merging import Entry, in_known_order, merged
from rueckhalt_routing.drafts.part_schemas import LISTS
from rueckhalt_shared.pages.forms import Form

_TEXTS = ("title", "reason", "source")
_WHEN = "when_"


def rule_of(body: Mapping[str, Any], known: Mapping[str, Any]) -> Entry:
    """The rule as it stands in the document."""
    when, then = known.get("when") or {}, known.get("then") or {}
    said: Entry = {name: in_known_order(then.get(name), body[name]) for name in LISTS}
    said |= {name: body.get(name, "") for name in ("chain", "take_over_within")}
    said["steps"] = [each.strip() for each in body.get("steps", "").split(",") if each.strip()]
    given: Entry = {"code": body["code"], "tier": body["tier"]}
    given |= {name: body.get(name, "") for name in _TEXTS}
    given["when"] = {
        name: in_known_order(when.get(name), body[_WHEN + name])
        for name in (field.removeprefix(_WHEN) for field in body if field.startswith(_WHEN))
    }
    rule = merged(known, given | {"then": said})
    return {"then": {}} | rule


def rule_form(rule: Mapping[str, Any]) -> Form:
    """An entry of the document as a form."""
    then = rule.get("then") or {}
    when = rule.get("when") or {}
    values: dict[str, Any] = {name: rule.get(name) for name in ("code", "tier", *_TEXTS)}
    values |= {name: labels.listed(then.get(name)) for name in LISTS}
    values |= {"chain": then.get("chain"), "take_over_within": then.get("take_over_within")}
    values["steps"] = ", ".join(labels.listed(then.get("steps")))
    values |= {f"{_WHEN}{name}": labels.listed(given) for name, given in when.items()}
    return Form.blank(**values)
