# SPDX-License-Identifier: EUPL-1.2
"""Holds: what intake says must be kept outlives the deletion classes of the other services, too."""

from collections.abc import Collection

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    true,
    update,
)

from rueckhalt_shared.contracts import IncidentHoldChanged
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.subscriptions import Subscriptions


class Holds:
    """What one service knows of the holds, in the table `holds` among its own."""

    def __init__(self, metadata: MetaData) -> None:
        self.table = Table(
            "holds",
            metadata,
            Column("incident", String(64), primary_key=True),
            Column("version", Integer, nullable=False),
            Column("held", Boolean, nullable=False),
        )

    def listen(self, subscriptions: Subscriptions) -> None:
        """Hear what intake says, on the queue of the orders to erase."""
        queue = f"{subscriptions.service}.erase-incidents"

        @subscriptions.on(IncidentHoldChanged, queue=queue)
        def incident_hold_changed(tx: Transaction, event: IncidentHoldChanged) -> None:
            self.note(tx, event)

    def note(self, tx: Transaction, event: IncidentHoldChanged) -> None:
        """Events may come in any order: the newest version counts."""
        table, values = self.table, {"version": event.version, "held": event.held}
        known = tx.execute(
            select(table.c.version).where(table.c.incident == event.subject).with_for_update()
        ).scalar_one_or_none()
        if known is None:
            tx.execute(insert(table), values | {"incident": event.subject})
        elif event.version > known:
            tx.execute(update(table).where(table.c.incident == event.subject).values(values))

    def among(self, tx: Transaction, incidents: Collection[str]) -> set[str]:
        """Which of these must be kept."""
        table = self.table.c
        query = select(table.incident).where(
            table.incident.in_(sorted(set(incidents))), table.held == true()
        )
        return set(tx.execute(query).scalars())

    def known(self, tx: Transaction) -> set[str]:
        """Every incident there is a word about."""
        return set(tx.execute(select(self.table.c.incident)).scalars())

    def erase(self, tx: Transaction, incident: str) -> None:
        """The incident goes, and with it what was said about keeping it."""
        tx.execute(delete(self.table).where(self.table.c.incident == incident))
