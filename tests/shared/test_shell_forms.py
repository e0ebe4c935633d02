# SPDX-License-Identifier: EUPL-1.2
"""Forms: read with a schema, shown again with what is wrong, believed only from our own page."""

import base64
import json
import re

import pytest
from flask import Flask, redirect

from rueckhalt_shared import shell
from rueckhalt_shared.pages import csrf, forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.gallery import SampleSchema
from tests.html_check import Page
from tests.shared.shell_app import BROWSER, filled, gallery_app, token_of


@pytest.fixture
def app():
    return gallery_app()


@pytest.fixture
def client(app):
    return app.test_client()


def test_a_right_form_is_taken_and_the_next_page_says_so_once(client):
    sent = client.post("/gallery", data=filled(client))

    shown, again = client.get("/gallery").text, client.get("/gallery").text

    assert sent.status_code == 303
    assert "Gesendet. Gespeichert wurde nichts." in shown
    assert "Gesendet." not in again


def test_a_wrong_form_comes_back_with_a_summary_that_links_to_the_fields(client):
    wrong = filled(client, name=" ", email="x@", day__month="13", choice=None, agreed=None)

    response = client.post("/gallery", data=wrong)

    page = Page(response.text)
    summary = re.search(r'role="alert".*?</ul>', response.text, re.DOTALL)[0]
    assert response.status_code == 422
    assert page.faults() == []
    assert re.findall(r'href="#(f-[a-z]+)"', summary) == [
        "f-name",
        "f-email",
        "f-choice",
        "f-day",
        "f-agreed",
    ]
    assert "autofocus" in summary
    assert "<title>Fehler: " in response.text


def test_a_wrong_field_says_what_is_wrong_with_it(client):
    page = client.post("/gallery", data=filled(client, name="x" * 81, code="12")).text

    field = re.search(r'<input[^>]* id="f-name"[^>]*>', page)[0]
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="f-name-hint f-name-error"' in field
    assert "Höchstens 80 Zeichen." in page
    assert "Der Code hat sechs Ziffern." in page


def test_what_was_typed_stays_but_passwords_and_codes_do_not(client):
    wrong = filled(client, choice=None, password="hunter2", code="123456", several=["one", "three"])

    page = client.post("/gallery", data=wrong).text

    assert ">\nEin Satz.</textarea>" in page
    assert 'value="Anna"' in page
    assert page.count("checked") == 3  # two of several, and the one that stands alone
    assert re.findall(r'name="day.\w+"[^>]* value="(\d+)"', page) == ["7", "2", "2026"]
    assert "hunter2" not in page
    assert "123456" not in page


def test_what_was_typed_is_text_and_nothing_else(client):
    page = client.post(
        "/gallery", data=filled(client, name='"><script>alert(1)</script>', choice=None)
    ).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"day.day": "7", "day.month": "2", "day.year": "2026"}, "2026-02-07"),
        ({"day.day": "", "day.month": "", "day.year": ""}, ""),
        ({"day.day": "7", "day.month": "", "day.year": "2026"}, "2026-00-07"),
    ],
)
def test_the_three_boxes_of_a_date_are_one_date(app, given, expected):
    with app.test_request_context("/", method="POST", data=given):
        assert forms.date_field("day") == expected


def test_blank_fields_are_left_out_and_lists_are_lists(app):
    sent = {
        "name": " Anna ",
        "text": "x",
        "email": "  ",
        "choice": "no",
        "several": ["one", "two"],
        "agreed": "true",
    }
    sent |= {"day.day": "7", "day.month": "2", "day.year": "2026"}

    with app.test_request_context("/", method="POST", data=sent):
        body = forms.read(SampleSchema())

    assert body["name"] == "Anna"
    assert "email" not in body
    assert body["several"] == ["one", "two"]
    assert body["day"].isoformat() == "2026-02-07"


def test_a_field_nobody_knows_is_refused(app):
    sent = app.test_request_context("/", method="POST", data={"admin": "1"})
    with sent, pytest.raises(forms.Invalid) as refused:
        forms.read(SampleSchema())

    assert "admin" in {each.field for each in refused.value.form.errors}


def test_a_handler_may_find_a_field_wrong(app):
    with app.test_request_context("/", method="POST", data={"name": "Anna"}):
        refused = forms.wrong(name="error.choice")

    assert refused.form.error("name") == "Bitte wählen Sie eine der Möglichkeiten."
    assert refused.form.value("name") == "Anna"


def test_a_blank_form_shows_what_is_known():
    form = Form.blank(name="Anna", several=["one"], age=None)

    assert form.value("name") == "Anna"
    assert form.has("several", "one")
    assert form.value("age") == form.error("age") == ""


# ------------------------------------------------------------------------------- the token


def test_a_form_without_token_is_refused_and_told_in_plain_words(client):
    response = client.post("/gallery", data=filled(client, csrf_token=None), headers=BROWSER)

    assert response.status_code == 403
    assert "Bitte senden Sie das Formular noch einmal" in response.text


@pytest.mark.parametrize("token", ["", "x", "AAAA", "ü", "A" * 88])
def test_an_invented_token_is_refused(client, token):
    assert client.post("/gallery", data=filled(client, csrf_token=token)).status_code == 403


def test_the_token_of_another_visitor_is_refused(app):
    mine, theirs = app.test_client(), app.test_client()
    stolen = filled(theirs)
    mine.get("/gallery")

    assert mine.post("/gallery", data=stolen).status_code == 403


def test_a_visitor_without_cookie_is_refused(app):
    form = filled(app.test_client())

    assert app.test_client(use_cookies=False).post("/gallery", data=form).status_code == 403


def test_each_page_masks_the_token_anew(client):
    first, second = (token_of(client.get("/gallery").text) for _ in range(2))

    assert first != second
    assert client.post("/gallery", data=filled(client, csrf_token=first)).status_code == 303


def test_after_sign_in_the_token_belongs_to_the_sign_in(app, client):
    before = filled(client)
    csrf.bind(app, lambda: "the id of the session")
    after = filled(client)

    assert client.post("/gallery", data=before).status_code == 403
    assert client.post("/gallery", data=after).status_code == 303


def test_over_https_the_cookie_cannot_be_set_by_a_neighbouring_site(app):
    cookie = app.test_client().get("/gallery", base_url="https://localhost").headers["Set-Cookie"]

    assert cookie.startswith("__Host-rueckhalt_form=")
    for rule in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert rule in cookie


def test_a_page_without_form_sets_no_cookie(client):
    assert "Set-Cookie" not in client.get("/nothing").headers


@pytest.fixture
def bare():
    app = gallery_app()

    @app.post("/bare")
    def bare_view():
        return "taken"

    @app.post("/open")
    @csrf.exempt("a test needs one")
    def open_view():
        return "taken"

    return app.test_client()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"x": "1"}}, 403),
        ({"data": "x", "content_type": "text/plain"}, 403),
        ({"data": {"x": "1"}, "content_type": "multipart/form-data"}, 403),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"data": {"x": "1"}, "headers": {"Authorization": "Basic Ong="}}, 403),
        ({"data": {"x": "1"}, "headers": {"Authorization": "Bearer k"}}, 200),
        ({"json": {"x": 1}}, 200),
        ({}, 200),
    ],
    ids=["form", "text", "file", "foreign", "password", "key", "json", "program"],
)
def test_what_a_foreign_page_could_send_needs_a_token(bare, sent, status):
    assert bare.post("/bare", **sent).status_code == status


def test_a_view_may_do_without_when_it_says_why(bare):
    assert bare.post("/open", data={"x": "1"}).status_code == 200


# ---------------------------------------------------------------------------------- notes


def test_a_note_carries_values_that_are_only_text(app, client):
    @app.get("/leave-note")
    def leave_note():
        return notes.leave(redirect("/gallery"), "demo.sent", kind="info", number="<b>7</b>")

    client.get("/leave-note")
    page = client.get("/gallery").text

    assert "&lt;b&gt;7&lt;/b&gt;" in page
    assert "kern-alert--info" in page


@pytest.mark.parametrize(
    "cookie",
    [
        "x",
        "bnVsbA==",
        "WyJubyIsICJzdWNjZXNzIiwge31d",
        "WzEsMiwzXQ==",
        "WyJkZW1vLnNlbnQiLCAiaW5mbyIsIHt9XQ==",
    ],
    ids=["rubbish", "null", "unknown", "numbers", "no values"],
)
def test_a_forged_note_says_nothing_and_breaks_nothing(client, cookie):
    client.set_cookie(notes.COOKIE, cookie)

    page = client.get("/gallery")

    assert page.status_code == 200
    assert 'role="status"' not in page.text


def test_the_list_is_a_fragment_for_htmx_and_a_page_for_everybody_else(client):
    fragment = client.get("/gallery/rows?like=beispiel+1", headers={"HX-Request": "true"})
    page = client.get("/gallery/rows?like=beispiel+1")

    assert fragment.text.lstrip().startswith('<div id="rows">')
    assert Page(page.text).faults() == []
    assert fragment.text.count('scope="row"') == page.text.count('scope="row"') == 4
    assert "HX-Request" in fragment.headers["Vary"]
    assert "no-store" in fragment.headers["Cache-Control"]


def test_a_step_that_cannot_be_undone_asks_first(client):
    page = client.get("/gallery/confirm").text
    sent = client.post("/gallery/confirm", data={"csrf_token": token_of(page), "thing": "7"})

    assert Page(page).faults() == []
    assert 'name="thing" value="7"' in page
    assert sent.status_code == 303


def test_texts_of_a_service_come_before_the_shared_ones():
    app = Flask("reporting", static_folder=None)
    shell.install(app, shell.Frame(), package="rueckhalt_reporting")

    with app.test_request_context("/?lang=en"):
        words = app.jinja_env.globals["words"]
        assert words("registered") == "Incidents reported:"
        assert words("page.skip") == "Skip to content"


@pytest.mark.parametrize("values", [[1], "x", None, 7], ids=repr)
def test_a_note_that_somebody_else_made_up_is_no_fault(client, values):
    packed = base64.urlsafe_b64encode(json.dumps(["gallery.sent", "success", values]).encode())
    client.set_cookie(notes.COOKIE, packed.decode())

    assert client.get("/gallery").status_code == 200
