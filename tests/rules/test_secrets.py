# SPDX-License-Identifier: EUPL-1.2
"""No secret lies in the tree: private keys, our own keys, passwords in addresses, long values.

An own rule, because it knows our formats and needs no baseline of accepted findings: what may
stand here is made up, and says so where it stands.
"""

import re
from collections.abc import Iterator
from math import log2
from pathlib import Path

import pytest

from rueckhalt_shared.placeholders import is_placeholder
from tests.rules import house

BINARY = {".woff2", ".png", ".ico", ".gz"}
FOREIGN = ("deploy/requirements/", "tests/bench/peers/", "shared/rueckhalt_shared/static/vendor/")
MADE_UP = re.compile(  # what tests and examples use in the place of secrets
    r"(?i)whsec_(MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw|c2hvcnQ=|ü)?$"
    r"|rk_(demo|live|test)_…|rk_(demo|live|test)_[a-z0-9]{0,12}_?(x*|secret|…|\.\.\.)$"
)
FORMATS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\n[A-Za-z0-9+/]{20}"),
    "our key": re.compile(r"\brk_(?:live|test|demo)_[A-Za-z0-9]{8,16}_[A-Za-z0-9_-]{30,}"),
    "webhook secret": re.compile(r"\bwhsec_[A-Za-z0-9+/]{20,}={0,2}"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}\b"),
    "platform token": re.compile(r"\b(?:gh[pousr]_\w{36}|glpat-[\w-]{20}|pypi-[\w-]{40,})"),
    "signed token": re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}"),
}
NAMED = re.compile(
    r"""(?i)(?:secret|passwor[dt]|token|api_?key|kek|private)\w*["']?\s*[=:]\s*["']?"""
    r"""([A-Za-z0-9+/_=-]{24,})"""
)
ADDRESS = re.compile(r"\b[a-z][a-z0-9+]+://([^\s:/@{}$\"']+):([^\s:/@{}$\"'<]+)@([\w.-]+)")
DISORDER = 4.0  # bits per character: words and names lie below, random base64 above


def secrets_in(text: str) -> Iterator[str]:
    """List what looks like a secret."""
    for name, pattern in FORMATS.items():
        yield from (f"{name}: {m[0][:30]}" for m in pattern.finditer(text) if not made_up(m[0]))
    for match in NAMED.finditer(text):
        if disorder(match[1]) > DISORDER and re.search(r"\d", match[1]) and not made_up(match[1]):
            yield f"long value: {match[0][:40]}"
    for user, password, host in ADDRESS.findall(text):
        is_local = host in ("localhost", "127.0.0.1") or host.endswith(".example")
        is_example = is_placeholder(password) or len(password) < 8 or password == user
        if not (is_local or is_example):
            yield f"password in an address: {user}@{host}"


def made_up(value: str) -> bool:
    """Is this one of the values that stand for a secret?"""
    return bool(MADE_UP.match(value))


def disorder(value: str) -> float:
    """Shannon's entropy, in bits per character."""
    shares = [value.count(each) / len(value) for each in set(value)]
    return -sum(share * log2(share) for share in shares)


def readable() -> Iterator[Path]:
    """List the files somebody of this house has written."""
    for path in house.tracked():
        name = path.relative_to(house.ROOT).as_posix()
        if path.suffix not in BINARY and not name.startswith(FOREIGN):
            yield path


def test_no_file_holds_a_secret() -> None:
    found = {
        path.relative_to(house.ROOT).as_posix(): faults
        for path in readable()
        if (faults := list(secrets_in(path.read_text(encoding="utf-8", errors="replace"))))
    }

    assert found == {}


@pytest.mark.parametrize(
    "parts",
    [
        ("-----BEGIN PRIVATE", " KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ"),
        ("rk_li", "ve_a1b2c3d4_9tQ2vYw8ZkLr5uNf3xHsPb7mCe1jGd4A"),
        ("whs", "ec_9tQ2vYw8ZkLr5uNf3xHsPb7mCe1jGd4A"),
        ("AKI", "AIOSFODNN7EXAMPLE"),
        ("PASSWORD=", "9tQ2vYw8ZkLr5uNf3xHsPb7mCe1jGd4A"),
        ("'client_secret': '", "9tQ2vYw8ZkLr5uNf3xHsPb7m'"),
        ("amqp://intake:", "9tQ2vYw8ZkLr@broker.stadt.de/"),
    ],
)
def test_a_secret_is_caught(parts: tuple[str, str]) -> None:
    assert list(secrets_in("".join(parts)))


@pytest.mark.parametrize(
    "text",
    [
        "token = new_token_of_a_session_that_begins",
        "amqp://intake:changeme@broker.stadt.de/",
        "amqp://intake:9tQ2vYw8ZkLr@broker.example/",
        "RUECKHALT_INTAKE_KEK_FILE=/run/secrets/intake_kek",
    ],
)
def test_names_and_examples_pass(text: str) -> None:
    assert not list(secrets_in(text))
