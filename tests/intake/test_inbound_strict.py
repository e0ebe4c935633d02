# SPDX-License-Identifier: EUPL-1.2
"""A mail that becomes a particularly confidential report: its files hang on the role key."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from rueckhalt_intake.app import Settings, create_app, entrance_of, vault_of
from rueckhalt_intake.evidence import store as evidence
from rueckhalt_intake.inbound import letters
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.strict import rights
from rueckhalt_intake.strict.boxes import Passphrases
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.intake.letters import HATE, forwarded
from tests.intake.staff import assigned, deliver, signed_in
from tests.intake.town import ANNA, ARS

SENTENCE = "zehn zahme Ziegen ziehen"
COMPLETE: dict[str, Any] = {"forms": ["threat"], "named": "no", "narrative": "Eine Drohung."}


def rows(database: Database, table: Any) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(table)).mappings()))


def test_a_report_that_is_strict_takes_its_files_under_the_role_key(
    settings: Settings, keys: KeyStore, database: Database, worker: Worker
) -> None:
    (settings.data / "strict.yaml").write_text("strict:\n  - forms: [threat]\n")
    vault = vault_of(settings, database)
    role_keys = RoleKeys(vault, Passphrases(memory_kib=64, passes=1))
    database.context[rights.CONTEXT] = role_keys
    app = create_app(replace(settings, municipality=ARS), database)
    anna = signed_in(app.test_client(), keys, "anna", ANNA)
    role_keys.make(ARS, anna.account, SENTENCE)
    number = entrance_of(settings, database).take(letters.told_of(forwarded(), ARS)).id

    accepted = anna.send(f"/inbound/{number}", f"/inbound/{number}/report", **COMPLETE)
    assert accepted.status_code == 200
    role_keys.cover()

    files = [each["key_id"] for each in rows(database, evidence.attachments)]
    assert len(files) == 3
    assert all(vault.is_strict(key) for key in files)
    assert vault.is_strict(rows(database, incidents.incidents)[0]["key_id"])

    deliver(worker, assigned(number, ANNA))
    page = f"/strict/incidents/{number}/files"
    hate = next(f["id"] for f in rows(database, evidence.attachments) if f["size"] == len(HATE))
    assert "Wir kriegen dich" not in anna.page(page).text
    assert f'href="{page}"' in anna.page(f"/desk/{number}/evidence").text
    wrong = anna.send(page, file=hate, passphrase="eine ganz andere")
    right = anna.send(page, file=hate, passphrase=SENTENCE)
    assert (wrong.status_code, right.status_code) == (422, 200)
    assert right.data == HATE
    assert "Wir kriegen dich.eml" in right.headers["Content-Disposition"]
    touched = [
        each["act"] for each in rows(database, evidence.custody) if each["attachment_id"] == hate
    ]
    assert touched.count("downloaded") == 1
