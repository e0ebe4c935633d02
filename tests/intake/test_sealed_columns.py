# SPDX-License-Identifier: EUPL-1.2
"""Everything sealed that intake keeps says its key: `v1|<key id>|…`, and that key is known."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, MetaData, Table, select

from rueckhalt_intake.app import (
    OldLists,
    Settings,
    create_app,
    drafts_of,
    entrance_of,
    reception_of,
    vault_of,
)
from rueckhalt_intake.inbound.domain import EMAIL, FileTold, Told
from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.mailbox import handlers as mailbox
from rueckhalt_intake.mailbox import writing
from rueckhalt_intake.mailbox.codes import Codes
from rueckhalt_intake.mailbox.domain import FROM_REPORTER, MESSAGE
from rueckhalt_intake.old_lists.working import Working
from rueckhalt_intake.strict import rights
from rueckhalt_intake.strict.boxes import Passphrases
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_intake.tables import metadata as reports
from rueckhalt_intake.tidings import handlers as wishes
from rueckhalt_intake.tidings import sealing as tidings
from rueckhalt_intake.vault import rotating
from rueckhalt_intake.vault.domain import Frame
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_intake.vault.tables import metadata as keys
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.plumbing import plumbing
from tests.intake import filing
from tests.intake.town import ANNA, ARS, Sender, report

SEALED = {
    "incidents.narrative",
    "incidents.particulars",
    "known_requests.answer",
    "arrival_files.label",
    "arrivals.content",
    "attachments.label",
    "messages.text",
    "tidings_wishes.address",
    "old_lists.content",
    "old_lists.found",
    "report_drafts.answer",
    "report_drafts.content",
    "data_keys.wrapped",
    "own_secrets.wrapped",
    "role_key_copies.sealed",
    "personal_keys.locked",
}
# Bytes that are no secret, or none that anything sealed hangs on.
OPEN = {
    "mailboxes.public_key": "replies are sealed for it",
    "report_drafts.public_key": "becomes that of the mailbox",
    "role_keys.public": "strict reports are sealed for it",
    "role_keys.recovery": "the copy on paper is sealed for it",
    "personal_keys.public": "copies are sealed for it",
    "personal_keys.salt": "of the passphrase",
    "arrival_chunks.content": "pieces of a file, sealed with the key that its label names",
    "attachment_chunks.content": "pieces of a file, sealed with the key that its label names",
    "audit_cases.key": "names an incident in the audit, and goes with it",
}


def binary_columns(tables: MetaData) -> Iterator[tuple[Table, str]]:
    for table in tables.tables.values():
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                yield table, column.name


def kept(database: Database, tables: MetaData) -> dict[str, list[bytes]]:
    """What each column of bytes holds."""
    found: dict[str, list[bytes]] = {}
    for table, name in binary_columns(tables):
        query = select(table.c[name]).where(table.c[name].is_not(None))
        values = database.read(lambda tx, q=query: tx.execute(q).scalars().all())
        found[f"{table.name}.{name}"] = [bytes(each) for each in values]
    return found


def known_keys(vault: Vault) -> set[str]:
    """The ids of all keys there are."""
    rows = {
        table.name: vault.keys.read(lambda tx, t=table: tx.execute(select(t)).mappings().all())
        for table in keys.tables.values()
    }
    return {
        vault._secret_id,
        *vault.masters.ids,
        *(str(row["id"]) for n in ("data_keys", "role_keys", "personal_keys") for row in rows[n]),
    }


def write_something(settings: Settings, database: Database, number: str) -> None:
    """A message to an incident, a file and a wish of it, and a draft with its words."""
    drafts = drafts_of(settings, database)
    drafts = replace(drafts, codes=Codes(b"salt" * 4, memory_kib=8, passes=1))
    token = drafts.begin(ARS, {"answers": {"narrative": "Noch nicht fertig"}})
    drafts.words(drafts.find(token), token)
    incident = database.read(erasing.whoever_asks, number)
    assert incident is not None
    told: Any = {"direction": FROM_REPORTER, "kind": MESSAGE, "now": database.clock()}
    message = writing.sealed(drafts.vault, incident, "Er kam wieder.", **told)
    database.run(mailbox.write, incident, message)
    filing.filed(database, number)
    wish = tidings.sealed(drafts.vault, incident, "m@x.example", language="de", states=True)
    database.run(wishes.want, wish)
    lists = OldLists(database, drafts.vault)
    lists.arrive(b"Datum;Art", ARS, scheme=None, by="petra", mode="live")
    desk = reception_of(settings, database)
    working = Working(lists, desk)
    while working.run(database):
        pass
    mail = FileTold(name="mail.eml", content=filing.MAIL)
    arrived = Told(municipality=ARS, origin=EMAIL, reference="1", text="Siehe unten", files=(mail,))
    entrance_of(settings, database).take(arrived)


@pytest.fixture
def vault(settings: Settings, database: Database, tmp_path: Path) -> Vault:
    """After a long life: reports of both kinds, retries, corrections, rotations, role keys."""
    (tmp_path / "strict.yaml").write_text("strict:\n  - accused: [person]\n")
    vault = vault_of(settings, database)
    role_keys = RoleKeys(vault, Passphrases(memory_kib=64, passes=1))
    database.context[rights.CONTEXT] = role_keys
    app = create_app(settings, database)
    store = KeyStore(settings.identity_url)
    plain = store.create(sender="kita", scopes=["incident:create"], municipalities=[ARS])
    store.close()
    town = Sender(app.test_client(), plain)
    told: Any = {"reference": "Az 7", "reporter": {"name": "Erika"}}
    first = town.post(report(**told), Idempotency_Key="once").json
    town.patch(first, narrative="Anders", reporter={"name": "Erika M."})
    write_something(settings, database, first["id"])
    role_keys.make(ARS, "zoe", "zehn zahme Ziegen ziehen")
    town.post(report(**told | {"reference": "Az 8"}, accused={"persons": [ANNA]}))
    sum(rotating.rotate(vault, rotating.target(given="", path=settings.kek_path)))
    town.post(report(wishes=["anonymous"]))
    sum(role_keys.renew(ARS, "zoe", "zehn zahme Ziegen ziehen"))
    return vault


def test_everything_sealed_says_its_key_and_the_key_is_known(
    vault: Vault, database: Database
) -> None:
    found = kept(database, reports) | kept(database, plumbing) | kept(vault.keys, keys)
    sealed = {name: values for name, values in found.items() if name in SEALED}

    assert {name for name, values in sealed.items() if not values} == set()  # none is empty
    known = known_keys(vault)
    paper = {Frame.from_bytes(each).key_id for each in sealed["role_key_copies.sealed"]} - known
    assert len(paper) == 1  # the recovery key is kept on paper alone
    for name, values in sealed.items():
        for value in values:
            assert value.startswith(b"v1|"), name
            assert Frame.from_bytes(value).key_id in known | paper, name


def test_pieces_of_files_show_nothing_of_them(vault: Vault, database: Database) -> None:
    pieces = kept(database, reports)["attachment_chunks.content"]

    assert pieces
    assert not any(b"Notiz" in piece for piece in pieces)


def test_no_column_of_bytes_is_overlooked(vault: Vault, database: Database) -> None:
    found = kept(database, reports) | kept(database, plumbing) | kept(vault.keys, keys)

    assert set(found) == SEALED | set(OPEN)
