# SPDX-License-Identifier: EUPL-1.2
"""Signed heads of the audit reach an address outside, and who supervises can check them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_notify.app import check, create_posting
from rueckhalt_notify.delivery.domain import Answer, Kind, Stage
from rueckhalt_notify.heads import handlers
from rueckhalt_notify.heads.posting import Posting
from rueckhalt_notify.settings import Settings
from rueckhalt_shared.audit import anchoring
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.contracts import AuditHeadStated
from rueckhalt_shared.contracts.instants import read_instant
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.settings import BadSettings, ServiceSettings
from tests.notify.conftest import Tell
from tests.notify.town import TOWN, ScriptedMailer
from tests.support import FakeClock, plumbing_database

QUEUE = "notify.send-audit-heads"
OFFICER = "datenschutz@musterstadt.example"
AWAY = Answer(Stage.OPEN, Kind.REFUSED)
BUSY = Answer(Stage.RCPT, code=451, text="4.3.0 later")


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """What intake has signed."""
    intake = plumbing_database(tmp_path / "other.db", "intake")
    tombstones.install(intake, ServiceSettings(service="intake", data=tmp_path))
    intake.run(record, Act(municipality=TOWN, who="x", act="a", fields="f", why="w"))
    signed = intake.read(anchoring.heads).document()
    intake.dispose()
    return signed


@pytest.fixture
def event(document: dict[str, Any]) -> AuditHeadStated:
    (head,) = document["heads"]
    return AuditHeadStated(
        subject=f"audit.intake.{TOWN}",
        municipality=TOWN,
        version=1,
        store="intake",
        chain=TOWN,
        stated_at=read_instant(document["at"]),
        rows=head["n"],
        head=head["hash"],
        public_key=document["public_key"],
        signature=document["signature"],
    )


@pytest.fixture
def posting(mailer: ScriptedMailer) -> Posting:
    return Posting(
        mailer=mailer,
        to=(OFFICER,),
        sender="Benachrichtigung <rueckhalt@musterstadt.example>",
        domain="musterstadt.example",
    )


Said = Callable[..., list[dict[str, Any]]]


def test_the_mail_is_plain_text_that_is_an_anchor(
    tell: Tell,
    event: AuditHeadStated,
    document: dict[str, Any],
    posting: Posting,
    mailer: ScriptedMailer,
    database: Database,
) -> None:
    tell(event, queue=QUEUE)

    posting.run(database)

    (letter,) = mailer.letters
    assert letter.to == OFFICER
    read = message_from_bytes(letter.content, policy=default)
    assert read.get_content_type() == "text/plain"
    for saved in (letter.content, str(read.get_content()).encode()):
        text = anchoring.text_of(saved)
        (anchor,) = anchoring.read(text, public_key=document["public_key"])
        assert (anchor.n, anchor.hash) == (1, document["heads"][0]["hash"])


def test_once_a_mail_server_has_it_intake_is_told_once(
    tell: Tell, event: AuditHeadStated, posting: Posting, database: Database, said: Said
) -> None:
    tell(event, queue=QUEUE)
    tell(event, queue=QUEUE, id="e1")
    (letter,) = database.read(handlers.due, limit=5)

    posting.run(database)
    posting.run(database)
    database.run(handlers.end, letter)  # a second worker that was slow

    (told,) = said("audit.")
    assert told["type"] == "de.rueckhalt.audit.head_posted.v1"
    assert told["data"]["head"] == event.head
    assert OFFICER not in json.dumps(told)


@pytest.mark.parametrize("failure", ["relay away", "later"])
def test_what_did_not_get_out_is_tried_again(
    failure: str,
    tell: Tell,
    event: AuditHeadStated,
    posting: Posting,
    mailer: ScriptedMailer,
    database: Database,
    clock: FakeClock,
    said: Said,
) -> None:
    tell(event, queue=QUEUE)
    mailer.down = AWAY if failure == "relay away" else None
    mailer.script = [BUSY] if failure == "later" else []
    posting.run(database)
    assert said("audit.") == []

    mailer.down = None
    clock.pass_(minutes=2)
    posting.run(database)

    assert len(said("audit.")) == 1


def test_without_an_address_it_waits_and_the_check_says_so(
    tell: Tell,
    event: AuditHeadStated,
    posting: Posting,
    mailer: ScriptedMailer,
    database: Database,
    settings: Settings,
) -> None:
    tell(event, queue=QUEUE)

    replace(posting, to=()).run(database)

    assert mailer.letters == []
    assert check(settings, database)["audit"]["status"] == "degraded"
    posting.run(database)
    assert len(mailer.letters) == 1
    assert "audit" not in check(settings, database)


def test_what_was_sent_is_forgotten_after_ninety_days(
    tell: Tell, event: AuditHeadStated, posting: Posting, database: Database, clock: FakeClock
) -> None:
    from rueckhalt_notify.heads import store as letters

    tell(event, queue=QUEUE)
    posting.run(database)
    clock.now += timedelta(days=91)

    tell(replace(event, version=2), queue=QUEUE)

    left = database.read(lambda tx: tx.execute(letters.audit_letters.select()).mappings().all())
    assert [row["state"] for row in left] == ["waiting"]


def test_the_address_is_checked_at_start(settings: Settings) -> None:
    assert create_posting(replace(settings, audit_to=(OFFICER,))).to == (OFFICER,)
    with pytest.raises(BadSettings, match="AUDIT_TO"):
        replace(settings, audit_to=("datenschutz",))
