# SPDX-License-Identifier: EUPL-1.2
"""The JSON Schema of a plan file, for editors; `content/plan.schema.json` is its written form."""

from typing import Any

from rueckhalt_routing.plan.calendar import LAENDER, REGIONS, TIME_CLASSES
from rueckhalt_routing.plan.checking_public import LONGEST
from rueckhalt_routing.plan.checking_rotas import DAYS
from rueckhalt_routing.plan.domain import HOLDS, SHOWN
from rueckhalt_routing.plan.matrix import MATRICES
from rueckhalt_routing.plan.vocabulary import ROLES, URGENCIES, dimensions

_KEY = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,63}$"}
_CODE = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
_UNIT = {"type": "string", "pattern": "^[a-z0-9_]{1,40}$"}
_DURATION = {"type": "string", "pattern": "^[0-9]{1,6} (min|h|d)$"}
_TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
_ROLES = {"type": "array", "items": {"enum": list(ROLES)}}
_DAY = {"type": "string", "format": "date"}
_WALL = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2})?$"}
_YES_NO = {"enum": ["yes", "no", True, False]}
_TERM: dict[str, Any] = {
    "from": _DAY,
    "until": _DAY,
    "reachable": {"type": "array", "items": {"enum": list(TIME_CLASSES)}},
}


def plan_schema() -> dict[str, Any]:
    """What a plan file may hold. Names that must exist elsewhere in it are checked by loading."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rückhalt: Zuständigkeitsplan",
        "description": "`rueckhalt plan check FILE` prüft auch, ob alles Genannte vorhanden ist.",
        **_mapping(
            {
                "format": {"enum": ["1", 1]},
                "municipality": {
                    "type": "string",
                    "pattern": "^([0-9]{2}|[0-9]{3}|[0-9]{5}|[0-9]{9}|[0-9]{12})$",
                },
                "title": _TEXT,
                "matrix": {"enum": list(MATRICES)},
                "owner": _KEY,
                "catch_all": _mapping({"person": _KEY, "stand_in": _KEY}),
                "units": {"type": "array", "items": _UNIT, "maxItems": 59},
                "persons": _several(
                    _mapping({"key": _KEY, "name": _TEXT, "unit": _UNIT, **_TERM}, "unit", *_TERM)
                ),
                "partners": _several(
                    _mapping(
                        {"key": _KEY, "name": _TEXT, **_TERM, "drills": _YES_NO}, *_TERM, "drills"
                    )
                ),
                "roles": _named(ROLES, _role()),
                "times": _named(URGENCIES, _times()),
                "calendar": _calendar(),
                "chains": {
                    "type": "object",
                    "propertyNames": _CODE,
                    "additionalProperties": _mapping(
                        {"steps": _several(_step()), "hold": {"enum": list(HOLDS)}}, "hold"
                    ),
                },
                "rules": _several(_rule()),
                "rotas": {
                    "type": "object",
                    "propertyNames": _CODE,
                    "additionalProperties": _rota(),
                },
                "hits": {"enum": ["ordered", "unique"]},
                "absences": _several(_mapping({"person": _KEY, "from": _WALL, "until": _WALL})),
                "deliberate": _several(_deliberate()),
                "emergency": {"type": "array", "items": _KEY},
                "public": _mapping(
                    {
                        "show": {"enum": list(SHOWN)},
                        "contact": {"type": "string", "minLength": 1, "maxLength": LONGEST},
                        "roles": _ROLES,
                    },
                    *("contact", "roles"),
                ),
            },
            *("title", "owner", "matrix", "units", "partners", "times", "calendar", "chains"),
            *("rules", "rotas", "hits", "absences", "deliberate", "emergency", "public"),
        ),
    }


def _mapping(fields: dict[str, Any], *optional: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def _several(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1}


def _named(names: tuple[str, ...], value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"enum": list(names)},
        "additionalProperties": value,
    }


def _role() -> dict[str, Any]:
    people = {"holder": _KEY, "stand_ins": {"type": "array", "items": _KEY}}
    units = {
        "type": "object",
        "propertyNames": _UNIT,
        "additionalProperties": _mapping(people, "stand_ins"),
    }
    holder = {"oneOf": [_KEY, _mapping({"rota": _CODE})]}
    return _mapping(people | {"holder": holder, "units": units}, "stand_ins", "units")


def _rota() -> dict[str, Any]:
    group = {"oneOf": [_KEY, {"type": "array", "items": _KEY, "minItems": 1}]}
    clock = {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
    days = {"type": "array", "items": {"enum": list(DAYS)}, "minItems": 1}
    window = _mapping({"days": days, "from": clock, "until": clock})
    fields = {
        "title": _TEXT,
        "members": {"type": "array", "items": group, "minItems": 1},
        "every": {"type": "string", "pattern": "^[0-9]{1,6} (h|d)$"},
        "starts": _WALL,
        "ends": _WALL,
        "windows": _several(window),
        "stand_ins": {"type": "array", "items": _KEY},
    }
    return _mapping(fields, "title", "ends", "windows", "stand_ins")


def _times() -> dict[str, Any]:
    names = ("take_over_within", "talk_within", "repeat")
    return _mapping(dict.fromkeys(names, _DURATION) | {"waits": _several(_DURATION)})


def _calendar() -> dict[str, Any]:
    span = {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2} ?- ?[0-9]{2}:[0-9]{2}$"}
    fields: dict[str, Any] = {
        "zone": _TEXT,
        "office_hours": span,
        "night": span,
        "closing_days": {"type": "array", "items": {"type": "string", "format": "date"}},
        "crisis": _YES_NO,
        "land": {"enum": list(LAENDER)},
        "catholic": _YES_NO,
        "region": {"enum": list(REGIONS)},
    }
    return _mapping(fields, *fields)


def _step() -> dict[str, Any]:
    role = {"enum": list(ROLES)}
    target = {
        "type": "object",
        "properties": {
            "role": role,
            "stand_in": role,
            "rota": _CODE,
            "person": _KEY,
            "partner": _KEY,
        },
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    urgency = {"type": "array", "items": {"enum": list(URGENCIES)}}
    fields = {"targets": _several(target), "wait": _DURATION, "urgency": urgency}
    return _mapping(fields, "wait", "urgency")


def _when() -> dict[str, Any]:
    known = {d.name: d.values for d in dimensions(())}
    when = {
        name: {"type": "array", "items": _UNIT if name == "unit" else {"enum": list(values)}}
        for name, values in known.items()
    }
    return _mapping(when, *when)


def _deliberate() -> dict[str, Any]:
    signed = {"type": "string", "minLength": 1, "maxLength": 200}
    return _mapping({"when": _when(), "signed_by": signed, "reason": _TEXT}, "reason")


def _rule() -> dict[str, Any]:
    lists = dict.fromkeys(("signs", "asked", "told", "without_consent"), _ROLES)
    steps = {"type": "array", "items": _CODE}
    then: dict[str, Any] = {"chain": _CODE, **lists, "take_over_within": _DURATION, "steps": steps}
    return _mapping(
        {
            "code": _CODE,
            "tier": {"enum": [0, 1, 2, 3, "0", "1", "2", "3"]},
            "title": _TEXT,
            "when": _when(),
            "then": _mapping(then, *then),
            "reason": _TEXT,
            "source": _TEXT,
        },
        *("title", "when", "reason", "source"),
    )
