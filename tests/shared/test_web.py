# SPDX-License-Identifier: EUPL-1.2
"""The front of every service: errors, bodies, headers, rules of access."""

import base64
import json
from io import BytesIO

import pytest
from flask import Flask

from rueckhalt_shared.access import COOKIE, NoAccessRule, access_of, check_rules
from rueckhalt_shared.web import Blueprint
from tests.shared.front import ARS, Front, bearer

NOTE = {"municipality": ARS, "forms": ["threat"]}


@pytest.fixture
def front(tmp_path):
    front = Front(tmp_path)
    yield front
    front.close()


@pytest.fixture
def demo(tmp_path):
    front = Front(tmp_path, mode="demo")
    yield front
    front.close()


def post(front, body=None, *, raw=None, key=None, **options):
    data = raw if raw is not None else json.dumps(NOTE if body is None else body)
    headers = bearer(key or front.key())
    content_type = options.pop("content_type", "application/json")
    return front.client.post("/v1/notes", data=data, headers=headers, content_type=content_type)


def is_problem(response, status):
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    document = json.loads(response.data)
    assert document["status"] == status
    assert {"type", "title"} <= set(document)
    return document


def test_a_good_request_reaches_the_view_and_the_location_names_the_thing(front):
    response = post(front)

    assert response.status_code == 201
    assert response.json["mode"] == "live"
    assert response.headers["Location"] == "/v1/notes/1"


def test_below_a_mount_the_location_carries_the_mount(front):
    response = front.client.post(
        "/v1/notes", json=NOTE, headers=bearer(front.key()), base_url="http://localhost/routing"
    )

    assert response.headers["Location"] == "/routing/v1/notes/1"


def test_an_unknown_path_is_a_problem(front):
    is_problem(front.client.get("/nowhere"), 404)


def test_a_wrong_method_is_a_problem_that_says_which_are_allowed(front):
    response = front.client.delete("/v1/notes/1")

    is_problem(response, 405)
    assert "GET" in response.headers["Allow"]


def test_werkzeugs_other_errors_are_problems_too(front):
    is_problem(front.client.post("/v1/notes/busy"), 429)


def test_broken_json_is_a_problem(front):
    assert is_problem(post(front, raw="{"), 400)["title"] == "Not JSON"


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"[NaN]", b'{"a": Infinity}', b"[" * 200_000])
def test_what_is_not_json_is_never_a_fault_of_ours(front, raw):
    is_problem(post(front, raw=raw), 400)


def test_twenty_levels_pass_and_one_more_does_not(front):
    def deep(levels):
        return '{"municipality": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"

    assert is_problem(post(front, raw=deep(20)), 422)["errors"][0]["field"] == "municipality"
    assert "20 levels" in is_problem(post(front, raw=deep(21)), 400)["detail"]


def test_another_media_type_is_a_problem_that_says_what_is_taken(front):
    response = post(front, content_type="text/plain")

    is_problem(response, 415)
    assert response.headers["Accept-Post"] == "application/json"


def test_a_body_over_one_mebibyte_is_too_large(front):
    is_problem(post(front, raw=json.dumps({"narrative": "x" * 1024 * 1024})), 413)


@pytest.mark.parametrize(("more", "status"), [(0, 201), (1, 413)])
def test_a_body_sent_in_pieces_is_never_cut_at_the_limit(front, more, status):
    whole = json.dumps({"municipality": ARS, "narrative": ""}).encode()
    raw = whole[:-2] + b"x" * (1024 * 1024 - len(whole)) + whole[-2:] + b" " * more

    response = front.client.post(
        "/v1/notes",
        input_stream=BytesIO(raw),
        headers=bearer(front.key()),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert response.status_code == status


def test_an_unknown_field_is_named_with_its_path(front):
    body = NOTE | {"reporter": {"email": "a@b.example", "nick": "x"}, "colour": "red"}

    errors = is_problem(post(front, body), 422)["errors"]

    assert {"field": "colour", "problem": "unknown field"} in errors
    assert {"field": "reporter.nick", "problem": "unknown field"} in errors


def test_an_unknown_code_is_told_with_the_allowed_ones_and_a_near_match(front):
    error = is_problem(post(front, NOTE | {"forms": ["threat", "thread"]}), 422)["errors"][0]

    assert error["field"] == "forms[1]"
    assert "did you mean 'threat'?" in error["problem"]
    assert error["allowed"] == ["threat", "insult"]


def test_an_unknown_query_parameter_is_an_error_and_not_ignored(front):
    response = front.client.get("/v1/notes/1?pagesize=3", headers=bearer(front.key()))

    assert is_problem(response, 422)["errors"][0]["field"] == "pagesize"


def test_nul_passes_only_where_the_schema_says_so(front):
    allowed = post(front, raw=json.dumps(NOTE | {"narrative": "a\0b"}))
    refused = post(front, raw=json.dumps(NOTE | {"municipality": "a\0b"}))

    assert allowed.status_code == 201
    assert is_problem(refused, 422)["errors"][0]["field"] == "municipality"


@pytest.mark.parametrize("field", ["narrative", "municipality", "\ud800"])
def test_half_a_character_is_refused_and_the_answer_can_still_be_read(front, field):
    raw = json.dumps(NOTE | {field: "x\ud800y"})

    is_problem(post(front, raw=raw), 422)


def test_hate_and_every_script_pass_unchanged(front):
    text = "\u202e\u2066 卐 ☭ 😀 \u00ad <script>alert(1)</script> '; DROP TABLE incidents; --"

    assert post(front, NOTE | {"narrative": text}).status_code == 201


def test_a_domain_exception_becomes_its_mapped_problem(front):
    document = is_problem(front.client.post("/v1/notes/fail/taken"), 422)

    assert document["type"] == "urn:rueckhalt:problem:reference-taken"
    assert document["title"] == "Reference taken"
    assert document["detail"] == "5 is taken"


def test_a_field_problem_of_a_handler_looks_like_one_of_a_schema(front):
    document = is_problem(front.client.post("/v1/notes/fail/field"), 422)

    assert document["errors"] == [
        {"field": "forms[0]", "problem": "unknown code", "allowed": ["threat"]}
    ]


def test_a_database_that_is_away_is_503_and_says_when_to_come_again(front):
    response = front.client.post("/v1/notes/fail/away")

    is_problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0


def test_a_fault_of_ours_tells_nothing_of_what_was_sent(front, capsys):
    response = front.client.post("/v1/notes/fail/bug")

    is_problem(response, 500)
    told = response.text + "".join(capsys.readouterr())
    assert "CANARY" not in told


def test_without_a_key_the_answer_says_which_kind_is_wanted(front):
    response = front.client.post("/v1/notes", json=NOTE)

    is_problem(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_key_is_checked_before_the_body_is_looked_at(front):
    response = front.client.post("/v1/notes", data=b"{", headers=bearer("rk_live_x_y"))

    is_problem(response, 401)


def test_a_key_without_the_scope_is_refused(front):
    is_problem(post(front, key=front.key("incident:read")), 403)


def test_a_key_reaches_its_municipality_and_those_below_it(front):
    kreis = front.key("incident:create", municipality="16077")
    own = front.key("incident:create", "incident:read")

    assert post(front, key=kreis).status_code == 201
    assert post(front, key=own).status_code == 201
    elsewhere = is_problem(post(front, NOTE | {"municipality": "010010000000"}, key=kreis), 403)
    assert elsewhere["title"] == "Out of reach"


def test_a_page_may_be_read_with_the_key_as_password_but_nothing_written(front):
    password = base64.b64encode(f"x:{front.key()}".encode()).decode()
    headers = {"Authorization": f"Basic {password}"}

    assert front.client.get("/page.html", headers=headers).status_code == 200
    is_problem(front.client.post("/v1/notes", json=NOTE, headers=headers), 401)


def test_a_browser_is_asked_for_a_password(front):
    response = front.client.get("/page.html", headers={"Accept": "text/html"})

    assert response.status_code == 401
    assert response.mimetype == "text/html"
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_the_demo_cookie_reads_and_writes_only_from_our_own_page(demo):
    client = demo.client
    client.set_cookie(COOKIE, demo.key(mode="demo"))

    assert client.get("/page.html").status_code == 200
    is_problem(client.post("/v1/notes", json=NOTE), 401)
    for header in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}):
        assert client.post("/v1/notes", json=NOTE, headers=header).status_code == 201
    for header in ({"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
        is_problem(client.post("/v1/notes", json=NOTE, headers=header), 401)


def test_a_real_installation_knows_neither_the_cookie_nor_a_demo_key(front):
    client, key = front.client, front.key(mode="demo")
    client.set_cookie(COOKIE, front.key())

    is_problem(client.get("/page.html"), 401)
    is_problem(post(front, key=key), 401)


def test_the_demo_answers_only_under_names_of_this_machine(demo):
    assert demo.client.get("/healthz", base_url="http://127.0.0.1:8080").status_code == 200
    is_problem(demo.client.get("/healthz", base_url="http://evil.example"), 400)


def test_every_answer_carries_the_security_headers(front):
    for path in ("/healthz", "/docs", "/nowhere", "/openapi.json", "/v1/notes/1"):
        headers = front.client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_only_the_api_viewer_may_style_inline(front):
    def policy(path):
        return front.client.get(path).headers["Content-Security-Policy"]

    assert "unsafe-inline" in policy("/docs")
    assert "unsafe-inline" not in policy("/healthz")
    assert "script-src 'self';" in policy("/docs")


def test_over_https_browsers_are_told_to_stay_there(front):
    response = front.client.get("/healthz", base_url="https://localhost")

    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]


def test_a_view_without_a_rule_stops_the_start():
    app = Flask(__name__, static_folder=None)
    bare = Blueprint("bare", __name__)
    bare.get("/")(lambda: "open")
    app.register_blueprint(bare)

    with pytest.raises(NoAccessRule, match="bare"):
        check_rules(app)


def test_every_view_of_a_service_says_who_may_call_it(front):
    rules = {r.endpoint: access_of(front.app, r.endpoint) for r in front.app.url_map.iter_rules()}

    assert None not in rules.values()
    assert rules["events.accept_events"] == "event:publish"


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def opened(front, case, **headers):
    """Open an address as a browser would."""
    method, path, scope = case
    if scope:
        headers["Authorization"] = f"Bearer {front.key(scope)}"
    return front.client.open(path, method=method, headers=BROWSER | headers)


@pytest.mark.parametrize(
    ("case", "status", "german", "english"),
    [
        (("GET", "/nowhere", None), 404, "Diese Seite gibt es nicht", "This page does not exist"),
        (("PUT", "/v1/notes", None), 405, "So geht es hier nicht", "It does not work this way"),
        (("GET", "/page.html", None), 401, "Bitte melden Sie sich an", "Please sign in"),
        (
            ("GET", "/page.html", "event:publish"),
            403,
            "Diese Seite ist nicht für Sie freigegeben",
            "This page is not open to you",
        ),
    ],
    ids=["404", "405", "401", "403"],
)
def test_in_a_browser_a_closed_way_is_a_page_for_people(front, case, status, german, english):
    page = opened(front, case, **{"Accept-Language": "de"})

    assert page.status_code == status
    assert page.content_type == "text/html; charset=utf-8"
    assert f"<h1>{german}</h1>" in page.text
    assert english in opened(front, case, **{"Accept-Language": "en"}).text
    assert {"Accept", "Accept-Language"} <= set(page.vary)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/problem+json", None])
def test_whoever_does_not_ask_for_a_page_gets_the_problem(front, accept):
    headers = {"Accept": accept} if accept else {}

    is_problem(front.client.get("/nowhere", headers=headers), 404)
    is_problem(front.client.get("/page.html", headers=headers), 401)


def test_the_page_keeps_the_headers_of_the_problem(front):
    assert "POST" in opened(front, ("PUT", "/v1/notes", None)).headers["Allow"]
    wanted = opened(front, ("GET", "/page.html", None)).headers["WWW-Authenticate"]
    assert wanted.startswith("Basic")


def test_the_page_says_what_the_service_has_to_say_of_it(front):
    page = opened(front, ("GET", "/page.html", "event:publish"))

    assert "This key lacks the scope incident:read." in page.text


def test_the_page_repeats_nothing_of_the_address(front):
    evil = "/<script>alert(1)</script>"

    assert "alert" not in opened(front, ("GET", evil, None)).text
