# SPDX-License-Identifier: EUPL-1.2
"""The start page of the demo, the page of caught mail, and the dispatcher in front of all."""

import re
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import pytest
from flask import Flask, url_for
from werkzeug.test import Client

from rueckhalt_shared.access import COOKIE
from rueckhalt_shared.demo.catcher import Mails
from rueckhalt_shared.demo.greeting import greet
from rueckhalt_shared.demo.start import start_app
from rueckhalt_shared.mounting import Mounts, Proxied
from rueckhalt_shared.pages.frame import Frame
from rueckhalt_shared.settings import ServiceSettings

KEY = "rk_demo_1_x"


class FakeHouse:
    """What the start page asks of the running house."""

    def __init__(self, folder, *, demo=True, services=("intake", "notify", "routing", "reporting")):
        installation = SimpleNamespace(api_key=KEY, municipality="160770999999")
        self.plan = SimpleNamespace(
            is_demo=demo,
            folder=SimpleNamespace(installation=installation, is_new=True, path=folder),
        )
        self.catcher = SimpleNamespace(mails=Mails(folder / "mails.db")) if demo else None
        self._services = services

    def addresses(self):
        return {name: f"http://127.0.0.1:9/{name}" for name in self._services}

    def frame(self):
        return Frame(is_demo=self.plan.is_demo, beside=frozenset(self._services))

    def ready(self):
        told = {"url": "http://127.0.0.1:9", "services": self.addresses()}
        return told | {
            "mail": "http://127.0.0.1:9/mail",
            "municipality": "160770999999",
            "api_key": KEY,
            "accounts": [{"user": "meldung", "password": "geheim", "roles": ["reporter"]}],
        }


@pytest.fixture
def house(tmp_path):
    return FakeHouse(tmp_path)


@pytest.fixture
def client(house):
    return start_app(house).test_client()


def test_the_start_page_says_what_to_click_in_german_and_english(client):
    german = client.get("/", headers={"Accept-Language": "de"}).text
    english = client.get("/?lang=en").text

    assert "Einen Vorfall melden" in german
    assert '<html lang="de">' in german
    assert "Report an incident" in english
    assert '<html lang="en">' in english
    assert "/reporting/v1/summaries/160770999999/" in english


def test_only_what_is_deployed_is_offered(tmp_path):
    page = start_app(FakeHouse(tmp_path, services=("notify",))).test_client().get("/").text

    assert "Benachrichtigung lesen" in page
    assert "Einen Vorfall melden" not in page


def test_the_demo_signs_the_browser_in_for_this_site_only(client):
    cookie = client.get("/").headers["Set-Cookie"]

    assert cookie.startswith(f"{COOKIE}={KEY};")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_real_installation_shows_no_key_no_mail_and_sets_no_cookie(tmp_path):
    client = start_app(FakeHouse(tmp_path, demo=False)).test_client()

    page = client.get("/")

    assert KEY not in page.text
    assert "Set-Cookie" not in page.headers
    assert client.get("/mail").status_code == 404
    assert client.get("/mail/messages.json").status_code == 404


def test_under_a_foreign_name_the_demo_gives_nothing_away(client):
    response = client.get("/", base_url="http://rebound.example")

    assert response.status_code == 400
    assert KEY not in response.text


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
def test_a_foreign_page_cannot_make_the_demo_report(client, origin):
    headers = {"Origin": origin} if origin else {}

    assert client.post("/sample", headers=headers).status_code == 403


def test_caught_mail_is_listed_newest_last_for_scripts_and_first_for_people(client, house):
    house.catcher.mails.add("a@b.example", ["c@d.example"], b"Subject: first\n\nhello")
    house.catcher.mails.add("a@b.example", ["c@d.example"], b"Subject: second\n\nhello")

    listed = client.get("/mail/messages.json").json
    page = client.get("/mail").text

    assert [mail["subject"] for mail in listed] == ["first", "second"]
    assert page.index("second") < page.index("first")
    assert [m["subject"] for m in client.get("/mail/messages.json?after=1").json] == ["second"]


def test_a_mail_is_shown_as_text_whatever_it_holds(client, house):
    evil = b"Subject: <script>\nContent-Type: text/html\n\n<script>alert(1)</script>"
    house.catcher.mails.add("a@b.example", ["c@d.example"], evil)

    page = client.get("/mail/1").text

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_links_of_a_mail_can_be_followed(client, house):
    house.catcher.mails.add("a@b.example", ["c@d.example"], b"Subject: x\n\nhttp://127.0.0.1/n/t")

    assert '<a href="http://127.0.0.1/n/t"' in client.get("/mail/1").text


@pytest.mark.parametrize("path", ["/mail", "/mail/1"])
@pytest.mark.parametrize(
    ("received_at", "german", "english"),
    [
        ("2026-11-22T23:04:05.678Z", "23.11.2026, 00:04:05 Uhr", "2026-11-23, 00:04:05"),
        ("2026-07-01T10:00:00.000Z", "01.07.2026, 12:00:00 Uhr", "2026-07-01, 12:00:00"),
    ],
    ids=["winter", "summer"],
)
def test_times_are_those_of_germany_in_the_reader_s_language(
    client, house, tmp_path, path, received_at, german, english
):
    house.catcher.mails.add("a@b.example", ["c@d.example"], b"Subject: x\n\nhello")
    with closing(sqlite3.connect(tmp_path / "mails.db")) as mails, mails:
        mails.execute("UPDATE mails SET received_at = ?", (received_at,))

    page = client.get(f"{path}?lang=de").text

    assert german in page
    assert "UTC" not in page
    assert f'datetime="{received_at}"' in page
    assert english in client.get(f"{path}?lang=en").text


def test_the_real_start_page_answers_only_under_the_names_it_was_given(tmp_path):
    settings = ServiceSettings(
        service="intake", data=tmp_path, mode="live", hosts=("rueckhalt.musterstadt.example",)
    )
    rooms = SimpleNamespace(service="intake", settings=settings, people=None)
    client = start_app(FakeHouse(tmp_path, demo=False), rooms).test_client()

    known = client.get("/", base_url="https://rueckhalt.musterstadt.example")
    foreign = client.get("/", base_url="https://evil.example")

    assert known.status_code == 200
    assert foreign.status_code == 400


def test_an_address_that_is_not_there_leads_back_to_the_start(client):
    answered = client.get("/nowhere?lang=de", headers={"Accept": "text/html"})

    assert answered.status_code == 404
    assert "Diese Seite gibt es nicht" in answered.text
    assert '<a href="/">' in answered.text


def test_a_mail_that_is_not_there_is_404(client):
    assert client.get("/mail/7").status_code == 404


def test_pages_carry_no_inline_script_and_no_inline_style(client, house):
    house.catcher.mails.add("a@b.example", ["c@d.example"], b"Subject: x\n\nhello")

    for path in ("/", "/mail", "/mail/1"):
        page = client.get(path).text
        assert "style=" not in page
        assert "<style" not in page
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
        assert re.search(r"<h1>[^<]+</h1>", page)
        assert "<title>" in page


def test_links_stay_under_the_name_the_browser_came_by(client):
    page = client.get("/", base_url="http://localhost:8080").text

    assert re.findall(r'href="(http[^"]*)"', page) == []


def greeting(house, capsys, monkeypatch, language="de"):
    monkeypatch.setattr("rueckhalt_shared.demo.greeting.terminal_language", lambda: language)
    greet(house)
    return capsys.readouterr().out


def test_on_a_terminal_the_demo_says_where_to_begin(house, capsys, monkeypatch):
    told = greeting(house, capsys, monkeypatch)

    assert "http://127.0.0.1:9" in told
    assert KEY in told
    assert "Beenden mit Strg-C" in told


def test_a_new_real_installation_is_told_how_to_make_its_first_key(tmp_path, capsys, monkeypatch):
    house = FakeHouse(tmp_path, demo=False)

    told = greeting(house, capsys, monkeypatch, language="en")

    assert f"rueckhalt key new --data {tmp_path}" in told
    assert KEY not in told


def mounted(name):
    app = Flask(name)
    app.add_url_rule("/thing/<id>", "thing", lambda id: url_for("thing", id=id))
    app.add_url_rule("/", "root", lambda: f"root of {name}")
    return app


@pytest.fixture
def front():
    return Client(Mounts({"intake": mounted("intake")}, mounted("rest")))


def test_a_mounted_app_builds_addresses_with_its_mount(front):
    assert front.get("/intake/thing/5").text == "/intake/thing/5"


def test_everything_else_is_the_start_pages(front):
    assert front.get("/").text == "root of rest"
    assert front.get("/thing/5").text == "/thing/5"
    assert front.get("/intakes/thing/5").status_code == 404


def test_a_mount_without_a_slash_is_its_root(front):
    assert front.get("/intake").status_code in (200, 308)
    assert front.get("/intake/").text == "root of intake"


def test_forwarded_headers_count_only_from_a_listed_proxy():
    app = Flask("app")
    app.add_url_rule("/", "root", lambda: url_for("root", _external=True))
    client = Client(Proxied(app, ["192.0.2.7"]))
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "rueckhalt.example"}

    listed = client.get("/", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    stranger = client.get("/", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.8"})

    assert listed.text == "https://rueckhalt.example/"
    assert stranger.text == "http://localhost/"
