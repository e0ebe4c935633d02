# SPDX-License-Identifier: EUPL-1.2
"""The mail catcher of the sample installation."""

import smtplib
import stat
from email.message import EmailMessage

import pytest

from rueckhalt_shared.demo.catcher import Catcher, Mails


@pytest.fixture
def catcher(tmp_path):
    catcher = Catcher(tmp_path / "mails.db")
    catcher.start()
    yield catcher
    catcher.stop()


def letter(subject="Neue Benachrichtigung – bitte öffnen"):
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Rückhalt <rueckhalt@localhost>"
    message["To"] = "anna.aydin@musterstadt.example"
    message["Message-ID"] = "<n1@localhost>"
    message.set_content("Bitte übernehmen Sie: http://127.0.0.1/n/token\n")
    message.add_alternative("<p>Bitte übernehmen Sie.</p>\n", subtype="html")
    return message


def send(catcher, *messages):
    with smtplib.SMTP("127.0.0.1", catcher.port, timeout=5) as smtp:
        for message in messages:
            smtp.send_message(message)


def test_a_mail_is_kept_whole_before_the_sender_hears_250(catcher):
    send(catcher, letter())

    (mail,) = catcher.mails.all()
    assert mail["subject"] == "Neue Benachrichtigung – bitte öffnen"
    assert mail["to"] == ["anna.aydin@musterstadt.example"]
    assert mail["from"] == "rueckhalt@localhost"
    assert mail["message_id"] == "<n1@localhost>"
    assert "übernehmen" in mail["text"]
    assert "<p>" in mail["html"]
    assert mail["received_at"].endswith("Z")
    assert set(mail) == {
        *("id", "received_at", "from", "to", "subject", "message_id", "text", "html")
    }


def test_the_newest_is_last_and_can_be_asked_for_alone(catcher):
    send(catcher, letter("first"), letter("second"), letter("third"))

    assert [mail["subject"] for mail in catcher.mails.all()] == ["first", "second", "third"]
    assert [mail["subject"] for mail in catcher.mails.all(newest=2)] == ["second", "third"]
    assert [mail["subject"] for mail in catcher.mails.all(after=2)] == ["third"]
    assert catcher.mails.count() == 3


def test_mail_is_there_again_after_a_restart_and_nobody_else_may_read_it(catcher, tmp_path):
    send(catcher, letter())

    again = Mails(tmp_path / "mails.db")

    assert again.find(1)["message_id"] == "<n1@localhost>"
    assert again.find(2) is None
    assert stat.S_IMODE((tmp_path / "mails.db").stat().st_mode) == 0o600


def test_each_catcher_has_a_port_of_its_own(catcher, tmp_path):
    other = Catcher(tmp_path / "others.db")
    other.start()

    assert catcher.port != other.port
    other.stop()


def test_a_stopped_catcher_takes_no_more_mail(tmp_path):
    catcher = Catcher(tmp_path / "mails.db")
    catcher.start()
    catcher.stop()

    with pytest.raises(ConnectionRefusedError):
        send(catcher, letter())
