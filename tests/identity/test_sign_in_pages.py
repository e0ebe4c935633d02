# SPDX-License-Identifier: EUPL-1.2
"""Signing in as a browser does it: cookies, forms from elsewhere, ways back, links from mails."""

import json
import re

import pytest
from werkzeug.test import TestResponse

from rueckhalt_shared.identity.accounts import handlers, second_factor
from rueckhalt_shared.logging import configure
from tests.identity.browser import HTTPS, Town
from tests.identity.house import PASSWORD

PLAIN = "http://localhost"
COOKIE = "__Host-rueckhalt_session"


def set_cookie(response: TestResponse, name: str = COOKIE) -> str:
    """The header that sets a cookie; empty when none does."""
    found = [c for c in response.headers.getlist("Set-Cookie") if c.startswith(f"{name}=")]
    return found[0] if found else ""


def test_password_then_code_lead_to_the_own_account(town: Town) -> None:
    browser = town.browser()

    done = browser.sign_in()

    assert done.status_code == 303
    assert done.location == "/account"
    page = browser.get("/account").text
    assert "a.beispiel" in page
    assert "Meldende Person" in page


def test_times_of_sessions_are_those_of_german_clocks(town: Town) -> None:
    browser = town.browser()
    browser.sign_in()

    page = browser.get("/account?lang=de").text

    assert re.search(r'datetime="2026-11-20T12:\d\d:\d\d\+00:00">20\.11\.2026, 13:', page)
    assert "UTC" not in page


def test_the_cookie_is_as_strict_as_browsers_allow(town: Town) -> None:
    cookie = set_cookie(town.browser().sign_in())

    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert attributes == {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"}
    assert len(cookie.split("=", 1)[1].split(";")[0]) == 43  # 256 bits


def test_on_this_machine_plain_http_is_enough_elsewhere_it_is_not(town: Town) -> None:
    done = town.browser(PLAIN).sign_in()
    assert set_cookie(done, "rueckhalt_session")
    assert "Secure" not in set_cookie(done, "rueckhalt_session")

    page = town.browser("http://rueckhalt.example").get("/account/sign-in")
    assert page.status_code == 403


def test_over_plain_http_a_session_of_another_name_is_not_even_looked_at(town: Town) -> None:
    browser = town.browser(PLAIN)
    browser.sign_in()
    token = browser.cookie("rueckhalt_session")
    assert token
    away = town.browser("http://rueckhalt.example")
    away.client.set_cookie("rueckhalt_session", token, domain="rueckhalt.example")

    assert away.get("/things", Accept="application/json").status_code == 401


def test_a_planted_session_id_is_never_taken_on(town: Town) -> None:
    browser = town.browser()
    planted = "x" * 43
    browser.client.set_cookie(COOKIE, planted, domain="localhost", secure=True)

    half = browser.submit("/account/sign-in", name="a.beispiel", password=PASSWORD)
    first = browser.cookie()
    browser.submit(half.location, "/account/code", code=town.house.code())
    second = browser.cookie()

    assert len({planted, first, second}) == 3
    assert town.house.people.session(planted) is None
    assert first is not None
    assert town.house.people.session(first) is None


def test_the_half_session_is_no_session(town: Town) -> None:
    browser = town.browser()
    browser.submit("/account/sign-in", name="a.beispiel", password=PASSWORD)

    assert browser.get("/account").status_code == 303
    assert browser.get("/things", Accept="application/json").status_code == 401


@pytest.mark.parametrize("name", ["a.beispiel", "nobody", "<b>x</b>"])
def test_wrong_is_wrong_whoever_it_was(town: Town, name: str) -> None:
    browser = town.browser()

    answer = browser.submit("/account/sign-in", name=name, password="wrong")

    assert answer.status_code == 422
    assert "Name oder Passwort stimmt nicht." in answer.text
    assert "wrong" not in answer.text
    assert "<b>x</b>" not in answer.text
    assert not set_cookie(answer)


def test_the_page_for_an_unknown_name_is_that_for_a_wrong_password(town: Town) -> None:
    def told(name: str) -> str:
        text = town.browser().submit("/account/sign-in", name=name, password="wrong").text
        return re.sub(r'(name="csrf_token"|name="name" type="text") value="[^"]*"', "", text)

    assert told("a.beispiel") == told("unbekannt.")


def test_who_guesses_is_told_to_wait(town: Town) -> None:
    browser = town.browser()
    for _ in range(4):
        browser.submit("/account/sign-in", name="a.beispiel", password="wrong")

    answer = browser.submit("/account/sign-in", name="a.beispiel", password=PASSWORD)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert "1 Sekunden" in answer.text


def test_what_was_refused_stands_in_the_log_without_name_or_address(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(service="intake")
    browser = town.browser()
    browser.submit("/account/sign-in", name="a.beispiel", password="wrong")
    half = browser.submit("/account/sign-in", name="a.beispiel", password=PASSWORD)
    browser.submit(half.location, "/account/code", code="000000")
    browser.submit(half.location, "/account/code", code=town.house.code())
    browser.get("/account/people")

    logged = capsys.readouterr().err
    entries = [json.loads(line) for line in logged.splitlines()]
    refused = [each["step"] for each in entries if each["event"] == "sign-in refused"]
    assert refused == ["password", "code"]
    (denied,) = [each for each in entries if each["event"] == "not allowed"]
    assert denied["route"] == "/account/people"
    assert denied["sender"].startswith("account:")
    assert not re.search(r"a\.beispiel|wrong|000000|127\.0\.0\.1", logged)


EVIL = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/\r\nSet-Cookie: a=b",
    "/%0d%0aSet-Cookie:a=b",
    "\\\\evil.example",
    "/x" * 400,
    "///evil.example",
    "/ä",
]


@pytest.mark.parametrize("wanted", EVIL, ids=range(len(EVIL)))
def test_the_way_back_stays_in_this_house(town: Town, wanted: str) -> None:
    done = town.browser().sign_in(next=wanted)

    assert done.status_code == 303
    assert done.location in ("/account", "/%0d%0aSet-Cookie:a=b")
    assert "a=b" not in "".join(done.headers.getlist("Set-Cookie"))


def test_a_page_that_needs_a_person_leads_to_the_sign_in_and_back(town: Town) -> None:
    browser = town.browser()
    asked = browser.get("/things?page=2")

    assert asked.status_code == 303
    assert asked.location == "/account/sign-in?next=%2Fthings%3Fpage%3D2"
    assert browser.sign_in(next="/things?page=2").location == "/things?page=2"
    assert browser.get("/things?page=2").json["municipalities"] == ["160770999999"]


def test_a_program_gets_a_problem_instead_of_a_page(town: Town) -> None:
    answer = town.browser().get("/things", Accept="*/*")

    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_a_link_from_a_mail_is_one_click_away(town: Town) -> None:
    browser = town.browser()
    browser.sign_in()
    token = browser.cookie()
    browser.client.delete_cookie(COOKIE, domain="localhost")  # strict: it stays behind

    arrived = browser.get("/things", **{"Sec-Fetch-Site": "cross-site"})
    assert arrived.location == "/account/continue?next=%2Fthings"
    page = browser.get(arrived.location, **{"Sec-Fetch-Site": "cross-site"})
    assert 'href="/things"' in page.text

    browser.client.set_cookie(COOKIE, token or "", domain="localhost", secure=True)
    assert browser.get("/things").json["sender"].startswith("account:")


def test_the_step_in_between_leads_nowhere_else(town: Town) -> None:
    page = town.browser().get("/account/continue?next=https://evil.example").text

    assert "evil.example" not in re.sub(r'<nav class="rk-languages.*?</nav>', "", page, flags=re.S)


def test_signing_out_ends_the_session_and_clears_the_browser(town: Town) -> None:
    browser = town.browser()
    browser.sign_in()
    token = browser.cookie() or ""

    answer = browser.submit("/account", "/account/sign-out")

    assert answer.location == "/account/signed-out"
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert browser.cookie() is None
    assert town.house.people.session(token) is None
    assert browser.get("/account/signed-out").status_code == 200


def test_every_form_needs_its_token(town: Town) -> None:
    browser = town.browser()
    browser.sign_in()
    rules = [
        rule
        for rule in town.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and str(rule).startswith("/account")
    ]
    assert len(rules) >= 10

    for rule in rules:
        values = dict.fromkeys(rule.arguments, "0f8fad5b-d9cb-469f-a165-70867728950e")
        with town.app.test_request_context(base_url=HTTPS):
            path = town.app.url_for(rule.endpoint, **values)
        for fields in ({"x": "1"}, {"csrf_token": "AAAA"}):
            assert browser.post(path, fields).status_code == 403, path
        foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        assert browser.post(path, {"x": "1"}, **foreign).status_code == 403, path


def test_another_visitors_token_does_not_fit(town: Town) -> None:
    token = town.browser().token("/account/sign-in")
    browser = town.browser()
    browser.get("/account/sign-in")

    answer = browser.post(
        "/account/sign-in", {"csrf_token": token, "name": "a.beispiel", "password": PASSWORD}
    )

    assert answer.status_code == 403


def test_a_session_changes_nothing_from_a_foreign_page(town: Town) -> None:
    browser = town.browser()
    browser.sign_in()
    client, body = browser.client, {"json": {}, "base_url": HTTPS}

    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert client.post("/things", headers=headers, **body).status_code == 403
    ours = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/things", headers=ours, **body).json == {"done": True}


def test_fresh_pages_ask_for_the_code_again_after_five_minutes(town: Town) -> None:
    browser = town.browser()
    browser.sign_in()
    assert browser.get("/export").text == "everything"
    town.house.clock.pass_(minutes=6)

    asked = browser.get("/export")
    assert asked.location == "/account/confirm?next=%2Fexport"
    wrong = browser.submit(asked.location, "/account/confirm", proof="000000", next="/export")
    assert wrong.status_code == 422
    code = town.house.code()
    right = browser.submit(asked.location, "/account/confirm", proof=code, next="/export")
    assert right.location == "/export"
    assert browser.get("/export").text == "everything"


def test_a_key_has_no_second_factor_and_a_program_is_told_so(town: Town) -> None:
    key = town.house.keys.create(
        sender="x", scopes=["incident:create"], municipalities=["160770999999"]
    )
    client = town.app.test_client()

    answer = client.get("/export", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 403
    assert answer.json["type"].endswith("second-factor-needed")
    assert client.get("/things", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_a_first_link_sets_up_password_app_and_recovery_codes(town: Town) -> None:
    run = town.house.people.database.run
    run(handlers.add_account, "neu", display_name="<script>alert(1)</script>")
    token = run(handlers.make_link, "neu")
    browser, path = town.browser(), f"/account/first/{token}"
    page = browser.get(path).text
    assert "<svg" in page
    assert "Ihr Anmeldename ist neu." in page
    assert "<script>alert" not in page
    _, secret = town.house.people.open_link(token)
    code = second_factor.code_at(secret, town.house.clock())

    def sent(**fields: str) -> TestResponse:
        given = {"password": PASSWORD, "again": PASSWORD, "code": code} | fields
        return browser.submit(path, **given)

    assert sent(again="something else").status_code == 422
    assert sent(password="kurz", again="kurz").status_code == 422
    assert sent(code="000000").status_code == 422
    done = sent()
    assert len(re.findall(r"<code>[A-Z2-9]{4}(?:-[A-Z2-9]{4}){5}</code>", done.text)) == 10
    assert "&lt;script&gt;" in browser.get("/account").text
    assert browser.get(path).status_code == 404


def test_a_new_password_signs_out_everywhere_else(town: Town) -> None:
    here, there = town.browser(), town.browser()
    here.sign_in()
    there.sign_in()
    new = "ein ganz anderer langer Satz"

    wrong = here.submit("/account/password", old="wrong", password=new, again=new)
    done = here.submit("/account/password", old=PASSWORD, password=new, again=new)

    assert wrong.status_code == 422
    assert done.location == "/account"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303


def test_one_sees_where_one_is_signed_in_and_ends_it(town: Town) -> None:
    here, there = town.browser(), town.browser()
    here.sign_in()
    there.sign_in()
    page = here.get("/account").text
    refs = re.findall(r"/account/sessions/([0-9a-f]{16})/end", page)
    assert len(refs) == 1

    here.submit("/account", f"/account/sessions/{refs[0]}/end")
    assert there.get("/account").status_code == 303
    here.submit("/account", "/account/sign-out-everywhere")
    assert here.get("/account").status_code == 303


def test_nobody_has_to_sign_in_where_there_is_no_account(tmp_path) -> None:
    town = Town(tmp_path)

    answer = town.browser().get("/things")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    town.close()


def test_the_pages_speak_english_and_plain_german(town: Town) -> None:
    browser = town.browser()

    assert "Password" in browser.get("/account/sign-in?lang=en").text
    assert "geht nur einmal" in browser.get("/account/first/x?lang=einfach").text


def test_the_demo_user_of_the_start_page_gives_way_to_whoever_signs_in(tmp_path) -> None:
    town = Town(tmp_path, mode="demo")
    town.house.add()
    plain = town.house.keys.create(
        sender="demo", scopes=["incident:create"], municipalities=["160770999999"], mode="demo"
    )
    browser = town.browser()
    browser.client.set_cookie("rueckhalt_demo", plain, domain="localhost")

    assert browser.get("/things").json["sender"] == "demo"
    assert browser.get("/account").location == "/account/sign-in?next=%2Faccount"
    browser.sign_in()
    assert browser.get("/things").json["sender"].startswith("account:")
    town.close()


@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        ({"X-Forwarded-Proto": "https"}, "127.0.0.1"),
        ({"Forwarded": "proto=https"}, "127.0.0.1"),
        ({}, "172.18.0.1"),
    ],
    ids=["forwarded", "forwarded by RFC 7239", "from another machine"],
)
def test_a_proxy_that_says_localhost_does_not_open_plain_http(
    town: Town, headers: dict[str, str], peer: str
) -> None:
    answer = town.app.test_client().get(
        "/account/sign-in",
        base_url="http://127.0.0.1:8081",
        headers={"Accept": "text/html"} | headers,
        environ_base={"REMOTE_ADDR": peer},
    )

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers or "session" not in answer.headers["Set-Cookie"]
