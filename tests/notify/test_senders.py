# SPDX-License-Identifier: EUPL-1.2
"""Who holds a lease, what happens when the database goes away, and how a sender is woken."""

import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from rueckhalt_notify.delivery import handlers
from rueckhalt_notify.delivery.handlers import Hands
from rueckhalt_notify.delivery.sender import Sender
from rueckhalt_notify.notices.senders import identity, is_dead
from rueckhalt_shared.database import Database, Unavailable
from tests.notify.conftest import LETTERHEAD, states
from tests.notify.town import LARS, ScriptedMailer, assigned, kinds, lead, taken_over

HERE = socket.gethostname()[:60]


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_every_sender_has_its_own_name_and_lives():
    first, second = identity(), identity()

    assert first != second
    assert not is_dead(first)
    assert len(first) <= 120


@pytest.mark.parametrize(
    ("sender", "dead"),
    [
        (f"{HERE}|gone|word|1", True),
        (f"{HERE}|{os.getpid()}|an earlier process of the same number|1", True),
        (f"{HERE}|{os.getppid()}|word|1", False),
        (f"{HERE}|{2**70}|word|1", False),
        ("another-machine|gone|word|1", False),
        ("nonsense", False),
        ("", False),
    ],
    ids=["gone", "number used again", "alive", "no number", "elsewhere", "nonsense", "empty"],
)
def test_only_what_is_certainly_gone_is_dead(sender, dead):
    if "|gone|" in sender:
        sender = sender.replace("gone", str(ended_process()))

    assert is_dead(sender) is dead


def test_a_dead_process_of_this_machine_is_followed_without_waiting(tell, send, mailer, database):
    tell(assigned(lead(LARS)))
    dead = Hands(sender=f"{HERE}|{ended_process()}|word|1", provider="scripted")
    database.run(handlers.turn, None, database.read(handlers.due, limit=10)[0], dead)

    send()

    assert mailer.addresses() == ["lars.lind"]


class Leaving:
    """A database that is away whenever the end of a mail should be written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_away = True
        self.clock = database.clock
        self.read = database.read

    def run(self, handler: Any, *args: Any, **given: Any) -> Any:
        ending = handler is handlers.turn and args[0] is not None
        if self.is_away and ending:
            raise Unavailable("disk full")
        return self._database.run(handler, *args, **given)


def test_a_250_is_remembered_until_the_database_is_back(tell, database, said, clock, notices):
    tell(assigned(lead(LARS)))
    mailer = ScriptedMailer()
    sender, leaving = Sender(mailer, LETTERHEAD), Leaving(database)
    for _ in range(3):
        with pytest.raises(Unavailable):
            sender.run(leaving)
        clock.pass_(seconds=20)
    assert states(notices()) == ["sending"]

    leaving.is_away = False
    while sender.run(leaving):
        pass

    assert mailer.addresses() == ["lars.lind"]
    assert kinds(said()) == ["notice.sent"]


def test_a_question_and_a_relief_wake_the_sender(tell, database, send):
    signal = database.signal("senders")
    tell(assigned(lead(LARS)))
    woken = [signal.wait(0)]
    send()
    tell(taken_over())
    woken.append(signal.wait(0))

    assert woken == [True, True]
