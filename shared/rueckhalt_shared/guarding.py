# SPDX-License-Identifier: EUPL-1.2
"""Does row-level security hold in this installation? `check`, `/readyz` and the start say so."""

from sqlalchemy import text

from rueckhalt_shared.database import Database, Transaction, Unavailable
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_ABOVE = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
_GUARDED = text(
    "SELECT count(*) AS guarded, count(*) FILTER (WHERE row_security_active(oid)) AS in_force"
    " FROM pg_class WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace"
)


def weakness(database: Database) -> str | None:
    """Why PostgreSQL does not hold rows of other municipalities back here; None where it does."""
    return database.read(_weakness) if database.dialect == "postgresql" else None


def warn(database: Database) -> None:
    """Say at the start that the second wall is missing; reports are accepted all the same."""
    try:
        told = weakness(database)
    except Unavailable:
        return  # `/readyz` and `rueckhalt check` say it once the database answers
    if told is not None:
        log.warning("no row-level security", service=database.service, cause=told)


def _weakness(tx: Transaction) -> str | None:
    if tx.execute(_ABOVE).scalar_one():
        return (
            "the role of the service is a superuser or has BYPASSRLS, so row-level security does"
            " not hold for it: give it an ordinary role that owns its database"
        )
    counted = tx.execute(_GUARDED).mappings().one()
    guarded, in_force = counted["guarded"], counted["in_force"]
    if guarded and guarded == in_force:
        return None
    return f"row-level security is in force for {in_force} of {guarded} tables: run 'db upgrade'"
