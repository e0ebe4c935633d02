# SPDX-License-Identifier: EUPL-1.2
"""Forms of a draft: owner, hits, emergency list, public, hold, times, hours and stand-ins.

Each is written as YAML that reads the same; what is wrong is told at its field, and stays typed.
"""

import json
from typing import Any

import pytest
from flask import Flask

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.drafts.opening import Opened, opened
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_shared.keys import KeyStore
from tests.html_check import Page
from tests.intake.people import Person
from tests.routing import drafting
from tests.routing.filled_forms import untouched
from tests.routing.town import ARS, Town, person

DRAFTS = "/plan/drafts"
ROTA = "rotas/nachtdienst"


class Draft:
    """A draft of Musterstadt's plan and David at its forms."""

    def __init__(self, town: Town, david: Person) -> None:
        self.town, self.david = town, david
        self.id = drafting.begin(town.database).id

    def form(self, page: str) -> dict[str, list[str]]:
        return untouched(self.david.get(f"{DRAFTS}/{self.id}/{page}").text)

    def send(self, page: str, *, without: tuple[str, ...] = (), **fields: Any) -> Any:
        """Fill some fields of a form and save it."""
        sent = {name: v for name, v in self.form(page).items() if name not in without}
        return self.david.submit(f"{DRAFTS}/{self.id}/{page}", **(sent | fields), action="save")

    @property
    def text(self) -> Opened:
        return opened(drafting.get(self.town.database, self.id).source)

    @property
    def plan(self) -> Plan:
        """The plan as its YAML says it, read anew."""
        text = self.text
        plan, document = read_plan(text.source)
        assert json.loads(document) == text.document
        return plan


@pytest.fixture
def draft(settings: Settings, town: Town, keys: KeyStore) -> Draft:
    app: Flask = create_app(settings, town.database)
    who = {"place": ARS, "person": person("david.dorn")}
    return Draft(town, Person(app, keys, "david", "plan_owner", **who))


def saved(answer: Any) -> None:
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
@pytest.mark.parametrize("page", ["house", "promises", ROTA, "chains/bereitschaft"])
def test_the_forms_are_sound_in_every_language(draft: Draft, page: str, lang: str) -> None:
    shown = draft.david.get(f"{DRAFTS}/{draft.id}/{page}?lang={lang}")

    assert Page(shown.text).faults() == []


def test_the_draft_leads_to_the_forms(draft: Draft) -> None:
    shown = draft.david.get(f"{DRAFTS}/{draft.id}").text

    assert f"/{draft.id}/house" in shown
    assert f"/{draft.id}/promises" in shown


def test_owner_hits_and_emergency_list_are_saved_in_their_order(draft: Draft) -> None:
    emergency = ["lars.lind", "", "eva.engel", "lars.lind"]
    saved(draft.send("house", owner="eva.engel", hits="unique", emergency=emergency))

    assert (draft.plan.owner, draft.plan.is_unique) == ("eva.engel", True)
    assert draft.plan.emergency == ("lars.lind", "eva.engel")

    saved(draft.send("house", owner="", hits="ordered", emergency=["eva.engel", "lars.lind"]))

    assert (draft.plan.owner, draft.plan.is_unique) == (None, False)
    assert draft.plan.emergency == ("eva.engel", "lars.lind")


def test_what_anybody_may_see_is_saved_and_taken_back(draft: Draft) -> None:
    fields = {"public_show": "name", "public_contact": "Zimmer 3", "public_roles": ["rechtsamt"]}
    saved(draft.send("house", **fields))
    shown = draft.plan.public

    saved(draft.send("house", public_show="none"))

    assert (shown.show, shown.contact, shown.roles) == ("name", "Zimmer 3", ("rechtsamt",))
    assert not draft.plan.public.is_shown


def test_a_chain_may_wait_for_the_next_opening(draft: Draft) -> None:
    chain = next(iter(draft.plan.chains))
    saved(draft.send(f"chains/{chain}", hold="next_opening"))
    held = draft.plan.chains[chain].hold

    saved(draft.send(f"chains/{chain}", hold=""))

    assert (held, draft.plan.chains[chain].hold) == ("next_opening", "none")


def test_the_times_of_an_urgency_are_saved(draft: Draft) -> None:
    before = draft.plan.times
    saved(draft.send("promises", u3_take_over_within="20 min", u3_waits="5 min, 7 min"))
    after = draft.plan.times

    assert [each.total_seconds() / 60 for each in after["u3"].waits] == [5, 7]
    assert after["u3"].take_over_within.total_seconds() == 20 * 60
    assert {name: after[name] for name in after if name != "u3"} == {
        name: before[name] for name in before if name != "u3"
    }


def test_an_urgency_left_empty_keeps_the_usual_times(draft: Draft) -> None:
    names = ("take_over_within", "talk_within", "waits", "repeat")
    saved(draft.send("promises", u3_take_over_within="20 min"))
    saved(draft.send("promises", **{f"u3_{name}": "" for name in names}))

    assert draft.plan.times["u3"].take_over_within.total_seconds() == 15 * 60


def test_hours_of_a_rota_are_added_changed_and_taken_away(draft: Draft) -> None:
    before = draft.plan.rotas["nachtdienst"].windows
    last = len(before) + 1
    new = {f"window_days_{last}": ["wed"], f"window_from_{last}": "13:00"}
    saved(draft.send(ROTA, **new, **{f"window_until_{last}": "14:00"}))
    added = draft.plan.rotas["nachtdienst"].windows
    empty = {f"window_{each}_1": "" for each in ("from", "until")}
    saved(draft.send(ROTA, without=("window_days_1",), **empty))

    assert added[:-1] == before
    assert (added[-1].days, f"{added[-1].start:%H:%M}") == ((2,), "13:00")
    assert draft.plan.rotas["nachtdienst"].windows == added[1:]


def test_the_stand_ins_of_a_rota_change_places(draft: Draft) -> None:
    saved(draft.send(ROTA, stand_ins=["lars.lind", "eva.engel", ""]))
    first = draft.plan.rotas["nachtdienst"].stand_ins
    saved(draft.send(ROTA, stand_ins=["eva.engel", "lars.lind"]))

    assert first == ("lars.lind", "eva.engel")
    assert draft.plan.rotas["nachtdienst"].stand_ins == ("eva.engel", "lars.lind")


WRONG = [
    ("house", {"public_show": "alles"}, "public_show", "none, role, name"),
    ("house", {"public_show": "role", "public_contact": "x" * 201}, "public_contact", "≤ 200"),
    ("house", {"owner": "wer.immer"}, "owner", "anna.aydin"),
    ("house", {"emergency": ["wer.immer"]}, "emergency", "anna.aydin"),
    ("house", {"hits": "irgendwie"}, "hits", "ordered, unique"),
    ("promises", {"u2_waits": "bald, 2 h"}, "u2_waits", "10 min, 2 h, 3 d"),
    ("promises", {"u1_repeat": "nie"}, "u1_repeat", "10 min, 2 h, 3 d"),
    ("promises", {"u1_repeat": ""}, "u1_repeat", "fehlt"),
    ("promises", {"u0_talk_within": "400 d"}, "u0_talk_within", "≤ 90 d"),
    ("chains/bereitschaft", {"hold": "immer"}, "hold", "none, next_opening"),
    (ROTA, {"window_from_1": "8 Uhr"}, "window_from_1", "08:00, 24:00"),
    (ROTA, {"window_days_1": ["montags"]}, "window_days_1", "mon, tue, wed"),
    (ROTA, {"stand_ins": ["wer.immer"]}, "stand_ins", "anna.aydin"),
]


@pytest.mark.parametrize(("page", "fields", "field", "allowed"), WRONG)
def test_what_is_wrong_is_told_at_its_field_with_what_is_allowed_and_stays_typed(
    draft: Draft, page: str, fields: dict[str, Any], field: str, allowed: str
) -> None:
    before = draft.text

    answer = draft.send(page, **fields)

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert allowed in answer.text
    assert Page(answer.text).faults() == []
    assert draft.text == before
    kept = untouched(answer.text)
    for name, value in fields.items():
        typed = [value] if isinstance(value, str) else value
        assert set(typed) - {""} <= set(kept.get(name, [])), name


def test_hours_without_a_day_are_told_where_they_stand_after_an_empty_one(draft: Draft) -> None:
    number = len(draft.plan.rotas["nachtdienst"].windows) + 1
    fields = {f"window_from_{number}": "13:00", f"window_until_{number}": "14:00"}
    emptied = {"window_from_1": "", "window_until_1": ""}

    answer = draft.send(ROTA, without=("window_days_1",), **emptied, **fields)

    assert answer.status_code == 422
    assert f'href="#f-window_days_{number - 1}"' in answer.text
    assert untouched(answer.text)[f"window_from_{number - 1}"] == ["13:00"]


def test_a_draft_that_changed_meanwhile_is_not_written_over(draft: Draft) -> None:
    old = draft.form("house")
    saved(draft.send("house", owner="eva.engel"))

    late = draft.david.submit(f"{DRAFTS}/{draft.id}/house", **old, action="save")

    assert late.status_code in (409, 422)
    assert draft.plan.owner == "eva.engel"
