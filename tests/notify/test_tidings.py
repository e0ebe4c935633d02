# SPDX-License-Identifier: EUPL-1.2
"""Neutral mails to whoever reported: once each, nothing in them tells, nothing of them stays."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from rueckhalt_notify.app import create_tidings
from rueckhalt_notify.settings import Settings
from rueckhalt_notify.tidings import handlers, store
from rueckhalt_notify.tidings.posting import Posting
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import TIDINGS
from rueckhalt_shared.settings import BadSettings
from tests.notify.town import (
    GREYLISTED,
    INCIDENT,
    NEIGHBOUR,
    TOWN,
    UNKNOWN_MAILBOX,
    ScriptedMailer,
)
from tests.support import NOON, FakeClock

MIA = "mia.kanarina@privat.example"
ORDERS = "notify.erase-incidents"
TELLING = (
    *("vorfall", "incident", "meldung", "report", "drohung", "threat", "hass", "gewalt", "fall"),
    *("dringend", "urgent", "sofort", "polizei", "police", "hilfe", "rückhalt", "beleidig"),
)


@pytest.fixture
def intake(key: Any) -> Any:
    """The key intake has."""
    return key(TIDINGS)


@pytest.fixture
def posting(mailer: ScriptedMailer) -> Posting:
    return Posting(
        mailer=mailer,
        sender="Benachrichtigung <post@musterstadt.example>",
        domain="musterstadt.example",
        link="https://www.musterstadt.example/",
    )


def asked(**changed: str) -> dict[str, str]:
    told = {"id": str(uuid7()), "incident": INCIDENT, "municipality": TOWN}
    return told | {"language": "de", "address": MIA} | changed


def rows(database: Database) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(store.tiding_mails)).mappings()))


def erasure(scope: str) -> contracts.IncidentErasureOrdered:
    return contracts.IncidentErasureOrdered(
        subject=INCIDENT,
        municipality=TOWN,
        version=3,
        mode="live",
        order=str(uuid7()),
        scope=scope,
        due_at=NOON,
    )


def test_it_is_sent_once_however_often_it_is_asked_for(
    client: Any, intake: Any, posting: Posting, mailer: ScriptedMailer, database: Database
) -> None:
    body = asked()

    said = [client.post("/v1/tidings", json=body, headers=intake) for _ in range(2)]
    posting.run(database)
    after = client.post("/v1/tidings", json=body, headers=intake)
    posting.run(database)

    assert [each.status_code for each in (*said, after)] == [202] * 3
    assert after.json == {"id": body["id"], "state": "sent"}
    assert [each.to for each in mailer.letters] == [MIA]


@pytest.mark.parametrize("language", ["de", "en", "einfach"])
def test_it_says_nothing_that_tells(
    client: Any,
    intake: Any,
    posting: Posting,
    mailer: ScriptedMailer,
    database: Database,
    language: str,
) -> None:
    client.post("/v1/tidings", json=asked(language=language), headers=intake)
    posting.run(database)

    mail: Any = message_from_bytes(mailer.letters[0].content, policy=default)
    words = f"{mail['Subject']} {mail['From']} {mail.get_content()}".lower()
    assert mail.defects == []
    assert "\r\nhttps://www.musterstadt.example/\r\n" in mail.get_content()
    assert [each for each in TELLING if each in words] == []
    assert "!" not in words
    assert INCIDENT not in mailer.letters[0].content.decode()
    assert mail["X-Priority"] is None


def test_the_address_is_sealed_and_goes_with_the_mail(
    client: Any, intake: Any, posting: Posting, database: Database, tmp_path: Path, capsys: Any
) -> None:
    client.post("/v1/tidings", json=asked(), headers=intake)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    posting.run(database)

    (row,) = rows(database)
    out = capsys.readouterr()
    assert MIA.encode() not in kept
    assert (row["sealed"], row["key_id"], row["state"]) == (None, None, "sent")
    assert MIA not in out.out + out.err


def test_a_mail_server_that_wants_it_later_gets_it_later(
    client: Any,
    intake: Any,
    posting: Posting,
    mailer: ScriptedMailer,
    database: Database,
    clock: FakeClock,
) -> None:
    client.post("/v1/tidings", json=asked(), headers=intake)
    mailer.script = [GREYLISTED]

    posting.run(database)
    posting.run(database)
    clock.pass_(minutes=2)
    posting.run(database)

    assert len(mailer.letters) == 2
    assert len({each.message_id for each in mailer.letters}) == 1
    assert rows(database)[0]["state"] == "sent"


def test_an_address_that_does_not_exist_is_given_up_at_once(
    client: Any, intake: Any, posting: Posting, mailer: ScriptedMailer, database: Database
) -> None:
    client.post("/v1/tidings", json=asked(), headers=intake)
    mailer.script = [UNKNOWN_MAILBOX]

    posting.run(database)

    (row,) = rows(database)
    assert (row["state"], row["sealed"]) == ("failed", None)


def test_killed_after_the_mail_it_goes_out_once_more_with_the_same_id(
    client: Any,
    intake: Any,
    posting: Posting,
    mailer: ScriptedMailer,
    database: Database,
    clock: FakeClock,
) -> None:
    client.post("/v1/tidings", json=asked(), headers=intake)
    (waiting,) = database.read(handlers.due, limit=9)
    begun = database.run(handlers.begin, waiting)
    assert begun is not None
    mailer.send(posting.letter(begun))  # and here it was killed

    clock.pass_(minutes=2)
    for _ in range(3):
        posting.run(database)

    assert len(mailer.letters) == 2
    assert len({each.message_id for each in mailer.letters}) == 1


@pytest.mark.parametrize("scope", ["case", "source"])
def test_it_dies_with_the_incident_or_with_who_reported(
    client: Any,
    intake: Any,
    posting: Posting,
    mailer: ScriptedMailer,
    database: Database,
    tell: Any,
    scope: str,
) -> None:
    client.post("/v1/tidings", json=asked(), headers=intake)

    tell(erasure(scope), queue=ORDERS)
    posting.run(database)

    assert rows(database) == []
    assert mailer.letters == []


def test_after_the_case_is_erased_nothing_more_is_taken(
    client: Any, intake: Any, database: Database, tell: Any
) -> None:
    tell(erasure("case"), queue=ORDERS)

    late = client.post("/v1/tidings", json=asked(), headers=intake)

    assert late.status_code == 410
    assert rows(database) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"address": "mia"}, "address"),
        ({"address": "a@b.de\r\nRCPT TO:<c@d.de>"}, "address"),
        ({"address": "a@b.de>"}, "address"),
        ({"address": "someone,a@b.de"}, "address"),  # two recipients to whoever reads it so
        ({"language": "xx"}, "language"),
        ({"municipality": NEIGHBOUR}, "municipality"),
        ({"id": "1"}, "id"),
        ({"text": "Komm her!"}, "text"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    client: Any, intake: Any, database: Database, wrong: dict[str, str], field: str
) -> None:
    refused = client.post("/v1/tidings", json=asked(**wrong), headers=intake)

    assert refused.status_code in (403, 422)
    assert field in refused.text
    assert rows(database) == []


def test_no_other_key_may_ask_for_it(client: Any, key: Any, database: Database) -> None:
    for scope in ("contact:write", "notice:read", "incident:create"):
        assert client.post("/v1/tidings", json=asked(), headers=key(scope)).status_code == 403
    assert client.post("/v1/tidings", json=asked()).status_code == 401
    assert rows(database) == []


def test_the_row_stays_two_weeks_so_that_nothing_goes_out_twice(
    client: Any, intake: Any, database: Database, clock: FakeClock
) -> None:
    client.post("/v1/tidings", json=asked(), headers=intake)
    clock.pass_(days=15)
    client.post("/v1/tidings", json=asked(), headers=intake)

    assert len(rows(database)) == 1


def test_sender_and_link_can_be_neutral_ones(settings: Settings) -> None:
    told = {name: getattr(settings, name) for name in Settings.__dataclass_fields__}
    chosen = Settings(
        **told
        | {
            "tidings_sender": "post@stadt.example",
            "tidings_link": "https://www.stadt.example/",
        }
    )

    posting = create_tidings(chosen)

    assert "post@stadt.example" in posting.sender
    assert (posting.domain, posting.link) == ("stadt.example", "https://www.stadt.example/")
    with pytest.raises(BadSettings, match="TIDINGS_LINK"):
        Settings(**told | {"tidings_link": "javascript:alert(1)"})
