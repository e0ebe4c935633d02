# SPDX-License-Identifier: EUPL-1.2
"""Hostile inputs on every route there is: stored scripts, paths that climb, headers that split.

New routes and pages are in it by themselves. What single guards keep out is tested beside them:
session fixation, tokens, tokens of a provider, forms of foreign pages, guessing: `test_sign_in*`,
`test_sessions`, `test_provider`, `test_signed_requests`; links of mails: `tests/notify`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.roles import ROLES
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import SCOPES
from tests.identity.house import ARS
from tests.identity.matrix import REPORT, UNKNOWN, Installation
from tests.routing import drafting

HTTPS = "https://localhost"
PAGES = ("text/html", "image/svg+xml", "application/xhtml+xml")
UNSHARED = ("no-store", "private, no-cache")  # the latter: figures that are published anyway
WILD = re.compile(r"<img src=x|</script></title>|670592745")
NUMBER = re.compile(r"onerror=alert\((\d+)\)")
CLIMBING = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "..%5c..%5cpyproject.toml",
    "/etc/passwd",
    "%00",
    "x%0d%0aX-Evil: 1",
    "%ed%a0%80",
    "file:%2f%2f%2fetc%2fpasswd",
)
SPLITTING = "x\r\nX-Evil: 1\r\nSet-Cookie: evil=1"


def script(number: int) -> str:
    """A text that would run as a script, break out of an attribute, or be computed; numbered."""
    return f"\"'><img src=x onerror=alert({number})>{{{{12345*54321}}}}</script></title>"


SHOWN = {  # number → a field that is shown on some page of ours
    1: "the display name of an account",
    2: "the sender of a key",
    3: "the device of a session",
    4: "the name of the municipality",
    5: "the name of a draft of a plan",
}


def plant(installation: Installation) -> None:
    """Put a script into every text field that a file, the API or the command line can fill."""
    store, keys = installation.keys.database, installation.keys
    store.run(accounts.add_account, "evil", display_name=script(1), held=[("reporter", ARS)])
    keys.create(sender=script(2)[:80], scopes=["incident:create"], municipalities=[ARS])
    everything = keys.create(sender="planter", scopes=SCOPES, municipalities=[ARS])
    headers = {"Authorization": f"Bearer {everything}"}
    intake = installation.apps["intake"].test_client()
    body = REPORT | {
        "organisation_unit": "evil",
        "narrative": script(11),
        "reference": script(12),
        "reporter": {"role": "affected", "name": script(13), "email": "a@b.example"},
    }
    incident = intake.post("/v1/incidents", json=body, headers=headers)
    assert incident.status_code == 201, incident.text
    installation.things["incident_id"] = incident.json["id"]
    hold = {"ground": "legal_hold", "reason": script(14)}
    path = f"/v1/incidents/{incident.json['id']}/holds"
    held = intake.post(path, json=hold, headers=headers)
    assert held.status_code in (200, 201), held.text
    routing = installation.apps["routing"].extensions["rueckhalt"].database
    draft = drafting.begin(routing, name=script(5))
    installation.things["draft_id"] = draft.id


class Hostile(Installation):
    """All services, full of scripts, and somebody of each role who is signed in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        plant(self)
        begin = self.keys.database.run
        self.tokens = {
            role: begin(sessions.begin_full, self.accounts[role, ARS].id, device=script(3))
            for role in ROLES
        }

    def ask(self, service: str, role: str, path: str, **query: str) -> TestResponse:
        """What the browser of somebody with this role is answered; it keeps no cookie."""
        headers = {
            "Accept": "text/html",
            "Sec-Fetch-Site": "same-origin",
            "Cookie": f"__Host-rueckhalt_session={self.tokens.get(role, '')}",
        }
        client = self.apps[service].test_client(use_cookies=False)
        with client.get(path, query_string=query, headers=headers, base_url=HTTPS) as answer:
            answer.get_data()
            return answer

    def addresses(self) -> Iterator[tuple[str, str]]:
        """(service, address) of everything that can be fetched, about the town's things."""
        for name, app in self.apps.items():
            for rule in app.url_map.iter_rules():
                if "GET" in (rule.methods or set()):
                    values = {n: self.things.get(n, UNKNOWN) for n in rule.arguments}
                    with app.test_request_context():
                        path = app.url_for(rule.endpoint, **values)
                    yield name, path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("RUECKHALT_")]:
            patch.delenv(name)
        patch.setenv("RUECKHALT_MUNICIPALITY_NAME", script(4))
        made = Hostile(tmp_path_factory.mktemp("hostile"))
        yield made
        made.close()


@pytest.mark.timeout(900)
def test_no_page_runs_what_somebody_has_written(hostile: Hostile) -> None:
    wild, shown = set(), set()
    query = {name: script(9) for name in ("lang", "next", "view", "all", "state", "x")}
    for service, path in hostile.addresses():
        for role in ROLES:
            for given in ({}, query):
                answer = hostile.ask(service, role, path, **given)
                if answer.mimetype in PAGES:
                    wild |= {(service, path)} if WILD.search(answer.text) else set()
                    shown |= {int(number) for number in NUMBER.findall(answer.text)}

    assert wild == set()
    assert {what for number, what in SHOWN.items() if number not in shown} == set()


def test_what_is_typed_into_a_form_comes_back_as_text(hostile: Hostile) -> None:
    client = hostile.apps["intake"].test_client()
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    page = client.get("/account/sign-in", headers=headers, base_url=HTTPS).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    typed = {"csrf_token": token[1], "name": script(21), "password": script(22)}

    answer = client.post(
        "/account/sign-in", data=typed | {"next": script(23)}, headers=headers, base_url=HTTPS
    )

    assert not WILD.search(answer.text)
    assert "alert(22)" not in answer.text  # a password is not shown again


@pytest.mark.parametrize("climb", CLIMBING)
def test_no_address_climbs_out_of_its_place_or_breaks_a_service(
    hostile: Hostile, climb: str
) -> None:
    faults = []
    for service, app in hostile.apps.items():
        for rule in app.url_map.iter_rules():
            if not rule.arguments or "GET" not in (rule.methods or set()):
                continue
            path = re.sub(r"<[^>]+>", lambda _: climb, rule.rule)
            answer = hostile.ask(service, "data_protection_officer", path)
            leaks = "root:" in answer.text or "[build-system]" in answer.text
            if answer.status_code >= 500 or leaks or is_split(answer):
                faults.append((answer.status_code, service, path))

    assert faults == []


def test_no_header_can_be_split(hostile: Hostile) -> None:
    query = dict.fromkeys(("lang", "next", "view", "before", "state"), SPLITTING)

    answers = {
        (service, path): hostile.ask(service, "responsible", path, **query)
        for service, path in hostile.addresses()
    }

    assert {at for at, each in answers.items() if each.status_code >= 500} == set()
    assert {at for at, each in answers.items() if is_split(each)} == set()


def test_every_cookie_is_strict_and_every_answer_stays_on_https(hostile: Hostile) -> None:
    faults, cookies = set(), set()
    for service, path in hostile.addresses():
        for role in ("municipality_admin", "nobody"):
            answer = hostile.ask(service, role, path, lang="en")
            if "max-age=31536000" not in answer.headers.get("Strict-Transport-Security", ""):
                faults.add((path, "no HSTS"))
            if answer.mimetype in PAGES and answer.headers["Cache-Control"] not in UNSHARED:
                faults.add((path, "may be kept"))
            for cookie in answer.headers.getlist("Set-Cookie"):
                if "Max-Age=0" in cookie:
                    continue  # taken back: nothing is kept
                cookies.add(cookie.partition("=")[0])
                if not all(each in cookie for each in ("HttpOnly", "SameSite=", "Secure")):
                    faults.add((path, cookie))

    assert faults == set()
    assert {"__Host-rueckhalt_lang", "__Host-rueckhalt_form"} <= cookies


def is_split(answer: TestResponse) -> bool:
    """Did a line break in what was sent make a header of its own?"""
    cookies = " ".join(answer.headers.getlist("Set-Cookie"))
    return "X-Evil" in answer.headers or "evil=1" in cookies
