# SPDX-License-Identifier: EUPL-1.2
"""One file of evidence goes by page: one person asks, another one decides, a hold stops both."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from rueckhalt_intake.erasure import asking
from rueckhalt_intake.erasure import handlers as erasures
from rueckhalt_intake.erasure.asking import Overseer, SamePerson
from rueckhalt_intake.erasure.requests import erasure_requests
from rueckhalt_intake.erasure.shredding import Shredding
from rueckhalt_intake.evidence import store
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.vault import store as keys_store
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake import staff
from tests.intake.people import Meet, Person
from tests.intake.staff import assigned, deliver, signed_in
from tests.intake.town import ANNA, ARS, BERND
from tests.intake.visitor import HTML, Visitor

EVERYWHERE = Reach(municipalities=("*",), mode="live", sender=None)


def rows(database: Database, table: Any) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(table)).mappings()))


@pytest.fixture
def case(visitor: Visitor, visitors: Callable[[], Visitor]) -> Visitor:
    """Somebody who has reported, comes back by their words and has brought two files."""
    back = visitors()
    back.open_case(visitor.report())
    token = back.token("/case/evidence")
    sent = [(io.BytesIO(each), name) for each, name in ((b"a", "a.txt"), (b"b", "b.txt"))]
    data = {"csrf_token": token, "files": sent}
    assert back.client.post("/case/evidence", data=data, headers=HTML).status_code == 303
    return back


@pytest.fixture
def number(case: Visitor, database: Database) -> str:
    return str(rows(database, incidents.incidents)[0]["id"])


@pytest.fixture
def file(case: Visitor, database: Database) -> Any:
    """The first of the two."""
    return rows(database, store.attachments)[0]


@pytest.fixture
def anna(app: Flask, keys: KeyStore, number: str, worker: Worker) -> staff.Person:
    """The responsible person, who also decides about erasures elsewhere in the house."""
    deliver(worker, assigned(number, ANNA))
    held = (("responsible", ARS), ("leadership", ARS))
    return signed_in(app.test_client(), keys, "anna", ANNA, *held)


@pytest.fixture
def lea(meet: Meet) -> Person:
    return meet("lea", "leadership")


def ask(anna: staff.Person, number: str, file: Any, reason: str = "unlawful") -> Any:
    here = f"/desk/{number}/evidence"
    return anna.send(here, f"{here}/{file['id']}/erase", reason=reason)


def request_page(person: Any) -> str:
    found = re.search(r'href="(/erasures/requests/[^"]+)"', person.get("/erasures").text)
    assert found is not None, person.get("/erasures").text
    return found[1]


def test_one_asks_another_one_decides_and_the_file_goes_with_its_key(
    anna: staff.Person, lea: Person, number: str, file: Any, database: Database
) -> None:
    asked = ask(anna, number, file)
    page = request_page(lea)
    shown = lea.get(page).text
    ordered = lea.submit(page, action="order")
    Shredding(database.context["vault"]).run(database)

    assert asked.status_code == 303
    assert "ein Anhang" in shown
    assert "Text, 1 B" in shown
    assert "a.txt" not in shown
    assert Page(shown).faults() == []
    assert ordered.status_code == 303, ordered.text
    assert [each["id"] for each in rows(database, store.attachments)] != [file["id"]]
    assert len(rows(database, store.attachments)) == 1
    vault = database.context["vault"]
    assert vault.keys.read(keys_store.find, file["key_id"]) is None
    assert rows(database, erasure_requests) == []
    acts = [str(each["body"]) for each in rows(database, audit.audit_rows)]
    assert any('"act":"erasure.asked"' in each and '"evidence"' in each for each in acts)


def test_who_asks_does_not_decide(
    anna: staff.Person, number: str, file: Any, database: Database
) -> None:
    ask(anna, number, file)
    (wanted,) = rows(database, erasure_requests)
    her = Overseer(
        sender=f"account:{anna.account}",
        person=ANNA,
        municipalities=(ARS,),
        mode="live",
        decides_in=(ARS,),
    )

    with pytest.raises(SamePerson):
        database.run(asking.deciding, wanted["id"], her)


def test_whoever_brought_it_asks_for_their_own_and_reads_the_answer(
    case: Visitor, lea: Person, file: Any, database: Database
) -> None:
    asked = case.send("/case/evidence", f"/case/evidence/{file['id']}/erase")
    waiting = case.get("/case/evidence").text
    lea.submit(request_page(lea), action="decline", answer="Beweis im Verfahren")
    answered = case.get("/case/evidence").text

    assert asked.status_code == 303
    assert "wartet auf die Entscheidung" in waiting
    assert "Beweis im Verfahren" in answered
    assert Page(answered).faults() == []
    assert "meldende Person" in lea.get("/erasures").text
    assert len(rows(database, store.attachments)) == 2


def test_the_list_of_the_desk_tells_how_it_stands(
    anna: staff.Person, number: str, file: Any
) -> None:
    ask(anna, number, file)

    opened = anna.send(f"/desk/{number}/evidence").text

    assert "wartet auf die Entscheidung" in opened
    assert Page(opened).faults() == []


def test_a_hold_stops_it_with_its_reason(
    anna: staff.Person, case: Visitor, number: str, file: Any, database: Database
) -> None:
    hold = {"ground": "legal_hold", "reason": "12 Js 3/26", "by": "cli:x"}
    database.run(erasures.set_hold, number, EVERYWHERE, **hold)

    for refused in (
        ask(anna, number, file),
        case.send("/case/evidence", f"/case/evidence/{file['id']}/erase"),
    ):
        assert refused.status_code == 409
        assert "12 Js 3/26" in refused.text
    assert rows(database, erasure_requests) == []


@pytest.mark.parametrize("reason", ["", "retention", "weg damit"])
def test_without_a_reason_nothing_is_asked(
    anna: staff.Person, number: str, file: Any, database: Database, reason: str
) -> None:
    refused = ask(anna, number, file, reason)

    assert refused.status_code == 422
    assert rows(database, erasure_requests) == []


def test_nobody_else_asks_and_a_foreign_file_is_not_there(
    app: Flask, keys: KeyStore, anna: staff.Person, number: str, file: Any, database: Database
) -> None:
    bernd = signed_in(app.test_client(), keys, "bernd", BERND)
    here = f"/desk/{number}/evidence"
    foreign = here.replace(number, number[::-1].translate(str.maketrans("", "", "-")))

    for refused in (
        bernd.send("/desk", f"{here}/{file['id']}/erase", reason="unlawful"),
        anna.send(here, f"{here}/{number}/erase", reason="unlawful"),
        anna.send(here, f"{foreign}/{file['id']}/erase", reason="unlawful"),
    ):
        assert refused.status_code == 404
    assert rows(database, erasure_requests) == []
