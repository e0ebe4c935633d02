# SPDX-License-Identifier: EUPL-1.2
"""Whoever is in conflict with an incident is told nothing of it and finds no notice about it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from rueckhalt_notify.app import create_app
from rueckhalt_notify.notices.conflicts import barred, conflicts
from rueckhalt_notify.settings import Settings
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import KeyStore
from tests.notify.conftest import Rows, Tell
from tests.notify.town import (
    ANNA,
    GRETA,
    INCIDENT,
    LARS,
    TOWN,
    ScriptedMailer,
    assigned,
    escalated,
    lead,
    registered,
    taken_over,
    told,
)

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def sign_in(settings: Settings, database: Database) -> SignIn:
    """A client of somebody with these roles."""

    def make(person: str | None, *roles: str) -> FlaskClient:
        keys = KeyStore.of(settings.identity_url)
        store = keys.database.prepare()
        name = f"a{len(store.read(accounts.list_accounts))}"
        held = [(role, TOWN) for role in roles]
        account = store.run(accounts.add_account, name, held=held, person=person)
        token = store.run(sessions.begin_full, account.id, device="test")
        client = create_app(settings, database).test_client()
        client.set_cookie("rueckhalt_session", token, domain="localhost")
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return client

    return make


def listed(client: FlaskClient, query: str = "") -> list[Any]:
    answer = client.get(f"/v1/notices{query}")
    assert answer.status_code == 200
    return [each["person"] for each in answer.json["items"]]


def test_a_person_sees_the_notices_to_themselves(tell: Tell, sign_in: SignIn) -> None:
    tell(assigned(lead(ANNA), told(LARS)))

    assert listed(sign_in(ANNA, "responsible")) == [ANNA]
    assert listed(sign_in(GRETA, "responsible")) == []
    assert listed(sign_in(None, "responsible", "plan_owner")) == []
    assert set(listed(sign_in(GRETA, "plan_owner"))) == {ANNA, LARS}


@pytest.mark.parametrize("role", ["responsible", "plan_owner"])
def test_the_accused_finds_no_notice_in_any_role(
    tell: Tell, sign_in: SignIn, notices: Rows, role: str
) -> None:
    tell(assigned(lead(ANNA), excluded=(LARS,)))
    [notice] = notices()
    accused = sign_in(LARS, role)

    for path in ("", "/resend"):
        method = "POST" if path else "GET"
        found = accused.open(f"/v1/notices/{notice['id']}{path}", method=method)
        nothing = accused.open(f"/v1/notices/{uuid7()}{path}", method=method)
        assert (found.status_code, found.json) == (nothing.status_code, nothing.json)
    assert listed(accused) == listed(accused, f"?incident={INCIDENT}") == []


def test_nobody_in_conflict_is_told_whatever_an_event_says(
    tell: Tell, send: Callable[[], None], mailer: ScriptedMailer
) -> None:
    tell(assigned(lead(ANNA), told(LARS), excluded=(LARS,)))
    tell(escalated(lead(LARS), lead(GRETA), version=2))
    send()
    tell(taken_over(version=3))
    send()

    assert "lars.lind" not in mailer.addresses()
    assert {"anna.aydin", "greta.gross"} <= set(mailer.addresses())


def test_what_waits_for_somebody_who_is_accused_now_goes(
    tell: Tell, send: Callable[[], None], mailer: ScriptedMailer, notices: Rows
) -> None:
    tell(assigned(lead(LARS)))
    tell(assigned(lead(ANNA), version=2, assignment="a-2", excluded=(LARS,)))

    send()

    assert mailer.addresses() == ["anna.aydin"]
    assert {row["state"] for row in notices() if row["owner_id"] == LARS} == {"cancelled"}


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_a_newer_decision_counts_in_whatever_order_they_come(
    tell: Tell, database: Database, order: tuple[int, int]
) -> None:
    excluded = {1: (LARS,), 2: (GRETA,)}
    for version in order:
        tell(assigned(lead(ANNA), version=version, excluded=excluded[version]))

    assert database.read(barred, [INCIDENT], [LARS, GRETA]) == {INCIDENT: {GRETA}}


def test_without_routing_intake_says_whom_the_notice_is_hidden_from(
    settings: Settings, database: Database, tell: Tell
) -> None:
    tell(registered(excluded=(LARS,)), queue="notify.announce-incidents")

    assert database.read(barred, [INCIDENT], [LARS, GRETA]) == {INCIDENT: {LARS}}


def test_nobody_in_conflict_lies_there_by_their_id(tell: Tell, database: Database) -> None:
    """One of them may be whoever reported, and have to be forgotten."""
    tell(assigned(lead(ANNA), excluded=(LARS,)))

    rows = database.read(lambda tx: tx.execute(select(conflicts)).all())

    assert len(rows) == 1
    assert LARS not in repr(rows)
