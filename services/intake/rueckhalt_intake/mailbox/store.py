# SPDX-License-Identifier: EUPL-1.2
"""The mailboxes: who knows the code opens one, nobody else; the code itself lies nowhere."""

from sqlalchemy import Column, LargeBinary, String, Table, delete, select

from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("lookup", String(64), primary_key=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),  # X25519: replies are sealed for it
    Column("opened_at", UtcDateTime, nullable=False),
)


def add(tx: Transaction, lookup: str, incident_id: str, public_key: bytes) -> None:
    """Open a mailbox for one incident."""
    row = {"lookup": lookup, "incident_id": incident_id, "public_key": public_key}
    tx.add(mailboxes, row | {"opened_at": tx.now})


def find(tx: Transaction, lookup: str) -> str | None:
    """The incident a mailbox belongs to."""
    query = select(mailboxes.c.incident_id).where(mailboxes.c.lookup == lookup)
    return tx.execute(query).scalar_one_or_none()


def remove(tx: Transaction, incident_id: str) -> None:
    """Drop the mailboxes of an incident."""
    tx.execute(delete(mailboxes).where(mailboxes.c.incident_id == incident_id))
