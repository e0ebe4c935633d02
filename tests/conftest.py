# SPDX-License-Identifier: EUPL-1.2
"""What holds for every test."""

import hypothesis
import pytest

from rueckhalt_shared import logging
from tests import programs
from tests.servers import postgres, rabbitmq  # noqa: F401 fixtures for everybody

# How long an example takes is measured in tests/bench; a busy machine is no fault.
hypothesis.settings.register_profile("rueckhalt", deadline=None)
hypothesis.settings.load_profile("rueckhalt")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out, or fail in CI, what this machine has no program for."""
    programs.require(item)


@pytest.fixture(autouse=True)
def quiet_logs() -> None:
    """Logs as in production; structlog's own default prints local variables, slowly."""
    logging.configure(service="test")
