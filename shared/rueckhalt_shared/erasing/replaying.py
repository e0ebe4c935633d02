# SPDX-License-Identifier: EUPL-1.2
"""After a restore: the tombstones come back first, then everything they stand for goes again."""

import hashlib
from collections.abc import Sequence

from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing import carrying_out, tombstones
from rueckhalt_shared.erasing.carrying_out import CASE, Eraser, Leftover
from rueckhalt_shared.erasing.tombstones import Tombstone


def replay(
    database: Database, eraser: Eraser | None, stones: Sequence[Tombstone]
) -> tuple[int, int]:
    """How many tombstones were missing, and how many restored incidents were erased again.

    What is swept behind them (archive, log, keys) is left to the worker, as after any erasure.
    """
    restored = database.run(tombstones.restore, stones)
    if eraser is None:
        return restored, 0
    back = database.read(lambda tx: tombstones.buried(tx, eraser.held(tx)))
    for incident in back:
        database.run(_erase_again, incident, eraser)
    return restored, len(back)


def _erase_again(tx: Transaction, incident: str, eraser: Eraser) -> None:
    carrying_out.bury(tx, incident, eraser, municipality=None)
    name = hashlib.sha256(incident.encode()).hexdigest()[:32]
    carrying_out.leave(tx, Leftover(f"replay-{name}", incident, CASE))
