# SPDX-License-Identifier: EUPL-1.2
"""A mail as an arrival: nothing guessed, nothing lost, and no mail that stops the house."""

import time
import tracemalloc
from email import message_from_bytes
from hashlib import sha256

import pytest

from rueckhalt_intake.evidence import cleaning, mime
from rueckhalt_intake.inbound import letters
from rueckhalt_intake.inbound.domain import EMAIL, Told
from tests.intake.letters import HATE, HOSTILE, forwarded
from tests.intake.town import ARS

PATIENCE = 5.0  # seconds for a mail of a megabyte, on a busy machine


def read(raw: bytes) -> Told:
    return letters.told_of(raw, ARS)


def notes(raw: bytes) -> set[str]:
    return {name.removeprefix("inbound.note.") for name, _ in read(raw).notes}


def test_the_whole_mail_and_what_it_holds_become_files() -> None:
    raw = forwarded()

    told = read(raw)

    assert [(f.name, len(f.content)) for f in told.files[1:]] == [
        ("Wir kriegen dich.eml", len(HATE)),
        ("bild.gif", 14),
    ]
    assert told.files[0].content == raw
    assert told.origin == EMAIL


def test_an_attached_mail_keeps_its_very_bytes() -> None:
    """Parsed and written again it would have another checksum, on which evidence hangs."""
    odd = HATE.replace(b"\r\nDate:", b"\r\n\tfolded oddly\r\nDate:").replace(b"To:", b"TO :")

    attached = read(forwarded(odd)).files[1].content

    assert sha256(attached).digest() == sha256(odd).digest()


def test_words_sender_and_what_is_certain_are_told() -> None:
    told = read(forwarded())

    assert told.subject == "WG: Wir kriegen dich"
    assert told.sender == "Erika Muster <erika@musterstadt.example>"
    assert told.text == "Das kam heute früh. Bitte helfen Sie mir."
    assert told.answers == {
        "channel": "email",
        "name": "Erika Muster",
        "email": "erika@musterstadt.example",
    }
    assert told.notes == ()
    ((heading, words),) = told.attached
    assert "Herr Xß <x@hass.example>" in heading
    assert words.strip() == "Ich weiß, wo du wohnst."


def test_without_an_attached_mail_no_channel_is_guessed() -> None:
    assert "channel" not in read(HATE).answers


def test_no_form_is_ever_guessed_from_the_words() -> None:
    raw = forwarded(words="Er hat mich bedroht, beleidigt und geschlagen.")

    assert set(read(raw).answers) <= {"channel", "name", "email"}


def test_the_same_mail_by_another_way_has_the_same_reference() -> None:
    raw = forwarded()
    other_way = b"Received: from elsewhere.example\r\nX-Spam: no\r\n" + raw

    assert read(other_way).reference == read(raw).reference


def test_whoever_knows_the_id_of_a_mail_cannot_keep_it_away() -> None:
    theirs = forwarded(words="Nichts Besonderes.")

    assert read(theirs).reference != read(forwarded()).reference


def test_mails_without_an_id_are_told_apart_by_all_they_are() -> None:
    raw = forwarded().replace(b"Message-ID: <1@musterstadt.example>\r\n", b"")

    assert read(raw).reference == read(raw).reference
    assert read(raw).reference != read(b"X-A: b\r\n" + raw).reference


def test_an_automatic_mail_is_kept_and_marked() -> None:
    raw = forwarded(more=b"Auto-Submitted: auto-replied\r\n")

    assert notes(raw) == {"automatic"}
    assert notes(forwarded(more=b"Auto-Submitted: no\r\n")) == set()
    assert len(read(raw).files) == 3


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_mail_is_kept_whole_and_in_time(name: str) -> None:
    raw = HOSTILE[name]
    begun = time.process_time()

    told = read(raw)
    shown = cleaning.mail(raw)

    assert time.process_time() - begun < PATIENCE
    assert told.files[0].content == raw
    assert len(told.files) <= mime.MOST_PARTS + 1
    assert len(shown.text) <= cleaning.LONGEST_TEXT
    for text in (told.text, told.subject, told.sender):
        assert all(each.isprintable() or each in "\n\t" for each in text)


@pytest.mark.parametrize("name", ["a program", "an Outlook file", "nothing but a line break"])
def test_what_is_no_mail_is_said_to_be_unreadable(name: str) -> None:
    assert "unreadable" in notes(HOSTILE[name])
    assert read(HOSTILE[name]).text == ""


def test_more_parts_than_anybody_looks_at_are_said() -> None:
    assert "many_parts" in notes(HOSTILE["ten thousand parts"])
    assert "many_parts" in notes(HOSTILE["two thousand levels"])


UNENCODED = "From: Jörg Groß <j@x.example>\r\nSubject: Drohung für Sie\r\n\r\nx"


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_letters_that_nobody_has_encoded_are_read(charset: str) -> None:
    told = read(UNENCODED.encode(charset))

    assert told.subject == "Drohung für Sie"
    assert told.answers["name"] == "Jörg Groß"


def test_a_header_half_encoded_keeps_its_other_half() -> None:
    raw = "From: a@b.example\r\nSubject: für =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\n\r\nx".encode()

    assert "für" in read(raw).subject
    assert "Größe" in read(raw).subject


def test_letters_that_html_spells_out_are_read_and_its_controls_are_not() -> None:
    raw = (
        b"From: a@b.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n"
        b"<p>Gr&uuml;&szlig;e&nbsp;an Sie &#x202e;&lt;b&gt; &#" + b"9" * 5000 + b";</p>"
    )

    assert read(raw).text.startswith("Grüße an Sie <b> &#999")


def test_a_blank_that_does_not_break_keeps_words_apart() -> None:
    raw = "From: a@b.example\r\nSubject: x\r\n\r\nGuten\u00a0Tag".encode()

    assert read(raw).text == "Guten Tag"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"From - Mon Nov 23 08:00:00 2026\r\n"])
def test_a_mail_as_programs_save_it_is_read(before: bytes) -> None:
    told = read(before + HATE)

    assert told.subject == "Wir kriegen dich"
    assert told.text.strip() == "Ich weiß, wo du wohnst."
    assert told.notes == ()


def test_a_sender_of_brackets_costs_no_subject() -> None:
    raw = b"From: " + b"(" * 5000 + b"\r\nSubject: Ich warte\r\n\r\nx"

    assert read(raw).subject == "Ich warte"


def test_a_fault_of_ours_costs_nobodys_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("rueckhalt_intake.inbound.letters.mime.opened", broken)

    told = read(forwarded())

    assert told.files[0].content == forwarded()
    assert notes(forwarded()) == {"unreadable"}


def test_memory_stays_a_small_multiple_of_the_mail() -> None:
    raw = forwarded() + b"x" * 10_000_000
    tracemalloc.start()

    read(raw)

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * len(raw)


@pytest.mark.parametrize("number", range(8))
def test_an_ordinary_mail_is_read_as_the_standard_library_reads_it(number: int) -> None:
    """The parser of the standard library is the oracle where it can be trusted."""
    raw = _ordinary(number)
    parts = [part for part in message_from_bytes(raw).walk() if not part.is_multipart()]

    found = mime.opened(raw, into_mails=True).parts

    assert [p.content for p in found] == [part.get_payload(decode=True) for part in parts]
    assert [p.media_type for p in found] == [part.get_content_type() for part in parts]


def _ordinary(number: int) -> bytes:
    from email.message import EmailMessage
    from email.policy import SMTP, default

    mail = EmailMessage(policy=(SMTP, default)[number % 2])
    mail["From"], mail["Subject"] = "Ä <a@b.example>", "Ünsinn " * (number + 1)
    mail.set_content(
        "Grüße\n" * (number + 1), cte=("8bit", "base64", "quoted-printable")[number % 3]
    )
    if number & 2:
        mail.add_alternative("<p>Grüße</p>", subtype="html")
    if number & 4:
        mail.add_attachment(
            bytes(range(256)) * number, maintype="image", subtype="png", filename="ü.png"
        )
        mail.add_attachment("Text", filename="t.txt")
    return mail.as_bytes()
