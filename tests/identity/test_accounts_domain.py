# SPDX-License-Identifier: EUPL-1.2
"""Names, passwords, delays, codes, sessions: tables of cases."""

from datetime import timedelta

import pytest

from rueckhalt_shared.identity import attempts
from rueckhalt_shared.identity.accounts.domain import (
    BadName,
    WeakPassword,
    check_password,
    delay,
    folded_code,
    login_name,
    new_recovery_codes,
    shown_name,
)
from rueckhalt_shared.identity.sessions.domain import device_of


@pytest.mark.parametrize(
    ("typed", "name"),
    [("A.Beispiel", "a.beispiel"), (" a@stadt.de ", "a@stadt.de"), ("ａｂｃ", "abc")],
    ids=["capitals", "spaces", "full-width"],
)
def test_a_name_is_the_same_however_it_is_typed(typed: str, name: str) -> None:
    assert login_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    ["", "a b", "a\r\nSet-Cookie: x=1", "<script>", "-a", "a" * 81, "ä", "a\x00", "\ud800"],
    ids=["empty", "space", "line", "tag", "dash", "long", "umlaut", "nul", "surrogate"],
)
def test_a_name_holds_nothing_that_could_be_mistaken(typed: str) -> None:
    with pytest.raises(BadName):
        login_name(typed)


def test_a_shown_name_is_one_line_without_hidden_characters() -> None:
    assert shown_name("Anna\u202e\r\n  Beispiel\x00") == "Anna Beispiel"
    assert len(shown_name("ä" * 500)) == 120


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kurz", "weak.short"),
        ("x" * 201, "weak.long"),
        ("aaaaaaaaaaaaaaab", "weak.simple"),
        ("a.beispiel2026!", "weak.simple"),
        ("Passwort12345!", "weak.simple"),
    ],
)
def test_an_obvious_password_is_refused(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword, match=reason):
        check_password(password, "a.beispiel")


def test_a_sentence_is_a_good_password() -> None:
    check_password("ein langer Satz zum Merken", "a.beispiel")


def test_the_delay_grows_and_never_passes_42_seconds() -> None:
    waits = [delay(count) // timedelta(seconds=1) for count in range(14)]

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 42, 42, 42, 42]
    assert delay(10**9) == timedelta(seconds=42)


def test_recovery_codes_are_all_different_and_read_without_dashes() -> None:
    codes = new_recovery_codes()

    assert len(set(codes)) == 10
    assert {len(folded_code(code)) for code in codes} == {24}  # of 30 letters: over 112 bits
    assert folded_code(f" {codes[0].lower()} ") == codes[0].replace("-", "")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2"),
        ("2001:db8:1:2::3", "2001:0db8:0001"),
        ("::ffff:192.0.2.9", "192.0.2"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_a_network_is_coarse(address: str | None, network: str) -> None:
    assert attempts.network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0", "Firefox · Windows"),
        ("Mozilla/5.0 (X11; Linux) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge · Linux"),
        ("<script>alert(1)</script>", "–"),
        ("", "–"),
    ],
)
def test_of_a_browser_only_two_words_are_kept(agent: str, device: str) -> None:
    assert device_of(agent) == device
