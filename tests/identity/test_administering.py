# SPDX-License-Identifier: EUPL-1.2
"""Letting colleagues and systems in: within the own municipality, never beyond one's rights."""

import html
import re

import pytest
from werkzeug.test import TestResponse

from rueckhalt_shared.identity.accounts import handlers
from rueckhalt_shared.identity.accounts.domain import Account
from rueckhalt_shared.identity.signing import SignedRequest, header
from tests.identity.browser import Browser, Town
from tests.identity.house import ARS, OTHER

PEOPLE, KEYS = "/account/people", "/account/keys"


@pytest.fixture
def admin(town: Town) -> Browser:
    """A signed-in administrator of the municipality."""
    town.house.add("chefin", ("municipality_admin", ARS))
    browser = town.browser()
    browser.sign_in("chefin")
    return browser


def find(town: Town, name: str) -> Account:
    """The account as it is stored."""
    return town.house.people.database.read(handlers.find, name)


def shown_key(answer: TestResponse) -> str:
    """The key that a page shows once."""
    found = re.search(r"rk_(?:live|test)_[0-9a-f]+_[\w-]+", html.unescape(answer.text))
    assert found is not None, answer.text
    return found[0]


def test_a_new_account_comes_with_a_link_that_is_shown_once(town: Town, admin: Browser) -> None:
    made = admin.submit(
        PEOPLE, name="N.Eu", display_name="<img src=x onerror=alert(1)>", role=f"reporter@{ARS}"
    )

    link = re.search(r"https://localhost/account/first/[\w-]+", made.text)
    assert link is not None
    assert town.browser().get(link[0].removeprefix("https://localhost")).status_code == 200
    assert find(town, "n.eu").roles == (("reporter", ARS),)
    for page in (made.text, admin.get(PEOPLE).text):
        assert "<img src=x" not in page
        assert "&lt;img" in page


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("neu", f"operator@{ARS}"),
        ("neu", "platform@*"),
        ("neu", f"data_protection_officer@{ARS}"),
        ("neu", f"staff_council@{ARS}"),
        ("neu", f"reporter@{OTHER}"),
        ("neu", "reporter@16077"),
        ("neu", ""),
        ("neu", f"god@{ARS}"),
        ("a.beispiel", f"reporter@{ARS}"),
        ("a b", f"reporter@{ARS}"),
    ],
)
def test_what_is_beyond_the_own_rights_is_refused(
    town: Town, admin: Browser, name: str, role: str
) -> None:
    before = town.house.people.database.read(handlers.list_accounts)

    answer = admin.submit(PEOPLE, name=name, role=role)

    assert answer.status_code == 422
    assert town.house.people.database.read(handlers.list_accounts) == before


def test_foreign_and_unknown_accounts_look_the_same(town: Town, admin: Browser) -> None:
    foreign = town.house.add("fremd", ("reporter", OTHER))
    unknown = "0f8fad5b-d9cb-469f-a165-70867728950e"
    token = admin.token(PEOPLE)

    shown = [admin.get(f"{PEOPLE}/{each}") for each in (foreign.id, unknown)]
    sent = [
        admin.post(f"{PEOPLE}/{each}", {"csrf_token": token, "action": action})
        for each in (foreign.id, unknown)
        for action in ("disable", "link", "roles", "enable")
    ]

    assert {answer.status_code for answer in shown + sent} == {404}
    assert "fremd" not in admin.get(PEOPLE).text
    assert find(town, "fremd").is_open


def test_closing_an_account_signs_it_out_at_once(town: Town, admin: Browser) -> None:
    colleague = town.browser()
    colleague.sign_in()
    path = f"{PEOPLE}/{find(town, 'a.beispiel').id}"

    admin.submit(path, action="disable")
    assert colleague.get("/account").status_code == 303
    assert not find(town, "a.beispiel").is_open

    admin.submit(path, action="enable")
    assert "/account/first/" in admin.submit(path, action="link").text


def test_roles_are_exchanged_but_those_elsewhere_stay(town: Town, admin: Browser) -> None:
    database = town.house.people.database
    held = [("reporter", ARS), ("analyst", OTHER), ("operator", ARS)]
    database.run(handlers.set_roles, "a.beispiel", held)
    path = f"{PEOPLE}/{find(town, 'a.beispiel').id}"

    admin.submit(path, action="roles", role=[f"responsible@{ARS}", f"plan_owner@{OTHER}"])

    assert set(find(town, "a.beispiel").roles) == {
        ("responsible", ARS),
        ("analyst", OTHER),
        ("operator", ARS),
    }


@pytest.mark.parametrize("action", ["disable", "link"])
def test_an_account_of_two_municipalities_is_not_closed_by_one(
    town: Town, admin: Browser, action: str
) -> None:
    database = town.house.people.database
    database.run(handlers.set_roles, "a.beispiel", [("reporter", ARS), ("reporter", OTHER)])

    answer = admin.submit(f"{PEOPLE}/{find(town, 'a.beispiel').id}", action=action)

    assert answer.status_code == 422
    assert "Befehlszeile" in answer.text
    assert find(town, "a.beispiel").is_open


@pytest.mark.parametrize("action", ["disable", "link", "enable"])
@pytest.mark.parametrize("role", ["data_protection_officer", "staff_council"])
def test_who_watches_over_the_administration_is_not_in_its_hands(
    town: Town, admin: Browser, role: str, action: str
) -> None:
    town.house.add("aufsicht", (role, ARS))

    answer = admin.submit(f"{PEOPLE}/{find(town, 'aufsicht').id}", action=action)

    assert answer.status_code == 422
    assert "/account/first/" not in answer.text
    assert find(town, "aufsicht").is_open


@pytest.mark.parametrize("action", ["roles", "disable", "link"])
def test_nobody_changes_the_own_rights(town: Town, admin: Browser, action: str) -> None:
    me = find(town, "chefin")

    answer = admin.post(
        f"{PEOPLE}/{me.id}",
        {"csrf_token": admin.token(PEOPLE), "action": action, "role": f"responsible@{ARS}"},
    )

    assert answer.status_code == 422
    assert find(town, "chefin") == me


@pytest.mark.parametrize("path", [PEOPLE, KEYS])
def test_these_pages_want_a_fresh_second_factor_and_the_role(
    town: Town, admin: Browser, path: str
) -> None:
    reporter = town.browser()
    reporter.sign_in()
    assert reporter.get(path).status_code == 403
    token = admin.token(path)

    town.house.clock.pass_(minutes=6)

    assert admin.get(path).location == f"/account/confirm?next=%2Faccount%2F{path[9:]}"
    assert admin.post(path, {"csrf_token": token}).status_code == 303


def test_a_key_is_shown_once_and_works(town: Town, admin: Browser) -> None:
    fields = {"sender": "ticket", "municipality": ARS, "scope": "incident:create", "days": "30"}

    plain = shown_key(admin.submit(KEYS, **fields))

    assert town.house.keys.authenticate(plain)
    assert plain.split("_", 3)[3] not in admin.get(KEYS).text
    assert "ticket" in admin.get(KEYS).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "incident:read"},
        {"scope": "incident:import"},
        {"scope": "event:publish"},
        {"scope": "account:write"},
        {"scope": []},
        {"municipality": OTHER},
        {"municipality": "*"},
        {"days": "367"},
        {"days": "0"},
        {"days": "²"},
        {"sender": "account:1"},
        {"sender": "a\r\nb"},
        {"sender": "<script>"},
    ],
    ids=str,
)
def test_no_key_opens_more_than_a_page_may_give(
    town: Town, admin: Browser, wrong: dict[str, object]
) -> None:
    fields = {"sender": "ticket", "municipality": ARS, "scope": "incident:create", "days": "30"}

    answer = admin.submit(KEYS, **(fields | wrong))

    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert town.house.keys.list() == []


def test_a_key_is_rotated_and_revoked_on_the_page(town: Town, admin: Browser) -> None:
    plain = town.house.keys.create(
        sender="ticket", scopes=["incident:create"], municipalities=[ARS]
    )
    path = f"{KEYS}/{plain.split('_')[2]}"

    fresh = shown_key(admin.submit(KEYS, path, action="rotate"))
    assert town.house.keys.authenticate(fresh)
    admin.submit(KEYS, path, action="revoke")

    assert town.house.keys.authenticate(plain) is None
    assert admin.submit(KEYS, path, action="rotate").status_code == 422


def test_a_key_that_opens_content_is_not_rotated_into_an_administrators_hands(
    town: Town, admin: Browser
) -> None:
    plain = town.house.keys.create(sender="t", scopes=["incident:read"], municipalities=[ARS])

    answer = admin.submit(KEYS, f"{KEYS}/{plain.split('_')[2]}", action="rotate")

    assert answer.status_code == 422
    assert "rk_live" not in answer.text


@pytest.mark.parametrize(
    ("scopes", "place"),
    [(["incident:create"], OTHER), (["incident:create"], "*"), (["incident:read"], ARS)],
    ids=["another town's", "everywhere", "reads content"],
)
def test_nobody_gets_a_key_in_the_name_of_a_sender_beyond_the_own_reach(
    town: Town, admin: Browser, scopes: list[str], place: str
) -> None:
    town.house.keys.create(sender="hr", scopes=scopes, municipalities=[place])
    fields = {"sender": "hr", "municipality": ARS, "scope": "incident:create", "days": "30"}

    answer = admin.submit(KEYS, **fields)

    assert answer.status_code == 422
    assert len(town.house.keys.list()) == 1


def test_keys_of_others_are_neither_seen_nor_ended(town: Town, admin: Browser) -> None:
    make = town.house.keys.create
    for place in (OTHER, "*", "16077"):
        plain = make(sender=f"of-{place[:5]}", scopes=["incident:create"], municipalities=[place])
        path = f"{KEYS}/{plain.split('_')[2]}"

        assert admin.submit(KEYS, path, action="revoke").status_code == 404
        assert town.house.keys.authenticate(plain)
    assert "of-" not in admin.get(KEYS).text


def test_a_key_made_to_sign_signs(town: Town, admin: Browser) -> None:
    fields = {"sender": "ticket", "municipality": ARS, "scope": "incident:create", "days": "30"}
    plain = shown_key(admin.submit(KEYS, **fields, signed="yes"))
    _, _, key_id, secret = plain.split("_", 3)
    now = int(town.house.clock().timestamp())
    request = SignedRequest(method="GET", target="/things", body=b"")
    signed = header(secret, key_id, request, time=now, nonce="n" * 16)

    client = town.app.test_client()
    assert client.get("/things", headers={"Authorization": signed}).status_code == 200
    shown = {"Authorization": f"Bearer {plain}"}
    assert client.get("/things", headers=shown).status_code == 401
