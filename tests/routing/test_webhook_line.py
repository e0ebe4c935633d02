# SPDX-License-Identifier: EUPL-1.2
"""The webhook against hostile names, addresses and servers: it ends, and goes nowhere else."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import trustme
from standardwebhooks.webhooks import Webhook

from rueckhalt_routing.webhook import domain
from rueckhalt_routing.webhook.domain import Outcome
from rueckhalt_routing.webhook.sender import LIMITS, HttpSender
from rueckhalt_shared.line import Limits
from rueckhalt_shared.line_addresses import AddressRefused
from tests.servers.receiver import Names, Receiver, endless, says

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME = "fachverfahren.example"
HURRIED = Limits(seconds=0.3, most_bytes=64 * 1024)
"""The same limits, sooner reached."""
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    return context


@pytest.fixture
def receiver(context: ssl.SSLContext) -> Iterator[Receiver]:
    receiver = Receiver("127.0.0.2", context)
    yield receiver
    receiver.close()


@pytest.fixture
def call(authority: trustme.CA, receiver: Receiver) -> Callable[..., Outcome]:
    """Call the receiver under its name, which the given name server looks up."""
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)

    def calling(*names: list[str], host: str = NAME, limits: Limits = LIMITS) -> Outcome:
        sender = HttpSender(
            f"https://{host}:{receiver.port}/hook",
            SECRET,
            allowed=["127.0.0.2/32"],
            limits=limits,
            resolve=Names(*(names or (["127.0.0.2"],))),
            trusted=trusted,
        )
        return sender.send("msg-1", '{"a":"ü"}', now=datetime.now(UTC))

    return calling


def test_the_signature_is_that_of_standard_webhooks(
    call: Callable[..., Outcome], receiver: Receiver
) -> None:
    outcome = call()

    assert outcome.is_done
    [request] = receiver.received
    head, _, body = request.decode().partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    headers = dict(each.split(": ", 1) for each in rest)
    assert first == "POST /hook HTTP/1.1"
    assert headers["Host"] == f"{NAME}:{receiver.port}"
    told = {k.lower(): v for k, v in headers.items()}
    assert Webhook(SECRET).verify(body, told) == {"a": "ü"}


def test_only_the_address_that_was_checked_is_called(
    context: ssl.SSLContext, receiver: Receiver, call: Callable[..., Outcome]
) -> None:
    inside = Receiver("127.0.0.1", context, port=receiver.port)
    try:
        rebound = call(["127.0.0.2"], ["127.0.0.1"])
    finally:
        inside.close()

    assert rebound.is_done
    assert (len(receiver.received), inside.received) == (1, [])


def test_after_the_check_nobody_looks_the_name_up_again(
    call: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(host: str, *_: object, **__: object) -> None:
        raise AssertionError(f"looked up {host}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert call().is_done


@pytest.mark.parametrize(
    "found",
    [["127.0.0.1"], ["127.0.0.2", "10.0.0.1"], ["10.0.0.1", "127.0.0.2"], ["::1"], []],
    ids=str,
)
def test_a_name_that_leads_inside_is_not_called(
    call: Callable[..., Outcome], receiver: Receiver, found: list[str]
) -> None:
    outcome = call(found)

    assert (outcome.status, outcome.cause) == (None, "AddressRefused")
    assert receiver.received == []


def test_every_call_looks_anew(call: Callable[..., Outcome], receiver: Receiver) -> None:
    assert call(["127.0.0.2"]).is_done
    assert call(["192.168.0.1"]).cause == "AddressRefused"


@pytest.mark.parametrize("code", [b"301", b"302", b"303", b"307", b"308"])
def test_a_redirect_to_this_machine_is_not_followed(
    context: ssl.SSLContext, call: Callable[..., Outcome], receiver: Receiver, code: bytes
) -> None:
    inside = Receiver("127.0.0.1", context)
    where = b"https://127.0.0.1:%d/" % inside.port
    receiver.answer = says(b"HTTP/1.1 %s Away\r\nLocation: %s\r\n\r\n" % (code, where))
    try:
        outcome = call()
    finally:
        inside.close()

    assert outcome.status == int(code)
    assert inside.received == []


def test_a_certificate_of_another_name_is_refused(call: Callable[..., Outcome]) -> None:
    assert call(host="andere.example").cause == "SSLCertVerificationError"


def test_a_certificate_of_an_unknown_authority_is_refused(receiver: Receiver) -> None:
    sender = HttpSender(
        f"https://{NAME}:{receiver.port}/",
        SECRET,
        allowed=["127.0.0.2/32"],
        resolve=Names(["127.0.0.2"]),
    )

    assert sender.send("m", "{}", now=datetime.now(UTC)).cause == "SSLCertVerificationError"
    assert receiver.received == []


def test_an_endless_header_is_cut_off(call: Callable[..., Outcome], receiver: Receiver) -> None:
    receiver.answer = endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    assert call().cause == "TooMuch"


def test_an_endless_body_is_not_read(call: Callable[..., Outcome], receiver: Receiver) -> None:
    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        endless(b"x" * 65536)(line)

    receiver.answer = answer

    assert call().is_done


def test_an_answer_in_drops_ends_in_time(call: Callable[..., Outcome], receiver: Receiver) -> None:
    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not receiver.stopping.wait(0.02):
            line.sendall(b"x")

    receiver.answer = answer

    assert call(limits=HURRIED).cause == "TimeoutError"


def test_silence_ends_in_time(call: Callable[..., Outcome], receiver: Receiver) -> None:
    receiver.answer = lambda line: receiver.stopping.wait(10) and None

    assert call(limits=HURRIED).cause == "TimeoutError"


def test_silence_before_tls_ends_in_time() -> None:
    with socket.create_server(("127.0.0.2", 0)) as mute:
        sender = HttpSender(
            f"https://{NAME}:{mute.getsockname()[1]}/",
            SECRET,
            allowed=["127.0.0.2/32"],
            limits=HURRIED,
            resolve=Names(["127.0.0.2"]),
        )

        assert sender.send("m", "{}", now=datetime.now(UTC)).cause == "TimeoutError"


@pytest.mark.parametrize(
    "content", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00\xff\r\n"]
)
def test_what_is_no_answer_is_an_outcome_and_not_an_exception(
    call: Callable[..., Outcome], receiver: Receiver, content: bytes
) -> None:
    receiver.answer = says(content)

    assert call().status is None


def test_nobody_there_is_an_outcome_and_not_an_exception() -> None:
    sender = HttpSender("http://127.0.0.1:1/hook", SECRET, only_here=True)

    outcome = sender.send("msg-1", "{}", now=datetime.now(UTC))

    assert (outcome.status, outcome.cause) == (None, "ConnectionRefusedError")


def test_a_name_nobody_knows_is_an_outcome_and_not_an_exception() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    sender = HttpSender("https://nirgends.example/", SECRET, resolve=unknown)

    assert sender.send("m", "{}", now=datetime.now(UTC)).cause == "gaierror"


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://example.org/x", ["127.0.0.0/8"]),
        ("http://127.0.0.1/x", []),
        ("http://127.0.0.1/x", ["10.0.0.0/8"]),
        ("http://10.0.0.1/x", ["10.0.0.0/8", "127.0.0.0/8"]),
    ],
)
def test_plain_http_goes_to_listed_loopback_only(url: str, allowed: list[str]) -> None:
    def send() -> str:
        sender = HttpSender(url, SECRET, allowed=allowed, resolve=lambda *_: ["93.184.216.34"])
        return sender.send("m", "{}", now=datetime.now(UTC)).cause

    try:
        assert send() == "AddressRefused"
    except AddressRefused:
        assert "127.0.0.0/8" not in allowed


def test_the_sample_installation_calls_nobody_outside() -> None:
    asked = Names(["93.184.216.34"])
    sender = HttpSender("https://example.org/hook", SECRET, only_here=True, resolve=asked)

    assert sender.send("m", "{}", now=datetime.now(UTC)).cause == "AddressRefused"


def test_the_limits_are_those_of_the_readme() -> None:
    assert (domain.SECONDS, domain.MOST_BYTES, domain.TRIES) == (5.0, 64 * 1024, 5)
