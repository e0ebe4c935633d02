# SPDX-License-Identifier: EUPL-1.2
"""Looks through the lists of others: what concerns us waits for a person, nothing is reported.

What was found is kept before the list counts as looked through, and the same entry comes once:
whatever breaks in between, the next look goes on where this one began.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rueckhalt_intake.inbound.domain import OPEN311, Told
from rueckhalt_intake.inbound.keeping import Entrance
from rueckhalt_intake.open311 import domain, handlers
from rueckhalt_intake.open311.asking import Call, NoAnswer, entries
from rueckhalt_intake.open311.catalogue import text
from rueckhalt_intake.open311.domain import Endpoint, Entry, Standing
from rueckhalt_shared import owners
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_LANGUAGE = "de"  # of the desk


@dataclass
class Pulling:
    """The worker's loop over the lists the operator has set."""

    endpoints: Sequence[Endpoint]
    entrance: Entrance
    call: Call
    owner: str = field(default_factory=lambda: owners.name("open311"))

    def run(self, database: Database) -> bool:
        """Look through what is due; false: the next round comes by itself."""
        for endpoint in self.endpoints:
            self.look(database, endpoint)
        database.run(handlers.watch, [each.name for each in self.endpoints])
        return False

    def look(
        self, database: Database, endpoint: Endpoint, *, at_once: bool = False
    ) -> Standing | None:
        """Look through one of them, and how it went; None where it is not its turn."""
        standing = database.run(handlers.take_up, endpoint, self.owner, at_once=at_once)
        if standing is None:
            return None
        after = self._looked(endpoint, standing, database.clock())
        database.run(handlers.settle, after, self.owner)
        return after

    def _looked(self, endpoint: Endpoint, standing: Standing, now: datetime) -> Standing:
        newest, new = None, 0
        try:
            for entry in news(endpoint, standing, self.call, now):
                times = (newest, entry.updated_at or entry.requested_at)
                newest = max((each for each in times if each is not None), default=None)
                if domain.concerns(endpoint, entry):
                    new += self.entrance.take(arrival_of(endpoint, entry)).is_new
        except NoAnswer as error:
            log.warning("a list could not be looked through", name=endpoint.name, cause=str(error))
            return domain.after_failure(endpoint, standing, str(error), now)
        if new:
            log.info("entries of a list wait for a person", name=endpoint.name, count=new)
        return domain.after_success(endpoint, standing, newest, now)


def looked_at(
    endpoint: Endpoint, standing: Standing, call: Call, now: datetime
) -> Iterator[tuple[Entry, bool]]:
    """Every entry and whether it would come in; nothing is kept. Raises NoAnswer."""
    for entry in news(endpoint, standing, call, now):
        yield entry, domain.concerns(endpoint, entry)


def news(endpoint: Endpoint, standing: Standing, call: Call, now: datetime) -> Iterator[Entry]:
    """What has changed since the last look; raises NoAnswer."""
    since = domain.since(endpoint, standing, now)
    return (each for each in entries(endpoint, since, call) if domain.is_news(each, since))


def arrival_of(endpoint: Endpoint, entry: Entry) -> Told:
    """The entry as something to look at; what it says of a person stays where it is."""
    where = {
        "address_string": entry.address,
        "position": entry.position,
        "media_url": "\n".join(entry.media),
    }
    lines = [text(f"open311.told.{n}", _LANGUAGE, value=v) for n, v in where.items() if v]
    told = "\n\n".join(part for part in (entry.description, "\n".join(lines)) if part)
    answers: dict[str, object] = {"narrative": told}
    if endpoint.forms != ("unknown",):
        answers["forms"] = list(endpoint.forms)
    return Told(
        municipality=endpoint.municipality,
        origin=OPEN311,
        reference=f"{endpoint.name}:{entry.id}",
        received_at=None,
        subject=entry.service_name,
        sender=endpoint.name,
        text=told,
        answers=answers,
    )
