# SPDX-License-Identifier: EUPL-1.2
"""`/healthz`: the process answers. `/readyz`: it can do its work, and if not, why. `/version`.

A broker that is away is *degraded*, not dead: reports are accepted and wait in the outbox. What a
web process says of the bus comes from a row its worker writes; it never asks the broker itself.
"""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app
from sqlalchemy import func, select

from rueckhalt_shared import outbox
from rueckhalt_shared.access import public
from rueckhalt_shared.database import Database, Transaction, Unavailable
from rueckhalt_shared.guarding import weakness
from rueckhalt_shared.migrations import NotMigrated, head, revision
from rueckhalt_shared.states import WorkerState, states
from rueckhalt_shared.version import commit, version

blp = Blueprint("health", __name__)
_OLD = timedelta(minutes=2)  # an outbox row older than this is worth a look
_APART = timedelta(seconds=5)  # clocks of two machines may differ by so much
_OPTIONAL = (
    "erasures",
    "webhook",
    "absences",
    "scanner",
    "tidings",
    "maildir",
    "imap",
    "arrivals",
    "open311",
)  # shown when a worker says that something is wrong with them
_SILENT = timedelta(minutes=2)  # a worker that said nothing for so long is not running


@blp.get("/healthz")
@public("probe of the process, tells nothing")
def healthz() -> dict[str, str]:
    """Is the process alive?"""
    return {"status": "ok"}


@blp.get("/readyz")
@public("probe; tells states and ages, no figures of incidents")
def readyz() -> tuple[dict[str, Any], int]:
    """Can the service do its work?"""
    rooms = current_app.extensions["rueckhalt"]
    checks = readiness(rooms.database, rooms.migrations)
    worst = max((check["status"] for check in checks.values()), key=_ORDER.index)
    return {"status": worst, "checks": checks}, 503 if worst == "failed" else 200


@blp.get("/version")
@public("which version runs is no secret in open source")
def show_version() -> dict[str, str | None]:
    """Which version runs here?"""
    service = current_app.extensions["rueckhalt"].service
    return {"service": service, "version": version(), "commit": commit()}


_ORDER = ("ok", "degraded", "failed")


def readiness(database: Database, migrations: str | None) -> dict[str, dict[str, Any]]:
    """Every check with its state and, where it is not ok, its reason."""
    try:
        database.ping()
        checks = {"database": _ok(), "migrations": _migrated(database, migrations)}
        if checks["migrations"]["status"] == "ok":
            checks |= _rows(database) | database.read(_bus_and_outbox)
    except Unavailable as error:
        return {"database": _not("failed", str(error))}
    except Exception as error:
        return {"database": _not("failed", f"not usable: {type(error).__name__}")}
    return checks


def clock(database: Database) -> dict[str, Any] | None:
    """This machine's clock beside the database server's; none where the database is a file.

    Leases, deadlines and the windows of the ledger compare instants of different machines.
    """
    if database.dialect != "postgresql":
        return None
    asked = database.clock()
    server: datetime = database.read(
        lambda tx: tx.execute(select(func.clock_timestamp())).scalar_one()
    )
    answered = database.clock()
    ahead = max(asked - server, server - answered, timedelta(0))
    seconds = round(ahead.total_seconds(), 1)
    if ahead <= _APART:
        return _ok(seconds=seconds)
    where = "behind" if server > answered else "ahead of"
    return _not("degraded", f"this machine is {seconds} s {where} the database server: check NTP")


def _migrated(database: Database, migrations: str | None) -> dict[str, Any]:
    if migrations is None:
        return _ok()
    try:
        found, wanted = revision(database.engine), head(migrations)
    except NotMigrated as error:
        return _not("failed", str(error))
    if found == wanted:
        return _ok(revision=found)
    return _not("failed", f"at {found}, needs {wanted}: run 'db upgrade'")


def _rows(database: Database) -> dict[str, dict[str, Any]]:
    """Only PostgreSQL can hold rows back by itself."""
    if database.dialect != "postgresql":
        return {}
    told = weakness(database)
    return {"rows": _ok() if told is None else _not("degraded", told)}


def _bus_and_outbox(tx: Transaction) -> dict[str, dict[str, Any]]:
    waiting, since = outbox.lag(tx)
    said = states(tx)
    found = {
        "outbox": _outbox(waiting, since, tx.now),
        "worker": _worker(list(said.values()), tx.now),
        "bus": _bus(said.get("bus")),
    }
    for name in _OPTIONAL:
        if (told := said.get(name)) is not None and told.state != "up":
            found[name] = _not("degraded", told.cause or told.state)
    return found


def _outbox(waiting: int, since: datetime | None, now: datetime) -> dict[str, Any]:
    age = (now - since).total_seconds() if since else 0.0
    if since and now - since > _OLD:
        told = f"the oldest of {waiting} unsent events waits since {int(age)} s"
        return _not("degraded", told)
    return _ok(waiting=waiting, seconds=round(age, 1))


def _worker(said: list[WorkerState], now: datetime) -> dict[str, Any]:
    """Does the worker still say anything? Its sweeper does so every minute."""
    if not said:
        return _not("degraded", "no worker of this service has run yet")
    latest = max(state.at for state in said)
    if now - latest > _SILENT:
        return _not("degraded", f"the worker is silent since {latest.isoformat()}")
    return _ok()


def _bus(said: WorkerState | None) -> dict[str, Any]:
    """What the worker has last said of the bus."""
    if said is None:
        return _not("degraded", "no worker has tried the bus yet")
    if said.state != "up":
        return _not("degraded", f"bus {said.state}: {said.cause or 'no cause given'}")
    return _ok()


def _ok(**told: Any) -> dict[str, Any]:
    return {"status": "ok"} | told


def _not(status: str, reason: str) -> dict[str, Any]:
    return {"status": status, "reason": reason}
