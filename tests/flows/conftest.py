# SPDX-License-Identifier: EUPL-1.2
"""The set-ups every flow runs on: the embedded default, and RabbitMQ with PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.flows.mail_sink import MailSink
from tests.flows.system import SERVICES, Installation

SET_UPS = [
    pytest.param("embedded"),
    pytest.param("servers", marks=[pytest.mark.rabbitmq, pytest.mark.postgres]),
]


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    """Where all mail of the module's installations goes."""
    sink = MailSink().start()
    yield sink
    sink.stop()


def server_urls(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """A fresh vhost and fresh databases on the private servers."""
    broker = request.getfixturevalue("rabbitmq")
    cluster = request.getfixturevalue("postgres")
    names = (*SERVICES, "identity")
    return broker.new_vhost(), {name: cluster.create_database() for name in names}


@pytest.fixture(scope="module", params=SET_UPS)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sink: MailSink
) -> Iterator[Installation]:
    """Musterstadt with all four services, each one process with web and worker."""
    bus_url, databases = ("", {})
    if request.param == "servers":
        bus_url, databases = server_urls(request)
    installation = Installation(
        tmp_path_factory.mktemp("town"),
        bus_url=bus_url,
        database_urls=databases,
        smtp_port=sink.port,
        roles=("serve",),
    )
    try:
        yield installation.prepare().start_all()
    finally:
        installation.stop()
