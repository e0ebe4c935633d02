# SPDX-License-Identifier: EUPL-1.2
"""Saving a part by its form changes what somebody has changed, and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.drafts import editing, handlers, merging
from rueckhalt_routing.drafts.opening import opened
from rueckhalt_shared.keys import KeyStore
from tests.intake.people import Person
from tests.routing import drafting
from tests.routing.filled_forms import untouched
from tests.routing.town import ARS, Town, person

DRAFTS = "/plan/drafts"
# What only the text of a plan can say, and an order and spelling no form would choose by itself.
BY_HAND = """\
format: 1
municipality: "160770999999"
title: Von   Hand
owner: anna
hits: ordered
catch_all: {person: anna, stand_in: bernd}
persons:
  - {key: anna, name: Anna A, reachable: [outside, office]}
  - {key: bernd, name: Bernd B}
  - {key: clara, name: Clara C}
partners:
  - {key: beratung, name: Beratung, drills: "yes"}
roles:
  hvb:
    holder: {rota: nachts}
    stand_ins: [clara, anna]
    units: {kita: {holder: clara, stand_ins: [anna]}}
units: [kita]
calendar: {zone: Europe/Berlin, crisis: "yes", catholic: "no", night: 22:00 - 06:00}
times:
  u3: {take_over_within: 15 min, talk_within: 24 h, repeat: 5 min, waits: [5 min, 10 min]}
rotas:
  nachts:
    members: [clara, [bernd, anna]]
    every: 7 d
    starts: 2026-11-30 08:00
    windows: [{days: [sa, so], from: "08:00", until: "20:00"}]
    stand_ins: [bernd, anna]
chains:
  lang:
    hold: office
    steps:
      - {targets: [{person: bernd}, {role: hvb}], wait: 10 min, urgency: [u3, u1]}
      - {targets: [{rota: nachts}, {partner: beratung}, {stand_in: hvb}]}
rules:
  - code: mehrere
    tier: 2
    when: {form: [threat, insult], urgency: u1, unit: [kita]}
    then: {chain: lang, told: [hvb, ansprechstelle], signs: hvb, steps: [clearing]}
    source: Dienstanweisung
  - {code: auffang, tier: 3, then: {chain: lang}}
deliberate:
  - {when: {form: other}, signed_by: Anna A}
emergency: [bernd]
"""


@pytest.fixture
def david(settings: Settings, town: Town, keys: KeyStore) -> Person:
    app: Flask = create_app(settings, town.database)
    return Person(app, keys, "david", "plan_owner", place=ARS, person=person("david.dorn"))


def _sample(town: Town) -> str:
    return drafting.begin(town.database).source


def _default(_: Town) -> str:
    return handlers.from_default(ARS)


def _by_hand(_: Town) -> str:
    return BY_HAND


def _pages(document: dict[str, Any]) -> Iterator[str]:
    yield from (f"rules/{each['code']}" for each in editing.rules(document))
    for kind in ("persons", "partners"):
        yield from (f"people/{kind}/{each['key']}" for each in editing.listed(document, kind))
    for section in ("roles", "chains", "rotas"):
        yield from (f"{section}/{name}" for name in editing.named(document, section))
    yield from ("times", "house", "promises")


def _begin(town: Town, source: str) -> str:
    given = {"municipality": ARS, "name": "Probe", "source": source}
    return town.database.run(handlers.begin, drafting.DAVID, **given).id


def _document(town: Town, id: str) -> dict[str, Any]:
    return opened(drafting.get(town.database, id).source).document


@pytest.mark.parametrize("source", [_sample, _default, _by_hand])
def test_saving_an_untouched_form_changes_nothing(
    david: Person, town: Town, source: Callable[[Town], str]
) -> None:
    id = _begin(town, source(town))
    before = _document(town, id)

    for page in _pages(before):
        address = f"{DRAFTS}/{id}/{page}"
        answer = david.submit(address, **untouched(david.get(address).text), action="save")
        assert answer.status_code == 303, (page, answer.text)
        assert _document(town, id) == before, page


def test_what_has_no_form_stays_when_a_form_changes_the_rest(david: Person, town: Town) -> None:
    id = _begin(town, BY_HAND)
    before = _document(town, id)
    address = f"{DRAFTS}/{id}/chains/lang"
    fields = untouched(david.get(address).text) | {"wait_1": ["20 min"]}

    david.submit(address, **fields, action="save")

    after = _document(town, id)
    assert after["chains"]["lang"]["steps"][0].pop("wait") == "20 min"
    before["chains"]["lang"]["steps"][0].pop("wait")
    assert after == before


def test_what_is_not_in_the_plan_any_more_is_shown_and_stays(david: Person, town: Town) -> None:
    id = _begin(
        town, BY_HAND.replace("signs: hvb", "signs: koenig").replace("person: bernd", "person: weg")
    )
    before = _document(town, id)

    for page in ("rules/mehrere", "chains/lang"):
        address = f"{DRAFTS}/{id}/{page}"
        david.submit(address, **untouched(david.get(address).text), action="save")

    assert _document(town, id) == before


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("chains/new", {"code": "lang", "targets_1": "role:hvb"}),
        (
            "rotas/new",
            {"code": "nachts", "members": "anna", "every": "1 d", "starts": "2026-11-30"},
        ),
        ("people/persons/new", {"key": "anna", "name": "Andere Anna"}),
    ],
)
def test_something_new_does_not_write_over_its_namesake(
    david: Person, town: Town, page: str, fields: dict[str, str]
) -> None:
    id = _begin(town, BY_HAND)
    before = _document(town, id)

    answer = david.submit(f"{DRAFTS}/{id}/{page}", **fields, version="1")

    assert answer.status_code == 422
    assert "schon vergeben" in answer.text
    assert _document(town, id) == before


def test_an_emptied_field_is_gone_and_new_ticks_come_last() -> None:
    known = {"title": "Alt", "then": {"told": ["b", "a"], "later": "1"}, "extra": {"x": "y"}}
    told = merging.in_known_order(["b", "a"], ["a", "b", "c"])

    merged = merging.merged(known, {"title": "", "then": {"told": told}, "reason": ""})

    assert merged == {"then": {"told": ["b", "a", "c"], "later": "1"}, "extra": {"x": "y"}}


def test_comments_are_told_before_the_first_form_takes_them(david: Person, town: Town) -> None:
    id = _begin(town, BY_HAND + "# Frau Aydin fragen\n")
    warning = "Kommentare im YAML gehen im Entwurf verloren"
    before = david.get(f"{DRAFTS}/{id}").text

    david.submit(f"{DRAFTS}/{id}/times", version="1", person="anna", stand_in="clara")

    assert warning in before
    assert warning not in david.get(f"{DRAFTS}/{id}").text
