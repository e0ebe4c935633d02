# SPDX-License-Identifier: EUPL-1.2
"""The content pack `content/karten`: read once, and refused as a whole when a part is wrong.

`quellen.yaml` names the sources, `schritte.yaml` the steps in three languages, `beginn.yaml` how
each card begins, `beweise.yaml` the lists of evidence; each further file is a card.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from rueckhalt_intake.guidance.domain import (
    LANGUAGES,
    LAW,
    MOST_STEPS,
    OWN,
    PHASES,
    READ,
    Card,
    CheckList,
    Pack,
    Source,
    Step,
    Text,
)

_PARTS = ("beginn", "beweise", "quellen", "schritte")
_NARROWING = ("forms", "roles", "relations", "places", "groups")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is text


class BadPack(Exception):
    """The content pack cannot be used; the text names file and place."""


@cache
def read_pack() -> Pack:
    """The pack of this installation."""
    folder = files("rueckhalt_intake") / "content" / "karten"
    told = {
        file.name.removesuffix(".yaml"): yaml.load(file.read_text("utf-8"), _LOADER)  # noqa: S506  # nosec B506 - texts, lists, maps only
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
    }
    return pack_of(told)


def pack_of(told: Mapping[str, Any]) -> Pack:
    """The pack that these files tell; raises BadPack."""
    sources = {id: _source(id, each) for id, each in told["quellen"].items()}
    steps = {id: _step(id, each, sources) for id, each in told["schritte"].items()}
    lists = {code: _list(code, each, steps) for code, each in told["beweise"].items()}
    names = sorted(name for name in told if name not in _PARTS)
    return Pack(
        beginning=_steps("beginn", told["beginn"], steps),
        cards=tuple(_card(name, told[name], steps, lists) for name in names),
    )


def _source(id: str, told: Mapping[str, Any]) -> Source:
    place = f"quellen.yaml, {id}"
    kind = told.get("art", READ)
    if kind not in (LAW, READ, OWN):
        raise BadPack(f"{place}: art must be {LAW}, {READ} or {OWN}")
    title = told["titel"]
    text = dict.fromkeys(LANGUAGES, title) if isinstance(title, str) else _text(place, title)
    return Source(kind=kind, title=text, stand=_day(place, told["stand"]), url=told.get("url", ""))


def _step(id: str, told: Mapping[str, Any], sources: Mapping[str, Source]) -> Step:
    place = f"schritte.yaml, {id}"
    if told.get("quelle") not in sources:
        raise BadPack(f"{place}: quelle must be one of quellen.yaml")
    return Step(id=id, text=_text(place, told), source=sources[told["quelle"]])


def _list(code: str, told: Mapping[str, Any], steps: Mapping[str, Step]) -> CheckList:
    place = f"beweise.yaml, {code}"
    return CheckList(
        code=code, title=_text(place, told["titel"]), steps=_steps(place, told["schritte"], steps)
    )


def _card(
    name: str, told: Mapping[str, Any], steps: Mapping[str, Step], lists: Mapping[str, CheckList]
) -> Card:
    place = f"{name}.yaml"
    code, _, plain = name.partition("-")
    if set(told["phasen"]) != set(PHASES):
        raise BadPack(f"{place}: phasen must be {', '.join(PHASES)}")
    unknown = [each for each in told.get("evidence", []) if each not in lists]
    if unknown:
        raise BadPack(f"{place}: no such list of evidence: {', '.join(unknown)}")
    narrowing = {each: tuple(told.get(each, ())) for each in _NARROWING}
    return Card(
        code=code,
        name=plain,
        titles=_text(place, told["titel"]),
        lead=_text(place, told["worum"]),
        phases={phase: _steps(place, told["phasen"][phase], steps) for phase in PHASES},
        evidence=tuple(lists[each] for each in told.get("evidence", ())),
        stand=_day(place, told["stand"]),
        **narrowing,
    )


def _steps(place: str, ids: Any, steps: Mapping[str, Step]) -> tuple[Step, ...]:
    unknown = [id for id in ids if id not in steps]
    if unknown:
        raise BadPack(f"{place}: no such step: {', '.join(unknown)}")
    if not 1 <= len(ids) <= MOST_STEPS or len(set(ids)) < len(ids):
        raise BadPack(f"{place}: 1 to {MOST_STEPS} different steps")
    return tuple(steps[id] for id in ids)


def _text(place: str, told: Mapping[str, Any]) -> Text:
    missing = [language for language in LANGUAGES if not told.get(language, "").strip()]
    if missing:
        raise BadPack(f"{place}: no text in {', '.join(missing)}")
    return {language: " ".join(told[language].split()) for language in LANGUAGES}


def _day(place: str, told: Any) -> date:
    try:
        return date.fromisoformat(told)
    except (TypeError, ValueError):
        raise BadPack(f"{place}: stand must be a day such as 2026-11-22") from None
