# SPDX-License-Identifier: EUPL-1.2
"""Signed requests: what is signed counts once, in time, and as it was signed."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from rueckhalt_shared.identity.signing import SCHEME, SignedRequest, header, sign, signing_key
from tests.identity.house import ARS
from tests.shared.front import (
    Front,
    NoteSchema,  # noqa: F401 - the same tiny service
)

NOTE = {"municipality": ARS, "forms": ["threat"]}
BODY = json.dumps(NOTE).encode()


class Sender:
    """A municipal system that signs, as the README describes it."""

    def __init__(self, front: Front) -> None:
        self.front = front
        plain = front.keys.create(
            sender="ticket",
            scopes=["incident:create", "incident:read"],
            municipalities=[ARS],
            signed=True,
        )
        _, _, self.key_id, self.secret = plain.split("_", 3)
        self.plain = plain
        self.count = 0

    def header(self, method: str, target: str, body: bytes, **changes: object) -> str:
        """The header for a request; each one with a nonce of its own."""
        self.count += 1
        when = {"time": int(self.front.clock().timestamp()), "nonce": f"{self.count:016}"}
        request = SignedRequest(method=method, target=target, body=body)
        return header(self.secret, self.key_id, request, **(when | changes))  # type: ignore[arg-type]

    def post(self, authorization: str, *, body: bytes = BODY, path: str = "") -> TestResponse:
        """Send it."""
        return self.front.client.post(
            path or "/v1/notes",
            data=body,
            headers={"Authorization": authorization, "Content-Type": "application/json"},
        )


@pytest.fixture
def front(tmp_path):
    front = Front(tmp_path)
    yield front
    front.close()


@pytest.fixture
def sender(front):
    return Sender(front)


def test_a_signed_request_is_accepted_once(sender) -> None:
    signed = sender.header("POST", "/v1/notes", BODY)

    assert sender.post(signed).status_code == 201
    assert sender.post(signed).status_code == 401


def test_the_key_itself_opens_nothing(sender) -> None:
    assert sender.post(f"Bearer {sender.plain}").status_code == 401


def test_a_key_that_need_not_sign_cannot_sign(front, sender) -> None:
    plain = front.key("incident:create")
    _, _, sender.key_id, sender.secret = plain.split("_", 3)

    assert sender.post(sender.header("POST", "/v1/notes", BODY)).status_code == 401


CHANGED = {
    "another body": lambda s: s.post(s.header("POST", "/v1/notes", BODY), body=BODY + b" "),
    "another path": lambda s: s.post(s.header("POST", "/v1/other", BODY)),
    "another method": lambda s: s.post(s.header("PUT", "/v1/notes", BODY)),
    "another query": lambda s: s.post(s.header("POST", "/v1/notes", BODY), path="/v1/notes?a=1"),
    "an empty body": lambda s: s.post(s.header("POST", "/v1/notes", BODY), body=b""),
    "a short nonce": lambda s: s.post(s.header("POST", "/v1/notes", BODY, nonce="short")),
    "cut": lambda s: s.post(s.header("POST", "/v1/notes", BODY)[:-1]),
    "upper case": lambda s: s.post(s.header("POST", "/v1/notes", BODY).upper()),
    "nothing": lambda s: s.post(f"{SCHEME} "),
    "an unknown key": lambda s: s.post(
        s.header("POST", "/v1/notes", BODY).replace(s.key_id, "0" * len(s.key_id))
    ),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_a_changed_request_is_refused(sender, change) -> None:
    assert change(sender).status_code == 401


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-300, 201), (300, 201), (301, 401)])
def test_clocks_may_differ_by_five_minutes(front, sender, seconds: int, status: int) -> None:
    time = int(front.clock().timestamp()) + seconds

    signed = sender.header("POST", "/v1/notes", BODY, time=time)

    assert sender.post(signed).status_code == status


def test_a_nonce_is_remembered_as_long_as_its_time_is_believed(front, sender) -> None:
    early = int(front.clock().timestamp()) + 300
    signed = sender.header("POST", "/v1/notes", BODY, time=early)
    assert sender.post(signed).status_code == 201

    front.clock.pass_(seconds=599)
    sender.post(sender.header("POST", "/v1/notes", BODY))  # old nonces are removed here

    assert sender.post(signed).status_code == 401


def test_a_wrong_signature_leaves_no_nonce_behind(front, sender) -> None:
    signed = sender.header("POST", "/v1/notes", BODY, nonce="a" * 16)
    assert sender.post(signed[:-1] + ("0" if signed[-1] != "0" else "1")).status_code == 401

    assert sender.post(signed).status_code == 201


def test_a_revoked_or_expired_key_signs_nothing(front, sender) -> None:
    front.keys.revoke(sender.key_id)
    assert sender.post(sender.header("POST", "/v1/notes", BODY)).status_code == 401

    other = Sender(front)
    front.clock.pass_(days=366)
    assert other.post(other.header("POST", "/v1/notes", BODY)).status_code == 401


def test_the_query_is_signed_as_it_is_sent(sender) -> None:
    target = "/v1/notes/a%20b?page_size=5"
    signed = sender.header("GET", target, b"")

    answer = sender.front.client.get(target, headers={"Authorization": signed})

    assert answer.json == {"id": "a b", "sender": "ticket"}


def test_a_rotated_key_still_signs(front, sender) -> None:
    _, _, sender.key_id, sender.secret = front.keys.rotate(sender.key_id).split("_", 3)

    assert sender.post(sender.header("POST", "/v1/notes", BODY)).status_code == 201


def test_the_format_is_what_the_readme_says() -> None:
    """Written out with the standard library only, as another system would."""
    secret, time, nonce = "geheim", 1795176000, "0123456789abcdef"
    key = hmac.new(secret.encode(), b"rueckhalt request signing v1", hashlib.sha256).hexdigest()
    lines = [
        "RK-HMAC-SHA256",
        "POST",
        "/v1/incidents?dry_run=true",
        hashlib.sha256(b"{}").hexdigest(),
        str(time),
        nonce,
    ]
    expected = hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()

    request = SignedRequest(method="POST", target="/v1/incidents?dry_run=true", body=b"{}")

    assert sign(signing_key(secret), request, time=time, nonce=nonce) == expected


def test_the_last_use_is_noted_once_an_hour(front) -> None:
    plain = front.key("incident:create")
    start = front.clock()

    def used_at():
        front.seconds += 10  # past the cache
        front.keys.authenticate(plain)
        return front.keys.list()[0].last_used_at

    assert used_at() == start
    front.clock.pass_(minutes=59)
    assert used_at() == start
    front.clock.pass_(minutes=1)
    assert used_at() == start + timedelta(hours=1)
