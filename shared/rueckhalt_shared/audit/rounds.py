# SPDX-License-Identifier: EUPL-1.2
"""The loop of a worker that looks at the chains and gives their heads away."""

from rueckhalt_shared.audit.stating import Stating
from rueckhalt_shared.database import Database
from rueckhalt_shared.settings import ServiceSettings
from rueckhalt_shared.worker import Loop


def loops(database: Database, settings: ServiceSettings) -> list[Loop]:
    """Once a day; the sample installation gives heads away only when it is asked to."""
    if settings.is_demo:
        return []
    stating = Stating(database=database, settings=settings)
    return [Loop("audit-heads", stating.daily, every=600.0)]
