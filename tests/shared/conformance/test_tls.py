# SPDX-License-Identifier: EUPL-1.2
"""RabbitMQ over TLS: the certificate is checked, and half a record is no reason to wait."""

import pytest

from rueckhalt_shared.pipe import BusUnavailable, Pipe
from tests.servers import PrivateRabbitMQ
from tests.shared.conformance.buses import receive_all
from tests.shared.conformance.letters import KEY, numbers, outgoing

pytestmark = pytest.mark.rabbitmq
LARGE = "x" * 60_000


@pytest.fixture
def secure_url(rabbitmq: PrivateRabbitMQ) -> str:
    """A fresh virtual host, reached by TLS."""
    vhost = rabbitmq.new_vhost().rsplit("/", 1)[1]
    return f"amqps://guest:guest@127.0.0.1:{rabbitmq.tls_port}/{vhost}"


def test_messages_travel_over_tls(
    rabbitmq: PrivateRabbitMQ, secure_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(rabbitmq.ca_file))
    pipe = Pipe(secure_url, service="intake")
    pipe.declare({"routing.assign": (KEY,)})
    window = [outgoing(n, body=f'{{"number": {n}, "padding": "{LARGE}"}}') for n in range(100)]

    nacked = pipe.publish(window)
    received = receive_all(pipe, "routing.assign", count=100)

    pipe.ack(received)
    pipe.close()
    assert nacked == []
    assert numbers(received) == list(range(100))


def test_an_unknown_authority_is_refused(secure_url: str) -> None:
    with pytest.raises(BusUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        Pipe(secure_url, service="intake").publish([outgoing(1)])


def test_a_certificate_for_another_name_is_refused(
    rabbitmq: PrivateRabbitMQ, secure_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(rabbitmq.ca_file))

    with pytest.raises(BusUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        Pipe(secure_url.replace("127.0.0.1", "127.1"), service="intake").publish([outgoing(1)])
