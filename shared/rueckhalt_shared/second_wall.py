# SPDX-License-Identifier: EUPL-1.2
"""Row-level security on PostgreSQL: each connection knows the reach of whoever uses it now.

The policies (`row_policies`) compare a row's municipality with the setting `rueckhalt.reach` of
the session. It is told whenever a connection leaves the pool for somebody with another reach than
the last one had; a busy sender therefore costs no extra round trip.
"""

from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

from rueckhalt_shared import reach

_TOLD = "rueckhalt_reach"  # of a connection of the pool: what its session was told last
_TELL = "SELECT set_config('rueckhalt.reach', %s, false)"


def tell_reach(engine: Engine) -> None:
    """Have every connection that leaves this engine's pool told the reach of who takes it."""
    event.listen(engine, "checkout", _told)


def _told(connection: Any, record: Any, proxy: Any) -> None:
    wanted = reach.current()
    if record.info.get(_TOLD) == wanted:
        return
    known = record.info.pop(_TOLD, None)
    try:
        _tell(connection, wanted)
    except psycopg.OperationalError as error:
        if known is None:
            raise  # a new connection: the server is away
        raise DisconnectionError("closed while it lay in the pool") from error
    record.info[_TOLD] = wanted


def _tell(connection: Any, wanted: str) -> None:
    """Outside any transaction, whose rollback would bring the reach of the last one back."""
    was: bool = connection.autocommit
    connection.autocommit = True
    connection.execute(_TELL, (wanted,))
    connection.autocommit = was
