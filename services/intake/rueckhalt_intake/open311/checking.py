# SPDX-License-Identifier: EUPL-1.2
"""What `check` says about the lists of others: could each be looked through lately?"""

from collections.abc import Sequence

from rueckhalt_intake.open311 import handlers
from rueckhalt_intake.open311.domain import Endpoint
from rueckhalt_shared.database import Database


def looked_at(database: Database, endpoints: Sequence[Endpoint]) -> dict[str, str]:
    """Ok, or degraded with the names and causes."""
    found = database.read(handlers.standings, [each.name for each in endpoints])
    told = [f"{each.name}: {each.cause}" for each in found if each.failures]
    never = [each.name for each in found if not each.failures and each.looked_at is None]
    told += [f"{name}: not looked through yet" for name in never]
    return {"status": "degraded", "reason": "; ".join(told)} if told else {"status": "ok"}
