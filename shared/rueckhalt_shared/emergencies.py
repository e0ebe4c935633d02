# SPDX-License-Identifier: EUPL-1.2
"""The red mark of a plan published in an emergency, in services beside routing.

Kept by routing's events, one row a municipality, and shown to whoever is signed in there. Where
routing is not deployed nothing is ever heard, so nothing is shown.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from flask import Flask
from sqlalchemy import BigInteger, Column, MetaData, String, Table, insert, select
from sqlalchemy import update as change

from rueckhalt_shared.columns import UtcDateTime
from rueckhalt_shared.contracts import PlanProved, PlanPublished
from rueckhalt_shared.contracts.region import LENGTHS
from rueckhalt_shared.database import Database, Transaction, Unavailable
from rueckhalt_shared.pages.frame import account, show_alarm
from rueckhalt_shared.pages.words import told
from rueckhalt_shared.shell import local_time
from rueckhalt_shared.subscriptions import Subscriptions

_HEARD = "rueckhalt_emergencies"


class Marks:
    """What one service knows of emergencies: its table, its consumers, its mark."""

    def __init__(self, metadata: MetaData) -> None:
        self.table = Table(
            "plan_marks",
            metadata,
            Column("municipality", String(12), primary_key=True),
            Column("version", BigInteger, nullable=False),
            Column("emergency_until", UtcDateTime),
        )

    def hear(self, subscriptions: Subscriptions, *, queue: str) -> None:
        """Let the service listen to what routing says of its plans."""
        subscriptions.on(PlanPublished, queue=queue)(self.note)
        subscriptions.on(PlanProved, queue=queue)(self.note)

    def note(self, tx: Transaction, event: PlanPublished | PlanProved) -> None:
        """A plan counts, in an emergency or not; what is older than what is known is passed."""
        c = self.table.c
        here = c.municipality == event.municipality
        known = tx.execute(select(c.version).where(here)).scalar()
        values = {"version": event.version, "emergency_until": event.emergency_until}
        if known is None:
            tx.execute(insert(self.table), values | {"municipality": event.municipality})
        elif known < event.version:
            tx.execute(change(self.table).where(here).values(**values))

    def until(self, tx: Transaction, municipality: str) -> datetime | None:
        """Until when the plan that counts here is one of an emergency: its own, or one above."""
        c = self.table.c
        regions = [municipality[:length] for length in LENGTHS if length <= len(municipality)]
        query = select(c.municipality, c.emergency_until).where(c.municipality.in_(regions))
        found = {row.municipality: row.emergency_until for row in tx.execute(query)}
        return found[max(found, key=len)] if found else None

    def shown_on(self, app: Flask, database: Database, own: str) -> Flask:
        """Let the mark stand on every page of the app; `own` is the installation's town."""
        app.extensions[_HEARD] = self.reader(database, own)
        show_alarm(app, app.extensions[_HEARD])
        return app

    def reader(self, database: Database, own: str) -> Callable[[], str]:
        """What the frame of this service's pages asks."""

        def red() -> str:
            places = places_of_reader(own)
            try:
                ends = [database.read(self.until, place) for place in places]
            except Unavailable:  # the page itself says that the database is away
                return ""
            return mark((each for each in ends if each is not None), now=database.clock())

        return red


def show_beside(front: Flask, apps: Iterable[Flask]) -> None:
    """In one program the way in and the account stand beside the services: they show it, too."""
    heard = [app.extensions[_HEARD] for app in apps if _HEARD in app.extensions]
    if heard:
        show_alarm(front, heard[0])


def places_of_reader(own: str) -> list[str]:
    """Where the reader of this page has a role; nobody who is not signed in has one."""
    who = account()
    if not who.name:
        return []
    everywhere = [own] if own and "*" in who.places else []
    return sorted({*(who.places - {"*"}), *everywhere})


def mark(ends: Iterable[datetime], *, now: datetime) -> str:
    """The sentence of the mark; empty where no emergency lasts."""
    last = max(ends, default=None)
    if last is None:
        return ""
    if last <= now:
        return told("emergency.mark_over")
    return told("emergency.mark", until=local_time(last))
