# SPDX-License-Identifier: EUPL-1.2
"""Guidance and help in a real browser: light, by keyboard, and told what is wrong."""

import gzip
from collections.abc import Callable

import pytest
import requests

from tests.browser.conftest import EACH, Visitor
from tests.flows.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
BUDGET = 150 * 1024


@pytest.mark.parametrize("way", EACH)
def test_an_entry_with_faults_has_no_barrier(
    looking: Callable[[str], Visitor], demo: Demo, way: str
) -> None:
    visitor = looking(way)
    visitor.sign_in("verwaltung")
    entries = f"/intake/help/entries/{demo.ready['municipality']}"

    visitor.open(f"{entries}/new")
    visitor.page.click("main form button[type=submit]")
    visitor.page.wait_for_selector(".rk-summary")

    assert visitor.complaints() == []


def test_whoever_is_in_danger_gets_the_answer_without_scripts(no_script: Visitor) -> None:
    no_script.open("/intake/danger?lang=de")
    no_script.page.check("input[value=weapon_shown]")
    no_script.page.click("main button[type=submit]")

    assert "Rufen Sie jetzt die 110 an" in no_script.page.inner_text("main")
    assert no_script.page.url.endswith("/intake/danger")
    assert no_script.page.title().startswith("Informationen")


def test_a_card_is_walked_by_keyboard_and_ticked(visitor: Visitor) -> None:
    visitor.open("/intake/cards/02?lang=einfach")

    walked = visitor.walk()
    visitor.page.focus("#b-1")
    visitor.page.keyboard.press("Space")

    assert sum("input#" in each for each in walked) > 20
    assert visitor.page.is_checked("#b-1")
    visitor.page.reload()
    assert not visitor.page.is_checked("#b-1")


def test_the_first_visit_weighs_little(visitor: Visitor) -> None:
    visitor.asked.clear()
    visitor.open("/intake/cards/06?lang=de")
    addresses = {each for each in visitor.asked if each.startswith("http")}

    answers = [requests.get(each, timeout=30) for each in addresses]
    packed = {a.url: len(gzip.compress(a.content)) for a in answers}

    assert sum(packed.values()) <= BUDGET, packed
