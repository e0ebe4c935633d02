# SPDX-License-Identifier: EUPL-1.2
"""The webhook against hostile names, addresses and servers: it ends, and goes nowhere else."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import trustme
from standardwebhooks.webhooks import Webhook

from rueckhalt_routing.webhook import domain, line
from rueckhalt_routing.webhook.domain import (
    Outcome,
    WebhookRefused,
    check_url,
    ip_address,
    may_be_called,
    networks,
)
from rueckhalt_routing.webhook.sender import HttpSender

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME = "fachverfahren.example"
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"

Answer = Callable[[ssl.SSLSocket], None]


def says(content: bytes) -> Answer:
    """Answer this and hang up."""
    return lambda line: line.sendall(content)


class Receiver:
    """Another system at one address; keeps what it was sent, byte by byte."""

    def __init__(self, address: str, context: ssl.SSLContext, port: int = 0) -> None:
        self.received: list[bytes] = []
        self.answer: Answer = says(NO_CONTENT)
        self.stopping = threading.Event()
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family)
        self.port: int = self._listener.getsockname()[1]
        self._context = context
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            with plain:
                self._talk(plain)

    def _talk(self, plain: socket.socket) -> None:
        try:
            with self._context.wrap_socket(plain, server_side=True) as line:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += line.recv(4096)
                head, _, body = request.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                while len(body) < length:
                    body += line.recv(4096)
                self.received.append(head + b"\r\n\r\n" + body)
                self.answer(line)
        except OSError:
            return


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


class Names:
    """A name server that answers what its owner likes, another thing each time."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self._answers.pop(0)


@pytest.fixture
def call(authority: trustme.CA, receiver: Receiver) -> Callable[..., Outcome]:
    """Call the receiver under its name, which the given name server looks up."""
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)

    def calling(*names: list[str], path: str = "/hook", host: str = NAME) -> Outcome:
        sender = HttpSender(
            f"https://{host}:{receiver.port}{path}",
            SECRET,
            allowed=["127.0.0.2/32"],
            resolve=Names(*(names or (["127.0.0.2"],))),
            trusted=trusted,
        )
        return sender.send("msg-1", '{"a":"ü"}', now=datetime.now(UTC))

    return calling


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits, sooner reached."""
    monkeypatch.setattr(line, "SECONDS", 0.3)


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

    assert (outcome.status, outcome.cause) == (None, "WebhookRefused")
    assert receiver.received == []


def test_every_call_looks_anew(call: Callable[..., Outcome], receiver: Receiver) -> None:
    assert call(["127.0.0.2"]).is_done
    assert call(["192.168.0.1"]).cause == "WebhookRefused"


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


def endless(content: bytes) -> Answer:
    """Say this again and again, as long as somebody listens."""

    def answer(line: ssl.SSLSocket) -> None:
        while True:
            line.sendall(content)

    return answer


def test_an_endless_header_is_cut_off(call: Callable[..., Outcome], receiver: Receiver) -> None:
    receiver.answer = endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    assert call().cause == "TooMuch"


def test_an_endless_body_is_not_read(call: Callable[..., Outcome], receiver: Receiver) -> None:
    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        endless(b"x" * 65536)(line)

    receiver.answer = answer

    assert call().is_done


@pytest.mark.usefixtures("hurried")
def test_an_answer_in_drops_ends_in_time(call: Callable[..., Outcome], receiver: Receiver) -> None:
    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not receiver.stopping.wait(0.02):
            line.sendall(b"x")

    receiver.answer = answer

    assert call().cause == "TimeoutError"


@pytest.mark.usefixtures("hurried")
def test_silence_ends_in_time(call: Callable[..., Outcome], receiver: Receiver) -> None:
    receiver.answer = lambda line: receiver.stopping.wait(10) and None

    assert call().cause == "TimeoutError"


@pytest.mark.usefixtures("hurried")
def test_silence_before_tls_ends_in_time() -> None:
    with socket.create_server(("127.0.0.2", 0)) as mute:
        sender = HttpSender(
            f"https://{NAME}:{mute.getsockname()[1]}/",
            SECRET,
            allowed=["127.0.0.2/32"],
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
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1"),
        *("198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%1", "fec0::1", "fc00::1", "fd12::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "::8.8.8.8", "64:ff9b::7f00:1"),
        *("64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::", "2001:0:7f00:1::1", "2001:db8::1"),
        *("2001:10::1", "2001:20::1", "3fff::1", "100::1", "5f00::1", "4000::1"),
    ],
)
def test_what_is_not_the_public_internet_is_not_called(address: str) -> None:
    assert not may_be_called(ip_address(address), ())


@pytest.mark.parametrize("address", ["8.8.8.8", "193.99.144.80", "2a02:2e0:3fe:1001::1"])
def test_the_public_internet_is_called(address: str) -> None:
    assert may_be_called(ip_address(address), ())


def test_what_the_operator_lists_is_called_and_its_neighbour_is_not() -> None:
    allowed = networks(["10.20.0.0/16", "fd12::/32"])

    assert may_be_called(ip_address("10.20.3.4"), allowed)
    assert may_be_called(ip_address("fd12:0:1::1"), allowed)
    assert not may_be_called(ip_address("10.21.0.1"), allowed)
    assert not may_be_called(ip_address("::ffff:10.20.3.4"), allowed)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://127.0.0.1/", "file:///etc/passwd", "https://", "x", "", "https:///x", "//host/x"),
        *("https://u:p@example.org/", "https://u@example.org/", "https://example.org:0/"),
        *("https://example.org:99999/", "https://[::1/", "https://exämple.org/"),
        *("https://example.org/\r\nX: y", "https://example.org/a b", "https://exa\tmple.org/"),
        *("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/"),
        *("https://0x7f.1/", "https://127.0.0.1.0x1/", "https://127.0.0.08/", "https://1.2.3.4./"),
    ],
)
def test_an_address_that_is_not_plain_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(WebhookRefused):
        check_url(url)


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
        assert send() == "WebhookRefused"
    except WebhookRefused:
        assert "127.0.0.0/8" not in allowed


def test_the_sample_installation_calls_nobody_outside() -> None:
    asked = Names(["93.184.216.34"])
    sender = HttpSender("https://example.org/hook", SECRET, only_here=True, resolve=asked)

    assert sender.send("m", "{}", now=datetime.now(UTC)).cause == "WebhookRefused"


@pytest.mark.parametrize("told", ["10.0.0.1/8", "intern", "10.0.0.0/33"])
def test_a_range_that_is_none_stops_the_start(told: str) -> None:
    with pytest.raises(WebhookRefused):
        networks([told])


def test_the_limits_are_those_of_the_readme() -> None:
    assert (domain.SECONDS, domain.MOST_BYTES, domain.TRIES) == (5.0, 64 * 1024, 5)
