# SPDX-License-Identifier: EUPL-1.2
"""Where chains of the audit lie: in each service's database, and in the identity store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rueckhalt_shared.commands.choosing import services_of, settings_of
from rueckhalt_shared.commands.standing import is_there

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database
    from rueckhalt_shared.service import Service

IDENTITY = "identity"


@dataclass(frozen=True)
class ChainStore:
    """One place with chains; `service` is whose it is, or who signs for the identity store."""

    name: str
    service: "Service"
    data: Path | None

    @property
    def is_identity(self) -> bool:
        """Is it the store of accounts and keys?"""
        return self.name == IDENTITY

    @contextmanager
    def open(self) -> "Iterator[Database]":
        """Its database, closed afterwards."""
        if not self.is_identity:
            with self.signer() as database:
                yield database
            return
        from rueckhalt_shared.keys import KeyStore  # noqa: PLC0415 - commands start fast

        keys = KeyStore(settings_of(self.service, self.data).identity_url)
        try:
            yield keys.database.prepare()
        finally:
            keys.close()

    @contextmanager
    def signer(self) -> "Iterator[Database]":
        """The database of the service that signs, with its secret."""
        from rueckhalt_shared.erasing import tombstones  # noqa: PLC0415

        settings = settings_of(self.service, self.data)
        database = self.service.database(settings)
        try:
            tombstones.install(database, settings)
            yield database
        finally:
            database.dispose()


def stores_of(
    context: click.Context, only: frozenset[str] | None, data: Path | None
) -> list[ChainStore]:
    """Those of the services; then, unless `--only` names some, the identity store if it stands."""
    found = [ChainStore(each.name, each, data) for each in services_of(context, only)]
    if only is None and found:
        first = found[0].service
        if is_there(settings_of(first, data).identity_url):
            found.append(ChainStore(IDENTITY, first, data))
    return found
