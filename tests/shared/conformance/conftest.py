# SPDX-License-Identifier: EUPL-1.2
"""Each test of the suite runs on the bus file and on a real RabbitMQ."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import PrivateRabbitMQ, private_rabbitmq
from tests.shared.conformance.buses import BrokerBus, Bus, EmbeddedBus

AMQP = pytest.param("amqp", marks=pytest.mark.rabbitmq)


@pytest.fixture(params=["rkbus", AMQP])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    """A fresh bus of either kind."""
    if request.param == "rkbus":
        made: Bus = EmbeddedBus(tmp_path)
    else:
        made = BrokerBus(request.getfixturevalue("rabbitmq"))
    yield made
    made.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedBus]:
    """A fresh bus file."""
    made = EmbeddedBus(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def mortal_broker() -> Iterator[PrivateRabbitMQ]:
    """A RabbitMQ that the tests of one file may kill and suspend; they leave it running."""
    with private_rabbitmq() as broker:
        yield broker


@pytest.fixture
def mortal(mortal_broker: PrivateRabbitMQ) -> Iterator[BrokerBus]:
    """A fresh virtual host on the broker that may be killed."""
    made = BrokerBus(mortal_broker)
    yield made
    if not mortal_broker.is_running:
        mortal_broker.start()
    mortal_broker.resume()
    made.close()
