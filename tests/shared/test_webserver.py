# SPDX-License-Identifier: EUPL-1.2
"""The real server: clients that fall silent, headers of proxies, what its log must not tell."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest

from rueckhalt_shared.slow_clients import SLOWEST, PatientSocket
from tests.shared.running import Up


class Ticks:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_silent_client_counts_as_gone(pair):
    patient = PatientSocket(pair[0], grace=0.01)

    with pytest.raises(ConnectionResetError):
        patient.recv(1)


def test_every_byte_buys_time_and_a_new_request_begins_anew(pair):
    ticks = Ticks()
    patient = PatientSocket(pair[0], grace=1.0, ticks=ticks)
    pair[1].sendall(b"x" * (int(SLOWEST) + 2))

    first = patient.recv(int(SLOWEST))
    ticks.now = 1.5
    second = patient.recv(1)
    ticks.now = 2.5
    with pytest.raises(ConnectionResetError):
        patient.recv(1)
    patient.begin()

    assert (len(first), second, patient.recv(1)) == (SLOWEST, b"x", b"x")


def test_a_client_may_not_set_what_only_a_proxy_sets(tmp_path):
    with Up(tmp_path / "data", "--demo", "--only", "intake") as up:
        at = urlsplit(up.ready["url"])
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=10)
        smuggled = {"SCRIPT_NAME": "/intake", "PATH_INFO": "/mail", "X-Forwarded-Proto": "https"}
        connection.request("GET", "/intake/v1/codes", headers=smuggled)
        response = connection.getresponse()
        response.read()
        connection.close()

    assert response.status == 200
    assert response.getheader("Strict-Transport-Security") is None


def test_what_a_broken_request_holds_is_not_in_the_log(tmp_path):
    up = Up(tmp_path / "data", "--demo", "--only", "intake")
    with up:
        at = urlsplit(up.ready["url"])
        with socket.create_connection((at.hostname, at.port), timeout=10) as client:
            # A wrong Content-Length makes the rest of a body look like the next request.
            client.sendall(
                b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nNARRATIVE of HTTP\r\n\r\n"
            )
            while client.recv(4096):
                pass

    log = up.errors.read_text()
    assert "invalid request" in log
    assert "NARRATIVE" not in log
    assert "127.0.0.1" not in log
