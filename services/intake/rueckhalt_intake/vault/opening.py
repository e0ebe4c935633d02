# SPDX-License-Identifier: EUPL-1.2
"""Opens the vault at start, or refuses the start with words an operator can act on."""

import os
from pathlib import Path

from sqlalchemy.engine import make_url

from rueckhalt_intake.vault import store
from rueckhalt_intake.vault.master_key import MasterKey, MasterKeyRefused, kept_in, parsed
from rueckhalt_intake.vault.pool import KeyPool
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.database import Database

_SECRET = "marks"  # noqa: S105 - the name of a secret, not the secret


def keys_database(url: str, beside: Database) -> Database:
    """The key store: its own file beside intake's, or its own schema on PostgreSQL."""
    where = url or _beside(beside.url)
    keys = Database(where, beside.service, clock=beside.clock, guarded=False)
    if keys.dialect == "postgresql":
        keys.use_schema(store.SCHEMA)
    return keys


def open_vault(
    keys: Database, *, given: str, path: Path, holds_reports: bool, pool: int = 64
) -> Vault:
    """The vault, with its master key checked; raises MasterKeyRefused.

    `given` is the operator's master key, else it lies at `path`. A master key is made only when
    there is nothing yet that another one has sealed.
    """
    keys.run(store.prepare)
    masters = keys.read(store.masters)
    if holds_reports and not masters:
        raise MasterKeyRefused(
            "there are sealed reports, but their key store is empty or missing: restore "
            f"{_shown(keys)} from the same backup as the reports"
        )
    master = parsed(given) if given else kept_in(path, may_create=not masters)
    if masters and master.id not in masters:
        raise MasterKeyRefused(
            f"this is another master key (id {master.id}) than the one that sealed the reports "
            f"(id {', '.join(sorted(masters))}); give the old one back"
        )
    secret = _own_secret(keys, master)
    return Vault(keys, master, KeyPool(keys, master, size=pool), secret=secret)


def _own_secret(keys: Database, master: MasterKey) -> bytes:
    known = keys.read(store.secret, _SECRET)
    if known is None:
        fresh = master.wrap(os.urandom(32), _SECRET)
        known = keys.run(store.keep_secret, _SECRET, fresh, master=master.id)
    return master.unwrap(known, _SECRET)


def _beside(url: str) -> str:
    parsed_url = make_url(url)
    if parsed_url.get_backend_name() != "sqlite" or not parsed_url.database:
        return url
    path = Path(parsed_url.database)
    beside = parsed_url.set(database=str(path.with_name(f"{path.stem}-keys{path.suffix}")))
    return beside.render_as_string(hide_password=False)


def _shown(keys: Database) -> str:
    url = make_url(keys.url)
    return f"the schema {store.SCHEMA}" if keys.dialect == "postgresql" else str(url.database)
