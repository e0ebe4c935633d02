# SPDX-License-Identifier: EUPL-1.2
"""Every page of ours: no barrier that axe finds, no other server, the whole walk by hand."""

import re

import pytest

from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

MONTHS = "/reporting/v1/summaries/160770999999"


def links(demo):
    """The answer links of all mails, oldest first."""
    found = [re.search(r"http\S+/n/\S+", mail["text"]) for mail in demo.mails()]
    return [match.group(0) for match in found if match]


def link_after(demo, known):
    """The answer link of a mail that was not there when `known` was asked for."""
    return eventually(lambda: [link for link in links(demo) if link not in known])[-1]


@pytest.fixture(scope="module")
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_on_any_page(visitor, asked_link, scheme):
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.page.click("main form button >> nth=0")
    pages = ["/", "/?lang=en", "/mail", asked_link, "/notify/n/unknown"]
    pages += [f"{MONTHS}/2026.html", f"{MONTHS}/2026-10.html?lang=einfach"]

    complaints = {}
    for path in pages:
        visitor.open(path)
        complaints[path] = visitor.complaints()

    assert {path: found for path, found in complaints.items() if found} == {}


def test_pages_fit_a_narrow_window(visitor, asked_link):
    visitor.page.set_viewport_size({"width": 320, "height": 640})

    wide = []
    for path in ("/", "/mail", asked_link, f"{MONTHS}/2026.html"):
        visitor.open(path)
        if visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)

    assert wide == []


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

    visitor.open(link)
    assert visitor.page.locator("button[value=take_over]").count() == 0


def test_no_page_asks_another_server(visitor):
    visitor.open("/intake/docs")
    visitor.page.wait_for_selector(".swagger-ui .opblock")

    foreign = [url for url in visitor.asked if not url.startswith((visitor.base, "data:", "blob:"))]

    assert foreign == []


def test_pages_work_when_no_script_arrives(visitor, asked_link):
    visitor.page.route("**/*.js", lambda route: route.abort())
    visitor.open(asked_link)
    buttons = visitor.page.locator("form[method=post] button").count()
    visitor.open(f"{MONTHS}/2026.html")
    tables = visitor.page.locator("table caption").count()

    assert buttons >= 1
    assert tables >= 3
