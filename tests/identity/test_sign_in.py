# SPDX-License-Identifier: EUPL-1.2
"""Signing in with password and code: who gets in, who waits, what is used once."""

import threading

import pytest

from rueckhalt_shared.identity import attempts
from rueckhalt_shared.identity.accounts import handlers
from rueckhalt_shared.identity.accounts.domain import LinkEnded, NoSuchAccount, WeakPassword
from rueckhalt_shared.identity.attempts import PleaseWait
from rueckhalt_shared.identity.people import NotSignedIn, Refused
from tests.identity.house import HERE, PASSWORD, Household

ELSEWHERE = {"network": "198.51.100", "device": "Chrome · Windows"}


def seconds_to_wait(house: Household, name: str, **where: str) -> int:
    """What an attempt with a wrong password is told to wait; 0 when it was judged."""
    try:
        house.people.password(name, "wrong", **(where or HERE))
    except Refused:
        return 0
    except PleaseWait as early:
        return early.seconds
    raise AssertionError("let in")


def test_password_and_code_let_in(house: Household) -> None:
    house.add()

    passed = house.sign_in(" A.Beispiel ".strip().lower())

    found = house.people.session(passed.token)
    assert found is not None
    assert found.account.name == "a.beispiel"
    assert found.is_fresh


def test_the_half_session_opens_nothing_and_the_new_one_has_another_id(house: Household) -> None:
    house.add()
    half = house.people.password("a.beispiel", PASSWORD, **HERE)

    assert half.wants_code
    assert house.people.session(half.token) is None
    passed = house.people.code(half.token, house.code(), **HERE)
    assert passed.token != half.token
    with pytest.raises(NotSignedIn):
        house.people.half(half.token)


@pytest.mark.parametrize("name", ["a.beispiel", "nobody", "\r\nnobody", "closed", "invited"])
def test_wrong_name_wrong_password_and_closed_cost_the_same_work(
    house: Household, name: str
) -> None:
    house.add()
    house.add("closed")
    house.people.database.run(handlers.disable, "closed")
    house.people.database.run(handlers.add_account, "invited")
    password = PASSWORD if name in ("closed", "invited") else "wrong"
    before = house.passwords.checked

    with pytest.raises(Refused) as refused:
        house.people.password(name, password, **HERE)

    assert house.passwords.checked == before + 1
    assert str(refused.value) == ""


def test_guessing_gets_slower_and_waiting_helps(house: Household) -> None:
    house.add()

    waits = []
    for _ in range(14):
        told = seconds_to_wait(house, "a.beispiel")
        waits.append(told)
        house.clock.pass_(seconds=told)

    assert waits[:4] == [0, 0, 0, 0]
    assert [w for w in waits if w] == [1, 2, 4, 8, 16]
    assert max(waits) <= 42


def test_an_attempt_that_comes_too_early_is_not_judged(house: Household) -> None:
    house.add()
    for _ in range(4):
        seconds_to_wait(house, "a.beispiel")
    before = house.passwords.checked

    with pytest.raises(PleaseWait):
        house.people.password("a.beispiel", PASSWORD, **HERE)

    assert house.passwords.checked == before


def test_strangers_elsewhere_lock_nobody_out(house: Household) -> None:
    house.add()
    for _ in range(20):
        seconds_to_wait(house, "a.beispiel", **ELSEWHERE)

    assert seconds_to_wait(house, "a.beispiel", **ELSEWHERE) > 0
    assert house.sign_in().token


def test_names_that_do_not_exist_are_slowed_down_alike(house: Household) -> None:
    for _ in range(4):
        assert seconds_to_wait(house, "nobody") == 0

    assert seconds_to_wait(house, "nobody") == 1


def test_attempts_that_are_only_counted_are_forgotten_after_an_hour(house: Household) -> None:
    run = house.people.database.run
    for _ in range(3):
        bucket = run(attempts.note, "door", "192.0.2")

    counts = [run(attempts.counted, "door", network) for network in ("192.0.2", "192.0.3")]
    run(attempts.clear, bucket)
    cleared = run(attempts.counted, "door", "192.0.2")
    run(attempts.note, "door", "192.0.2")
    house.clock.pass_(minutes=61)

    assert (counts, cleared) == ([3, 0], 0)
    assert run(attempts.counted, "door", "192.0.2") == 0


def test_attempts_at_the_same_time_are_all_counted(house: Household) -> None:
    house.add()
    outcomes: list[int] = []

    def attempt() -> None:
        outcomes.append(seconds_to_wait(house, "a.beispiel"))

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(0) == 4


def test_a_sign_in_clears_the_count_only_when_it_is_complete(house: Household) -> None:
    house.add()
    for _ in range(2):
        seconds_to_wait(house, "a.beispiel")
    half = house.people.password("a.beispiel", PASSWORD, **HERE)
    with pytest.raises(Refused):
        house.people.code(half.token, "000000", **HERE)

    with pytest.raises(PleaseWait):
        house.people.password("a.beispiel", PASSWORD, **HERE)
    house.clock.pass_(seconds=30)
    half = house.people.password("a.beispiel", PASSWORD, **HERE)
    house.clock.pass_(seconds=30)
    house.people.code(half.token, house.code(), **HERE)
    assert [seconds_to_wait(house, "a.beispiel") for _ in range(4)] == [0, 0, 0, 0]


def test_a_code_is_good_once(house: Household) -> None:
    house.add()
    code = house.code()
    first = house.people.password("a.beispiel", PASSWORD, **HERE)
    second = house.people.password("a.beispiel", PASSWORD, **HERE)
    house.people.code(first.token, code, **HERE)

    with pytest.raises(Refused):
        house.people.code(second.token, code, **HERE)


def test_a_code_of_the_window_before_is_good_until_a_newer_one_was_used(house: Household) -> None:
    house.add()
    old = house.code()
    house.clock.pass_(seconds=30)
    first = house.people.password("a.beispiel", PASSWORD, **HERE)
    second = house.people.password("a.beispiel", PASSWORD, **HERE)
    house.people.code(first.token, house.code(), **HERE)

    with pytest.raises(Refused):
        house.people.code(second.token, old, **HERE)


def test_after_five_wrong_codes_the_password_is_asked_again(house: Household) -> None:
    house.add()
    half = house.people.password("a.beispiel", PASSWORD, **HERE)
    for _ in range(5):
        with pytest.raises(Refused):
            house.people.code(half.token, "000000", **HERE)
        house.clock.pass_(seconds=43)

    with pytest.raises(NotSignedIn):
        house.people.code(half.token, house.code(), **HERE)


def test_codes_are_slowed_down_for_the_account_from_however_many_networks(
    house: Household,
) -> None:
    house.add()
    refused, waited = 0, 0
    for number in range(20):
        there = HERE | {"network": f"2001:0db8:{number:04x}"}
        half = house.people.password("a.beispiel", PASSWORD, **there)
        try:
            house.people.code(half.token, "000000", **there)
        except Refused:
            refused += 1
        except PleaseWait:
            waited += 1

    assert refused < 6
    assert refused + waited == 20


def test_a_half_session_ends_after_five_minutes(house: Household) -> None:
    house.add()
    half = house.people.password("a.beispiel", PASSWORD, **HERE)
    house.clock.pass_(minutes=5)

    with pytest.raises(NotSignedIn):
        house.people.code(half.token, house.code(), **HERE)


def test_a_recovery_code_stands_in_for_the_app_once(house: Household) -> None:
    house.add()
    code = house.codes["a.beispiel"][3].lower()
    first = house.people.password("a.beispiel", PASSWORD, **HERE)
    assert house.people.code(first.token, code, **HERE).token

    again = house.people.password("a.beispiel", PASSWORD, **HERE)
    with pytest.raises(Refused):
        house.people.code(again.token, code, **HERE)


def test_one_persons_code_does_not_help_another(house: Household) -> None:
    house.add()
    house.add("b.beispiel")
    half = house.people.password("b.beispiel", PASSWORD, **HERE)

    for code in (house.code("a.beispiel"), house.codes["a.beispiel"][0]):
        with pytest.raises(Refused):
            house.people.code(half.token, code, **HERE)


def test_a_first_link_works_once_and_for_ten_minutes(house: Household) -> None:
    account = house.add()
    run = house.people.database.run
    used, late = run(handlers.make_link, account.name), ""
    house.people.open_link(used)
    newer = run(handlers.make_link, account.name)

    with pytest.raises(LinkEnded):
        house.people.open_link(used)
    late = newer
    house.clock.pass_(minutes=10)
    with pytest.raises(LinkEnded):
        house.people.open_link(late)


def test_a_first_link_takes_every_older_sign_in_away(house: Household) -> None:
    account = house.add()
    before = house.sign_in()
    token = house.people.database.run(handlers.make_link, account.name)
    _, secret = house.people.open_link(token)
    from rueckhalt_shared.identity.accounts import second_factor

    code = second_factor.code_at(secret, house.clock())
    passed = house.people.use_link(token, "noch ein langer Satz", code, device="x")

    assert house.people.session(before.token) is None
    assert house.people.session(passed.token) is not None
    with pytest.raises(LinkEnded):
        house.people.use_link(token, "noch ein langer Satz", code, device="x")
    with pytest.raises(Refused):
        house.people.password("a.beispiel", PASSWORD, **HERE)


def test_a_first_link_wants_a_good_password_and_a_working_app(house: Household) -> None:
    house.people.database.run(handlers.add_account, "neu")
    token = house.people.database.run(handlers.make_link, "neu")

    with pytest.raises(WeakPassword):
        house.people.use_link(token, "kurz", "000000", device="x")
    with pytest.raises(Refused):
        house.people.use_link(token, PASSWORD, "000000", device="x")
    assert house.people.open_link(token)


def test_a_closed_account_gets_no_link_and_opens_only_with_a_new_one(house: Household) -> None:
    house.add()
    run = house.people.database.run
    run(handlers.disable, "a.beispiel")
    with pytest.raises(NoSuchAccount):
        run(handlers.make_link, "a.beispiel")

    run(handlers.enable, "a.beispiel")

    with pytest.raises(Refused):
        house.people.password("a.beispiel", PASSWORD, **HERE)


def test_no_secret_is_readable_in_the_store(house: Household, tmp_path) -> None:
    house.add()
    passed = house.sign_in()
    link = house.people.database.run(handlers.make_link, "a.beispiel")
    house.close()

    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    secret = [PASSWORD, passed.token, link, house.codes["a.beispiel"][0].replace("-", "")]
    assert [each for each in secret if each.encode() in stored] == []
