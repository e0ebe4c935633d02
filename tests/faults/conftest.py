# SPDX-License-Identifier: EUPL-1.2
"""Installations to be killed: a process for each web and each worker, servers of their own."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.faults.checker import Checker
from tests.faults.nursery import Nursery
from tests.faults.town import Town
from tests.flows.mail_sink import MailSink
from tests.flows.system import SERVICES
from tests.servers import PrivateRabbitMQ, private_postgres, private_rabbitmq

LONG = os.environ.get("RUECKHALT_TEST_FAULTS") == "long"

EMBEDDED = pytest.param("embedded")
RABBITMQ = pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)
SERVERS = pytest.param("servers", marks=[pytest.mark.rabbitmq, pytest.mark.postgres])


@pytest.fixture(scope="package")
def broker() -> Iterator[PrivateRabbitMQ]:
    """A broker of this folder's own: it is killed, suspended and wiped."""
    with private_rabbitmq() as started:
        yield started


@pytest.fixture(scope="package")
def nursery() -> Iterator[Nursery]:
    """The parent of all processes under test."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """Where the mails go."""
    sink = MailSink().start()
    yield sink
    sink.stop()


Build = Callable[..., Town]


@contextmanager
def building(
    request: pytest.FixtureRequest, factory: pytest.TempPathFactory, sink: MailSink
) -> Iterator[Build]:
    """Builds Musterstadt on a set-up and starts it; everything ends with the context."""
    with ExitStack() as ending:

        def built(set_up: str, *, databases: dict[str, str] | None = None) -> Town:
            bus_url, urls = "", dict(databases or {})
            if set_up != "embedded":
                bus_url = request.getfixturevalue("broker").new_vhost()
            if set_up == "servers":
                cluster = ending.enter_context(private_postgres())
                urls = {name: cluster.create_database() for name in (*SERVICES, "identity")}
            town = Town(
                factory.mktemp("town"),
                bus_url=bus_url,
                database_urls=urls,
                smtp_port=sink.port,
                environment={"RUECKHALT_TEST": "1"},
                nursery=request.getfixturevalue("nursery"),
            )
            ending.callback(town.stop)
            town.prepare().start_all()
            return town

        yield built


@pytest.fixture
def build(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sink: MailSink
) -> Iterator[Build]:
    """Builds installations that end with the test."""
    with building(request, tmp_path_factory, sink) as built:
        yield built


@pytest.fixture
def check() -> Iterator[Callable[[Town], Checker]]:
    """Opens the set checker on an installation."""
    with ExitStack() as ending:
        yield lambda town: ending.enter_context(closing(Checker(town)))
