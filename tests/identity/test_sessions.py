# SPDX-License-Identifier: EUPL-1.2
"""Sessions: how long they last, and what ends them at once."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from rueckhalt_shared.identity.accounts import handlers
from rueckhalt_shared.identity.people import Refused, SignedIn, WeakPassword
from rueckhalt_shared.identity.sessions.domain import Limits
from rueckhalt_shared.plumbing import audit_rows
from tests.identity.house import ARS, HERE, OTHER, PASSWORD, Household

NEW = "ein ganz anderer langer Satz"


def signed_in(house: Household, token: str) -> SignedIn:
    """The session, which must be there."""
    found = house.people.session(token)
    assert found is not None
    return found


def test_a_session_ends_when_it_is_not_used_for_half_an_hour(house: Household) -> None:
    house.add()
    token = house.sign_in().token
    house.clock.pass_(minutes=29)
    assert house.people.session(token)

    house.clock.pass_(minutes=29)
    assert house.people.session(token), "the use before was noted"
    house.clock.pass_(minutes=30)
    assert house.people.session(token) is None


def test_a_session_ends_after_twelve_hours_however_busy(house: Household) -> None:
    house.add()
    token = house.sign_in().token
    for _ in range(35):
        house.clock.pass_(minutes=20)
        assert house.people.session(token)

    house.clock.pass_(minutes=20)
    assert house.people.session(token) is None


def test_the_limits_are_settings(tmp_path) -> None:
    limits = Limits(idle=timedelta(minutes=1), absolute=timedelta(minutes=3))
    house = Household(tmp_path, limits=limits)
    house.add()
    token = house.sign_in().token
    house.clock.pass_(seconds=31)

    assert house.people.session(token) is None
    house.close()


def test_reading_writes_at_most_once_a_minute(house: Household) -> None:
    house.add()
    token = house.sign_in().token
    seen = signed_in(house, token).session.seen_at
    house.clock.pass_(seconds=10)
    house.people.session(token)
    assert signed_in(house, token).session.seen_at == seen

    house.clock.pass_(seconds=60)
    house.people.session(token)
    assert signed_in(house, token).session.seen_at == house.clock()


def test_closing_an_account_ends_its_sessions_at_once(house: Household) -> None:
    house.add()
    token = house.sign_in().token

    house.people.database.run(handlers.disable, "a.beispiel")

    assert house.people.session(token) is None


def test_a_new_password_ends_every_other_session(house: Household) -> None:
    house.add()
    here, there = house.sign_in().token, house.sign_in().token

    passed = house.people.change_password(signed_in(house, here), PASSWORD, NEW, **HERE)

    assert house.people.session(here) is None
    assert house.people.session(there) is None
    assert house.people.session(passed.token)
    assert house.sign_in(password=NEW)


def test_a_password_is_changed_only_by_who_knows_it_and_to_a_good_one(house: Household) -> None:
    house.add()
    me = signed_in(house, house.sign_in().token)

    with pytest.raises(Refused):
        house.people.change_password(me, "wrong", NEW, **HERE)
    with pytest.raises(WeakPassword):
        house.people.change_password(me, PASSWORD, "kurz", **HERE)
    with pytest.raises(WeakPassword):
        house.people.change_password(me, PASSWORD, PASSWORD, **HERE)


def test_signing_out_everywhere_ends_all_but_nobody_elses(house: Household) -> None:
    account = house.add()
    house.add("b.beispiel")
    mine = [house.sign_in().token for _ in range(3)]
    other = house.sign_in("b.beispiel").token

    house.people.sign_out_everywhere(account)

    assert [house.people.session(token) for token in mine] == [None] * 3
    assert house.people.session(other)


def test_one_sees_and_ends_only_ones_own_sessions(house: Household) -> None:
    mine, theirs = house.add(), house.add("b.beispiel")
    token, other = house.sign_in().token, house.sign_in("b.beispiel").token
    ref = signed_in(house, other).session.ref

    assert len(house.people.sessions_of(mine)) == 1
    assert not house.people.sign_out_one(mine, ref)
    assert house.people.session(other)
    assert house.people.sign_out_one(theirs, ref)
    assert house.people.session(other) is None
    assert house.people.session(token)


def test_a_second_factor_is_fresh_for_five_minutes_and_can_be_shown_again(
    house: Household,
) -> None:
    house.add()
    token = house.sign_in().token
    assert signed_in(house, token).is_fresh
    house.clock.pass_(minutes=5)
    assert not signed_in(house, token).is_fresh

    with pytest.raises(Refused):
        house.people.confirm(token, "000000", network="192.0.2")
    assert not signed_in(house, token).is_fresh
    house.people.confirm(token, house.code(), network="192.0.2")
    assert signed_in(house, token).is_fresh


def test_a_tampered_id_is_nobodys(house: Household) -> None:
    house.add()
    token = house.sign_in().token

    for tampered in (token[:-1], token + "x", token[::-1], token.swapcase(), "", "\ud800"):
        assert house.people.session(tampered) is None


def test_roles_count_from_the_next_request_on(house: Household) -> None:
    house.add()
    token = house.sign_in().token

    house.people.database.run(handlers.set_roles, "a.beispiel", [("analyst", "160770999999")])

    assert signed_in(house, token).account.roles == (("analyst", "160770999999"),)


def test_who_came_in_and_who_changed_rights_is_written_down(house: Household) -> None:
    account = house.add()
    house.sign_in()
    database = house.people.database
    database.run(handlers.set_roles, "a.beispiel", [("analyst", OTHER)], by="admin-1")
    database.run(handlers.disable, "a.beispiel", by="admin-1")
    query = select(audit_rows).order_by(audit_rows.c.municipality, audit_rows.c.n)

    rows = database.read(lambda tx: [json.loads(row.body) for row in tx.execute(query)])

    told = [(row["municipality"], row["act"], row["who"]) for row in rows]
    mine = f"account:{account.id}"
    assert told == [
        (OTHER, "roles.set", "account:admin-1"),
        (OTHER, "account.closed", "account:admin-1"),
        (ARS, "account.added", "command"),
        (ARS, "link.made", "command"),
        (ARS, "link.used", mine),
        (ARS, "session.begun", mine),
        (ARS, "session.begun", mine),
        (ARS, "roles.set", "account:admin-1"),
    ]
