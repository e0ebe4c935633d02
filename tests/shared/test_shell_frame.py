# SPDX-License-Identifier: EUPL-1.2
"""The frame of every page: whose it is, where else one can go, languages, the way out."""

import re
from types import SimpleNamespace

import pytest

from rueckhalt_shared import shell
from rueckhalt_shared.pages.frame import Account, Frame
from rueckhalt_shared.pages.leaving import onward
from tests.html_check import Page
from tests.shared.shell_app import BROWSER, gallery_app, token_of


@pytest.fixture
def client():
    return gallery_app(municipality="Stadt Musterstadt", is_demo=True).test_client()


def settings(**changed):
    known = {
        "service": "intake",
        "base_url": "http://127.0.0.1:8080/intake",
        "neighbours": {
            "intake": "http://127.0.0.1:8080/intake",
            "reporting": "http://127.0.0.1:8080/reporting",
            "routing": "https://routing.example",
        },
        "embedded": True,
        "municipality": "160770999999",
        "municipality_name": "Stadt Musterstadt",
        "language": "de",
        "is_demo": False,
        "imprint_url": "https://musterstadt.example/impressum",
        "privacy_url": "",
        "accessibility_url": "",
        "exit_url": "https://example.org/",
    }
    return SimpleNamespace(**(known | changed))


def links(page):
    return dict(re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', page))


@pytest.mark.parametrize("language", ["de", "en", "einfach"])
def test_the_gallery_is_sound_html_in_every_language(client, language):
    page = client.get(f"/gallery?lang={language}").text

    assert Page(page).faults() == []


def test_the_first_thing_to_reach_is_the_content_then_the_exit(client):
    first, second = re.findall(r"<a [^>]*href=\"([^\"]+)\"", client.get("/gallery").text)[:2]

    assert (first, second) == ("#main", "/leave")


@pytest.mark.parametrize(
    ("language", "tag", "text"),
    [
        ("de", "de", "Bausteine der Seiten"),
        ("en", "en", "Parts of pages"),
        ("einfach", "de-simple", "Teile der Seiten"),
    ],
)
def test_pages_speak_three_languages(client, language, tag, text):
    page = client.get(f"/gallery?lang={language}").text

    assert f'<html lang="{tag}">' in page
    assert f"<h1>{text}</h1>" in page


def test_the_language_switch_keeps_the_address(client):
    page = client.get("/gallery/rows?like=a%26b&page=2&lang=en").text

    assert 'href="?like=a%26b&amp;page=2&amp;lang=einfach"' in page
    assert re.search(r'href="\?like=a%26b&amp;page=2&amp;lang=en"[^>]* aria-current="true"', page)


def test_a_chosen_language_stays_for_the_visit(client):
    client.get("/gallery?lang=en")

    assert "Parts of pages" in client.get("/gallery", headers={"Accept-Language": "de"}).text


def test_the_browser_is_asked_when_nobody_has_chosen(client):
    english = client.get("/gallery", headers={"Accept-Language": "en-GB,de;q=0.5"})

    assert "Parts of pages" in english.text
    assert {"Accept-Language", "Cookie"} <= set(english.headers["Vary"].split(", "))


def test_an_unknown_language_is_that_of_the_installation():
    client = gallery_app(language="en").test_client()

    assert "Parts of pages" in client.get("/gallery?lang=xx").text


def test_a_demo_says_so_on_every_page(client):
    assert "Vorführung mit erfundenen Daten" in client.get("/gallery").text
    assert "Vorführung" not in gallery_app().test_client().get("/gallery").text


def test_the_small_print_links_what_the_operator_has_set():
    app = gallery_app(imprint_url="https://m.example/i", accessibility_url="https://m.example/a")

    found = links(app.test_client().get("/gallery").text)

    assert found["https://m.example/i"] == "Impressum"
    assert found["https://m.example/a"] == "Barrierefreiheit"
    assert "Datenschutz" not in found.values()


def test_services_of_the_same_process_are_linked_below_the_same_name():
    app = gallery_app(municipality_key="160770999999", beside=frozenset({"reporting"}))

    page = app.test_client().get("/gallery", environ_overrides={"SCRIPT_NAME": "/rueckhalt"}).text

    assert re.search(r'href="/rueckhalt/reporting/v1/summaries/160770999999/\d{4}.html', page)
    assert 'href="/rueckhalt/"' in page


def test_services_elsewhere_are_linked_by_their_address():
    app = gallery_app(municipality_key="160770999999", addresses={"reporting": "https://r.example"})

    assert (
        'href="https://r.example/v1/summaries/160770999999/'
        in app.test_client().get("/gallery").text
    )


def test_what_is_not_deployed_is_not_linked():
    page = gallery_app(municipality_key="160770999999").test_client().get("/gallery").text

    assert "Übersichten" not in page


def test_a_service_in_up_knows_its_neighbours_by_path_and_others_by_address():
    around = Frame.of(settings())
    app = gallery_app()

    with app.test_request_context("/x", environ_overrides={"SCRIPT_NAME": "/pre/intake"}):
        assert around.home == "/pre/"
        assert around.address("reporting") == "/pre/reporting"
        assert around.address("routing") == "https://routing.example"
        assert around.address("notify") == ""


def test_a_service_alone_has_no_start_page():
    around = Frame.of(settings(embedded=False, base_url="https://intake.example"))

    with gallery_app().test_request_context("/x"):
        assert around.home == ""
        assert around.address("reporting") == "http://127.0.0.1:8080/reporting"


def test_the_header_says_who_is_signed_in_and_signs_out_by_a_form():
    app = gallery_app()
    shell.show_account(app, lambda: Account(name="Anna Amsel", sign_out="/account/sign-out"))

    page = app.test_client().get("/gallery").text

    assert "Angemeldet: Anna Amsel" in page
    assert re.search(r'<form class="rk-account" method="post" action="/account/sign-out">', page)
    assert Page(page).faults() == []


@pytest.mark.parametrize(
    ("name", "scopes", "is_there"),
    [("Anna", {"stats:internal"}, True), ("Anna", {"stats:public"}, False), ("", set(), True)],
    ids=["may", "may not", "nobody signed in"],
)
def test_a_line_of_the_navigation_leads_nobody_to_a_shut_door(name, scopes, is_there):
    app = gallery_app(municipality_key="160770999999", beside=frozenset({"reporting"}))
    shell.show_account(app, lambda: Account(name=name, scopes=frozenset(scopes)))

    assert ("Übersichten" in app.test_client().get("/gallery").text) is is_there


def test_the_quick_exit_leads_away_and_leaves_nothing_behind():
    client = gallery_app(exit_url="https://harmless.example/").test_client()
    client.get("/gallery?lang=en")
    client.set_cookie("rueckhalt_session", "x")

    response = client.get("/leave", headers={"Sec-Fetch-Site": "same-origin"})

    assert response.status_code == 303
    assert response.headers["Location"] == "https://harmless.example/"
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert not [
        c for c in ("rueckhalt_lang", "rueckhalt_session", "rueckhalt_form") if client.get_cookie(c)
    ]


def test_a_foreign_page_cannot_throw_a_visitor_out(client):
    client.set_cookie("rueckhalt_session", "x")

    response = client.get("/leave", headers={"Sec-Fetch-Site": "cross-site"})

    assert "Clear-Site-Data" not in response.headers
    assert client.get_cookie("rueckhalt_session")


def test_by_default_the_exit_shows_the_weather(client):
    assert client.get("/leave").headers["Location"] == "https://www.dwd.de/"


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil", "x"])
def test_onward_leads_within_the_site_only(address):
    with gallery_app().test_request_context("/"), pytest.raises(ValueError, match="this site"):
        onward(address)


def test_onward_is_a_page_with_one_link_on():
    with gallery_app().test_request_context("/"):
        page = onward("/incidents/7")

    assert 'href="/incidents/7"' in page
    assert Page(page).faults() == []


def test_files_may_be_kept_for_a_year_because_their_address_follows_their_content(client):
    address = re.search(r'href="([^"]+kern.min.css[^"]*)"', client.get("/gallery").text)[1]

    with client.get(address) as known, client.get(address.partition("?")[0]) as guessed:
        kept = [answer.headers["Cache-Control"] for answer in (known, guessed)]

    assert kept == ["public, max-age=31536000, immutable", "public, max-age=3600, immutable"]


def test_files_are_packed_for_whoever_can_unpack_them(client):
    with client.get("/static/vendor/kern-2.7.2/kern.min.css") as plain:
        size = len(plain.data)
    packed = client.get(
        "/static/vendor/kern-2.7.2/kern.min.css", headers={"Accept-Encoding": "gzip"}
    )

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < size / 6


@pytest.mark.parametrize("path", ["/static/../shell.py", "/static/nothing.css", "/static/"])
def test_nothing_else_is_served(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [("/nothing", 404, "Diese Seite gibt es nicht"), ("/leave", 405, "So geht es")],
)
def test_errors_are_pages_for_people_and_documents_for_programs(client, path, status, text):
    token = token_of(client.get("/gallery").text)
    send = client.get if status == 404 else client.post

    page = send(path, headers=BROWSER, data={"csrf_token": token})
    document = send(path, data={"csrf_token": token})

    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert text in page.text
    assert "Accept" in page.headers["Vary"]
    assert Page(page.text).faults() == []
    assert (document.status_code, document.mimetype) == (status, "application/problem+json")


def test_a_fault_of_ours_is_a_page_too_and_tells_nothing():
    app = gallery_app()
    app.add_url_rule("/fault", "fault", lambda: 1 / 0)

    page = app.test_client().get("/fault", headers=BROWSER)

    assert page.status_code == 500
    assert "Bei uns ist ein Fehler aufgetreten" in page.text
    assert "ZeroDivision" not in page.text
