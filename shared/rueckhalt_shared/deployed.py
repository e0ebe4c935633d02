# SPDX-License-Identifier: EUPL-1.2
"""The four services by name, and which of them are installed here; imports nothing heavy."""

from importlib.metadata import entry_points

SERVICES = ("intake", "routing", "notify", "reporting")


def installed_services() -> frozenset[str]:
    """The services whose distributions are installed here."""
    return frozenset(point.name for point in entry_points(group="rueckhalt.services"))
