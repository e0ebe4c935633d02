# SPDX-License-Identifier: EUPL-1.2
"""Every page of ours: no barrier that axe finds, no other server, the whole walk by hand."""

import re

import pytest

from tests.browser.conftest import EACH
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]

MONTHS = "/reporting/v1/summaries/160770999999"


def links(demo):
    """The answer links of all mails, oldest first."""
    found = [re.search(r"http\S+/n/\S+", mail["text"]) for mail in demo.mails()]
    return [match.group(0) for match in found if match]


def link_after(demo, known):
    """The answer link of a mail that was not there when `known` was asked for."""
    return eventually(lambda: [link for link in links(demo) if link not in known])[-1]


@pytest.fixture
def asked_link(demo):
    """Somebody was asked, and has not answered."""
    known = links(demo)
    demo.api(
        "POST",
        "intake",
        "/v1/incidents",
        json={"municipality": demo.ready["municipality"], "forms": ["threat"]},
    )
    return link_after(demo, known)


def pages(asked_link):
    """Pages in other languages than test_every_page.py asks them, and the one behind a mail."""
    return [
        "/?lang=en",
        "/?lang=einfach",
        "/gallery?lang=en",
        "/gallery?lang=einfach",
        f"{asked_link}?lang=de",
        f"{asked_link}?lang=einfach",
        f"{MONTHS}/2026-10.html?lang=einfach",
    ]


@pytest.mark.walks("/gallery/problem/<int:status>")
@pytest.mark.parametrize("way", EACH)
def test_no_error_has_a_barrier(looking, way):
    visitor, faults = looking(way), {}
    for status in (400, 403, 410, 413, 422, 429, 500, 503):
        faults |= visitor.faults(f"/gallery/problem/{status}?lang=de", status=status)
    visitor.sign_in("meldung")

    assert faults == {}
    assert visitor.faults("/routing/plan?lang=de", status=403) == {}


@pytest.mark.walks("/notify/n/<token>")
@pytest.mark.parametrize("way", EACH)
def test_no_page_has_a_barrier_and_every_page_is_sound_html(looking, asked_link, way):
    visitor = looking(way)

    faults = visitor.faults(*pages(asked_link))
    faults |= visitor.faults("/nothing-here?lang=de", "/notify/n/unknown", status=404)
    visitor.open("/intake/docs?lang=de")
    viewer = visitor.barriers()  # the viewer inside is other people's

    assert faults == {}
    assert viewer == []


@pytest.mark.walks("/notify/n/<token>/result")
def test_a_person_walks_from_the_mail_to_the_take_over_by_keyboard(visitor, demo):
    known = links(demo)
    visitor.page.click("main form button >> nth=0")
    link = link_after(demo, known)

    visitor.open(link)
    visitor.page.focus("button[value=take_over]")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    eventually(
        lambda: visitor.page.reload() and "Sie haben übernommen" in visitor.page.inner_text("main")
    )

    assert visitor.complaints() == []
    visitor.open(link)
    assert visitor.page.locator("button[value=take_over]").count() == 0


def test_no_page_asks_another_server(visitor):
    visitor.open("/intake/docs")
    visitor.page.wait_for_selector(".swagger-ui .opblock")

    foreign = [url for url in visitor.asked if not url.startswith((visitor.base, "data:", "blob:"))]

    assert foreign == []


def test_pages_work_without_scripts(no_script, asked_link):
    no_script.open(asked_link)
    buttons = no_script.page.locator("form[method=post] button").count()
    no_script.open(f"{MONTHS}/2026.html")
    tables = no_script.page.locator("table caption").count()

    assert buttons >= 1
    assert tables >= 3
