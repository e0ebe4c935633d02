# SPDX-License-Identifier: EUPL-1.2
"""What a command says where no plan counts: which towns have one, and how to name them."""

from rueckhalt_routing.plan import handlers
from rueckhalt_shared.database import Database


def no_plan(database: Database, town: str, what: str = "no plan counts") -> str:
    """The sentence; with the towns to be named, where there are any."""
    found = sorted({each.municipality for each in database.read(handlers.every_published)})
    said = f"{what} for {town or 'this installation'}"
    if not found or town in found:
        return said
    return f"{said}; name one that has a plan: --municipality {' or '.join(found[:10])}"
