# SPDX-License-Identifier: EUPL-1.2
"""The mailbox on a mail server: by TLS only, moved or marked after the commit, every fault told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_intake.inbound.imap import Imap
from rueckhalt_intake.inbound.postboxes import Letter, LetterGone, PostboxShut
from tests.intake.imap_server import PASSWORD, USER, MailServer, mail_server
from tests.intake.letters import HOSTILE, forwarded


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as found:
        yield found


def mailbox(server: MailServer, **changes: Any) -> Imap:
    told: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": USER,
        "password": PASSWORD,
        "done": "Rueckhalt",
        "authorities": server.authorities,
    }
    return Imap(**told | changes)


def taken(box: Imap) -> list[tuple[Letter, bytes]]:
    """Everything there, fetched and put away."""
    found = []
    with box.opened() as line:
        for letter in line.letters():
            found.append((letter, letter.whole()))
            line.settle(letter)
    return found


def test_mails_are_fetched_byte_by_byte_and_moved(server: MailServer) -> None:
    mails = [forwarded(number=1), *HOSTILE.values()]
    server.deliver(*mails)

    found = taken(mailbox(server))

    assert [content for _, content in found] == mails
    assert [letter.size for letter, _ in found] == [len(each) for each in mails]
    assert found[0][0].received_at == datetime(2026, 11, 23, 7, 0, 1, tzinfo=UTC)
    assert list(server.folders["Rueckhalt"].values()) == mails
    assert server.folders["INBOX"] == {}


def test_a_server_that_cannot_move_copies_and_removes(server: MailServer) -> None:
    server.can_move = False
    server.deliver(forwarded())

    taken(mailbox(server))

    assert server.asked.count("COPY") == server.asked.count("EXPUNGE") == 1
    assert list(server.folders["Rueckhalt"].values()) == [forwarded()]
    assert server.folders["INBOX"] == {}


def test_without_a_folder_mails_are_marked_as_seen_and_nothing_is_expunged(
    server: MailServer,
) -> None:
    server.deliver(forwarded(number=1), forwarded(number=2))
    server.seen.add(1)

    found = taken(mailbox(server, done=""))

    assert [content for _, content in found] == [forwarded(number=2)]
    assert server.seen == {1, 2}
    assert len(server.folders["INBOX"]) == 2
    assert "EXPUNGE" not in server.asked


def test_a_mail_somebody_has_moved_meanwhile_is_gone(server: MailServer) -> None:
    server.deliver(forwarded())

    with mailbox(server).opened() as line:
        (letter,) = line.letters()
        server.folders["INBOX"].clear()
        with pytest.raises(LetterGone):
            letter.whole()


def test_nobody_is_asked_for_more_than_the_beginning_of_a_mail_that_is_only_looked_at(
    server: MailServer,
) -> None:
    server.deliver(forwarded() + b"x" * 1_000_000)

    with mailbox(server).opened() as line:
        (letter,) = line.letters()

    assert len(letter.head) == 64 * 1024
    assert letter.size > 1_000_000


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"password": "falsch"}, "does not accept user and password"),
        ({"authorities": ""}, "certificate: "),
        ({"port": 1}, "mail server: ConnectionRefusedError"),
    ],
)
def test_why_a_mailbox_is_shut_is_told_without_its_password(
    server: MailServer, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(PostboxShut, match=told) as shut, mailbox(server, **changes).opened():
        pass

    assert PASSWORD not in str(shut.value)
    assert USER not in str(shut.value)


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "SEARCH", "FETCH", "MOVE"])
def test_a_server_that_hangs_up_loses_nothing(server: MailServer, command: str) -> None:
    server.deliver(forwarded(number=1), forwarded(number=2))
    server.dies_at = command
    with pytest.raises(PostboxShut, match="mail server: "):
        taken(mailbox(server))

    server.dies_at = ""
    found = taken(mailbox(server))

    assert [content for _, content in found] == [forwarded(number=1), forwarded(number=2)]


def test_the_password_is_in_no_picture_of_the_mailbox(server: MailServer) -> None:
    assert PASSWORD not in repr(mailbox(server))
