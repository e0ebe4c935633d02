# SPDX-License-Identifier: EUPL-1.2
"""Opens the vault at start, or refuses the start with words an operator can act on."""

import os
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from rueckhalt_intake.vault import store
from rueckhalt_intake.vault.domain import Tampered
from rueckhalt_intake.vault.master_key import MasterKeyRefused
from rueckhalt_intake.vault.master_keys import MasterKeys
from rueckhalt_intake.vault.pool import KeyPool
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.commands.standing import is_there
from rueckhalt_shared.database import Database


def keys_database(url: str, beside: Database) -> Database:
    """The key store: its own file beside intake's, or its own schema on PostgreSQL."""
    where = url or url_beside(beside.url)
    keys = Database(where, beside.service, clock=beside.clock, guarded=False)
    if keys.dialect == "postgresql":
        keys.use_schema(store.SCHEMA)
    return keys


def open_vault(
    keys: Database,
    *,
    given: str,
    path: Path,
    holds_reports: bool,
    previous: str = "",
    pool: int = 64,
) -> Vault:
    """The vault, with its master keys checked; raises MasterKeyRefused.

    `given` is the operator's master key and `previous` older ones, else they lie at `path` and
    beside it. A master key is made only when there is nothing yet that another one has sealed.
    """
    try:
        keys.run(store.prepare)
        masters = _checked(
            keys, given=given, previous=previous, path=path, holds_reports=holds_reports
        )
        secret = _own_secret(keys, masters)
    except MasterKeyRefused:
        keys.dispose()
        raise
    return Vault(keys, masters, KeyPool(keys, masters, size=pool), secret=secret)


def _checked(
    keys: Database, *, given: str, previous: str, path: Path, holds_reports: bool
) -> MasterKeys:
    used = keys.read(store.masters)
    if holds_reports and not used:
        raise MasterKeyRefused(
            "there are sealed reports, but their key store is empty or missing: restore "
            f"{_shown(keys)} from the same backup as the reports"
        )
    if given:
        masters = MasterKeys.given(given, previous)
    else:
        masters = MasterKeys.of_folder(path, may_create=not used)
    _refuse_missing(masters, used)
    return masters


def _refuse_missing(masters: MasterKeys, used: set[str]) -> None:
    """Every master key on which something hangs must be there."""
    missing = ", ".join(sorted(used - masters.ids))
    if missing and used.isdisjoint(masters.ids):
        raise MasterKeyRefused(
            f"this is another master key (id {', '.join(sorted(masters.ids))}) than the one that "
            f"sealed the reports (id {missing}); give the old one back. No new key was made"
        )
    if missing:
        raise MasterKeyRefused(
            f"keys of reports still hang on the master key {missing}, which is missing: give it "
            "as RUECKHALT_INTAKE_KEK_PREVIOUS_FILE, or put its file back into the data folder, "
            "and drop it only when `rueckhalt-intake keys status` shows that nothing hangs on it"
        )


def _own_secret(keys: Database, masters: MasterKeys) -> bytes:
    kept = keys.read(store.secret, store.MARKS)
    if kept is None:
        fresh = masters.preferred.wrap(os.urandom(32), store.MARKS)
        master = masters.preferred.id
        kept = keys.run(store.keep_secret, store.MARKS, fresh, master=master)
    try:
        return masters.unwrap(kept.wrapped, store.MARKS, master=kept.master)
    except Tampered as error:
        raise MasterKeyRefused(f"{error}; restore {_shown(keys)} from a backup") from None


def stands(url: str, beside: Database) -> bool:
    """Was this key store ever opened? Looks and makes nothing."""
    if not is_there(url or url_beside(beside.url)):
        return False
    keys = keys_database(url, beside)
    try:
        schema = store.SCHEMA if keys.dialect == "postgresql" else None
        has_tables = inspect(keys.engine).has_table("data_keys", schema=schema)
        return has_tables and bool(keys.read(store.masters))
    finally:
        keys.dispose()


def url_beside(url: str) -> str:
    """Where the key store of a database lies when nobody says otherwise."""
    parsed_url = make_url(url)
    if parsed_url.get_backend_name() != "sqlite" or not parsed_url.database:
        return url
    path = Path(parsed_url.database)
    beside = parsed_url.set(database=str(path.with_name(f"{path.stem}-keys{path.suffix}")))
    return beside.render_as_string(hide_password=False)


def _shown(keys: Database) -> str:
    url = make_url(keys.url)
    return f"the schema {store.SCHEMA}" if keys.dialect == "postgresql" else str(url.database)
