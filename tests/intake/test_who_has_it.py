# SPDX-License-Identifier: EUPL-1.2
"""Whoever reported sees who has it: the role, and the person's name only where the house allows."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from rueckhalt_intake.app import Settings, create_app
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.mailbox.codes import Codes
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.intake.staff import assigned, deliver, taken_over
from tests.intake.town import ANNA, ARS
from tests.intake.visitor import Visitor


def visitor_of(settings: Settings, database: Database, **chosen: Any) -> Visitor:
    """Somebody at the pages of an installation with these settings."""
    told = {"municipality": ARS, "municipality_name": "Musterstadt"} | chosen
    app = create_app(replace(settings, **told), database)
    held = app.extensions["rueckhalt"].extensions
    held["drafts"] = replace(held["drafts"], codes=Codes(b"salt" * 4, memory_kib=8, passes=1))
    return Visitor(app.test_client())


@pytest.mark.parametrize("is_shown", [True, False])
def test_the_name_of_whoever_has_taken_over_is_shown_where_it_is_allowed(
    settings: Settings, database: Database, keys: KeyStore, worker: Worker, is_shown: bool
) -> None:
    visitor = visitor_of(settings, database, names_shown=is_shown)
    told = {"held": (("responsible", ARS),), "person": ANNA, "display_name": "Anna Aydin"}
    keys.database.prepare().run(accounts.add_account, "anna", **told)
    visitor.report()
    query = select(incidents.incidents.c.id)
    number = str(database.read(lambda tx: tx.execute(query).scalar_one()))
    deliver(worker, assigned(number, ANNA))
    asked = visitor.get("/report/receipt").text
    deliver(worker, taken_over(number, ANNA, version=2))

    taken = visitor.get("/report/receipt").text, visitor.get("/case").text

    assert "Anna Aydin" not in asked
    assert ["Anna Aydin" in each for each in taken] == [is_shown, is_shown]
