# SPDX-License-Identifier: EUPL-1.2
"""Sign-in at a provider: the straight way, and every way to cheat."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from rueckhalt_shared.identity.accounts import handlers
from rueckhalt_shared.identity.people import provider_of
from tests.identity.browser import HTTPS, Browser, Town
from tests.identity.house import ARS
from tests.identity.keycloak import CLIENT, SECRET, Keycloak
from tests.support import FakeClock

SESSION, STATE = "__Host-rueckhalt_session", "__Host-rueckhalt_state"


@pytest.fixture
def keycloak() -> Iterator[Keycloak]:
    """A provider."""
    made = Keycloak(FakeClock())
    yield made
    made.close()


@pytest.fixture
def city(tmp_path: Path, keycloak: Keycloak) -> Iterator[Town]:
    """A service whose people sign in there."""
    made = Town(
        tmp_path,
        municipality=ARS,
        oidc_issuer=keycloak.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
    )
    made.house.people.provider = provider_of(made.settings)
    keycloak.clock = made.house.clock
    yield made
    made.close()


def answer_of(browser: Browser, start: str = "/account/provider") -> str:
    """Leave for the provider, sign in there; the address it sends the browser to."""
    left = browser.get(start)
    assert left.status_code == 303
    there = requests.get(left.location, allow_redirects=False, timeout=5)
    return there.headers["Location"].removeprefix(HTTPS)


def walk(browser: Browser, start: str = "/account/provider") -> TestResponse:
    """The whole way there and back."""
    return browser.get(answer_of(browser, start), **{"Sec-Fetch-Site": "cross-site"})


def test_whoever_the_provider_knows_comes_in_with_the_roles_it_says(
    city: Town, keycloak: Keycloak
) -> None:
    browser = city.browser()

    back = walk(browser, "/account/provider?next=/things")

    assert back.status_code == 200
    assert 'href="/things"' in back.text
    assert browser.get("/things").json["municipalities"] == [ARS]
    assert "Anna Beispiel" in browser.get("/account").text
    assert browser.cookie(STATE) is None
    assert keycloak.back == {f"{HTTPS}/account/provider/back"}


def test_roles_follow_the_provider_at_each_sign_in(city: Town, keycloak: Keycloak) -> None:
    walk(city.browser())
    keycloak.roles = ["rueckhalt-analyst", "rueckhalt-god", "analyst", "rueckhalt-reporter@16077"]
    walk(city.browser())

    (account,) = city.house.people.database.read(handlers.list_accounts)
    assert account.roles == (("analyst", ARS),)


def test_the_browser_carries_proof_of_where_it_started(city: Town) -> None:
    left = city.browser().get("/account/provider")

    asked = parse_qs(urlsplit(left.location).query)
    (cookie,) = [c for c in left.headers.getlist("Set-Cookie") if c.startswith(STATE)]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 43
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {
        p.strip() for p in cookie.split(";")
    }


CHEATS = {
    "alg none": "unsigned",
    "HS256 with the public key": "with_public_key",
    "another key under our name": "with_another_key",
    "a key brought along": "with_own_key_inside",
}


@pytest.mark.parametrize("way", CHEATS.values(), ids=CHEATS)
def test_a_token_that_was_not_signed_by_the_provider_is_refused(
    city: Town, keycloak: Keycloak, way: str
) -> None:
    keycloak.sign = getattr(keycloak, way)
    browser = city.browser()

    assert walk(browser).status_code == 403
    assert browser.cookie(SESSION) is None
    assert city.house.people.database.read(handlers.list_accounts) == []


CHANGES = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "somebody-else"},
    "one of many, not for us": {"aud": [CLIENT, "other"], "azp": "other"},
    "no audience": {"aud": None},
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "expired": {"exp": 1},
    "no end": {"exp": None},
    "from the future": {"iat": 32503680000},
    "nobody": {"sub": ""},
    "somebody odd": {"sub": {"a": 1}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_token_for_somebody_something_or_sometime_else_is_refused(
    city: Town, keycloak: Keycloak, change: dict[str, object]
) -> None:
    keycloak.change = lambda claims: claims | change
    browser = city.browser()

    assert walk(browser).status_code == 403
    assert browser.cookie(SESSION) is None


def test_an_answer_counts_once(city: Town) -> None:
    browser = city.browser()
    answer = answer_of(browser)
    state = browser.cookie(STATE) or ""
    assert browser.get(answer).status_code == 200

    browser.client.set_cookie(STATE, state, domain="localhost", secure=True)
    assert browser.get(answer).status_code == 403


def test_an_answer_counts_only_in_the_browser_that_asked(city: Town) -> None:
    answer = answer_of(city.browser())
    victim = city.browser()

    assert victim.get(answer).status_code == 403
    victim.get("/account/provider")  # with a state of its own
    assert victim.get(answer).status_code == 403


def test_an_answer_that_comes_late_is_refused(city: Town) -> None:
    browser = city.browser()
    answer = answer_of(browser)
    city.house.clock.pass_(minutes=10)

    assert browser.get(answer).status_code == 403


@pytest.mark.parametrize("query", ["", "?state=x", "?error=access_denied", "?code=x&state="])
def test_half_an_answer_is_none(city: Town, query: str) -> None:
    assert city.browser().get(f"/account/provider/back{query}").status_code == 403


def test_a_closed_account_stays_closed(city: Town) -> None:
    browser = city.browser()
    walk(browser)
    (account,) = city.house.people.database.read(handlers.list_accounts)
    city.house.people.database.run(handlers.disable, account.name)

    assert browser.get("/account").status_code == 303
    assert walk(city.browser()).status_code == 403


def test_a_providers_name_takes_no_local_account_over(city: Town) -> None:
    local = city.house.add("a.beispiel", ("municipality_admin", ARS))
    browser = city.browser()
    walk(browser)

    sender = browser.get("/things").json["sender"]
    assert sender != f"account:{local.id}"


def test_a_fresh_second_look_is_asked_for_at_the_provider(city: Town, keycloak: Keycloak) -> None:
    browser = city.browser()
    walk(browser)
    assert browser.get("/export").text == "everything"
    city.house.clock.pass_(minutes=6)

    asked = browser.get("/export")
    page = browser.get(asked.location).text
    assert "/account/provider?next=" in page
    again = browser.get("/account/provider?next=/export&again=1")
    assert "prompt=login&max_age=0" in again.location
    walk(browser, "/account/provider?next=/export&again=1")
    assert browser.get("/export").text == "everything"


def test_an_old_proof_at_the_provider_is_not_fresh(city: Town, keycloak: Keycloak) -> None:
    keycloak.change = lambda claims: claims | {"auth_time": claims["iat"] - 301}
    browser = city.browser()
    walk(browser)

    assert browser.get("/things").status_code == 200
    assert browser.get("/export").status_code == 303


def test_a_provider_that_is_away_is_told(city: Town, keycloak: Keycloak) -> None:
    keycloak.close()

    answer = city.browser().get("/account/provider")

    assert answer.status_code == 503


def test_without_a_provider_there_is_no_such_page(town: Town) -> None:
    assert town.browser().get("/account/provider").status_code == 404
    assert "/account/provider" not in town.browser().get("/account/sign-in").text
