# SPDX-License-Identifier: EUPL-1.2
"""After the commit: no byte of what was erased stays in archive, write-ahead log or bus file.

What is to be swept lies in a table, so a killed process goes on where it was.
"""

from collections.abc import Callable, Sequence

from rueckhalt_shared import crash, pipe
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import carrying_out, tombstones
from rueckhalt_shared.erasing.carrying_out import SIGNAL, Eraser
from rueckhalt_shared.erasing.reclaiming import reclaim
from rueckhalt_shared.settings import ServiceSettings
from rueckhalt_shared.worker import Loop

_PLUMBING = ("outbox", "inbox", "subject_versions", "erasure_leftovers")


def loop(
    database: Database, settings: ServiceSettings, eraser: Eraser, *, every: float = 1.0
) -> Loop:
    """The loop of a worker that sweeps behind erasures; the tombstones are ready from here on."""
    tombstones.install(database, settings)
    tables = (*eraser.tables, *_PLUMBING)
    return Loop(SIGNAL, sweeper(settings.bus_url, tables), every=every, signal=SIGNAL)


def sweeper(bus_url: str, tables: Sequence[str]) -> Callable[[Database], bool]:
    """One round of the sweep; what cannot go yet (not published, file in use) waits."""

    def sweep(database: Database) -> bool:
        found = database.read(carrying_out.leftovers)
        if not found:
            return False
        crash.at("erase.before_sweep")
        done = [each for each in found if database.run(carrying_out.empty_archive, each)]
        if not done or not reclaim(database, tables):
            return False
        pipe.checkpoint(bus_url)
        crash.at("erase.after_sweep")
        database.run(carrying_out.forget, done)
        reclaim(database, tables)
        return False

    return sweep
