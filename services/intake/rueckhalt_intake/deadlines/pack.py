# SPDX-License-Identifier: EUPL-1.2
"""Reads the content pack: which deadlines there are, and which offences need an application."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from rueckhalt_intake.deadlines.domain import Offence, Rule


@dataclass(frozen=True)
class Hint:
    """A deadline whose length is still to be checked: no date is told."""

    code: str
    texts: Mapping[str, str]
    quelle: str
    stand: date


@dataclass(frozen=True)
class Pack:
    """What the house knows about deadlines; each sentence with its source and date."""

    rules: Mapping[str, Rule]
    offences: tuple[Offence, ...]
    hints: tuple[Hint, ...]
    caution: Mapping[str, str]  # "ersetzt keine Rechtsberatung", by language


@cache
def pack() -> Pack:
    """The pack of this installation, read once."""
    told, named = _read("fristen.json"), _read("delikte.json")
    return Pack(
        rules={each["code"]: _rule(each) for each in told["rules"]},
        offences=tuple(_offence(each) for each in named["offences"]),
        hints=tuple(_hint(each) for each in told["to_be_checked"]),
        caution=told["caution"],
    )


def _read(name: str) -> dict[str, Any]:
    text = (files("rueckhalt_intake") / "content" / name).read_text("utf-8")
    told: dict[str, Any] = json.loads(text)
    return told


def _rule(told: dict[str, Any]) -> Rule:
    return Rule(
        code=told["code"],
        kind=told["kind"],
        months=told.get("months", 0),
        days=told.get("days", 0),
        safe_days=told.get("safe_days"),
        rolls=told["rolls"],
        starts=told["starts"],
        forms=frozenset(told.get("forms", ())),
        places=frozenset(told.get("places", ())),
        groups=frozenset(told.get("groups", ())),
        reminders=tuple(told["reminders"]),
        recipients=tuple(told["recipients"]),
        texts=told["texts"],
        quelle=told["quelle"],
        stand=date.fromisoformat(told["stand"]),
    )


def _offence(told: dict[str, Any]) -> Offence:
    return Offence(
        code=told["code"],
        norm=told["norm"],
        name=told["name"],
        application=told["application"],
        entitled=tuple(told["entitled"]),
        forms=frozenset(told["forms"]),
        groups=frozenset(told.get("groups", ())),
        needs_motive=told.get("needs_motive", False),
        quelle=told["quelle"],
        stand=date.fromisoformat(told["stand"]),
    )


def _hint(told: dict[str, Any]) -> Hint:
    return Hint(told["code"], told["texts"], told["quelle"], date.fromisoformat(told["stand"]))
