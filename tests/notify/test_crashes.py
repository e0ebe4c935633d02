# SPDX-License-Identifier: EUPL-1.2
"""kill -9 around a mail: nothing lost, at most one mail twice, and recognisably so."""

import email
import email.policy
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest

from rueckhalt_notify.settings import Settings
from rueckhalt_shared.database import utcnow
from tests.notify.servers import Keeper, mail_server
from tests.notify.town import GRETA, INCIDENT, LARS, assigned, kinds, lead, told

pytestmark = [pytest.mark.faults, pytest.mark.enable_socket]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(settings: Settings, port: int, crash_at: str | None) -> int:
    """Send in a process of its own; its exit status."""
    given = {"RUECKHALT_TEST": "1"} | ({"RUECKHALT_CRASH_AT": crash_at} if crash_at else {})
    kek = str(settings.data / "notify.kek")
    program = [sys.executable, "-m", "tests.notify.sending_process"]
    command = [*program, settings.database_url, str(port), kek]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | given, check=False, timeout=60
    ).returncode


@pytest.mark.parametrize(
    "crash_at", ["sender.after_claim:2", "smtp.before_data:3", "smtp.after_250:3"]
)
def test_a_kill_loses_nothing_and_doubles_at_most_one(crash_at, settings, database, tell, said):
    database.clock = utcnow
    later = utcnow() + timedelta(hours=2)
    for each in range(13):
        subject = f"{INCIDENT[:-2]}{each:02}"
        event = assigned(
            lead(LARS), told(GRETA), subject=subject, assignment=f"a{each}", take_over_by=later
        )
        tell(event)
    keeper = Keeper()
    with mail_server(keeper) as port:
        killed = run(settings, port, crash_at)
        finished = run(settings, port, None)

    mails = [email.message_from_bytes(m, policy=email.policy.default) for _, m in keeper.mails]
    arrived = Counter(mail["Message-ID"] for mail in mails)
    assert (killed, finished) == (-signal.SIGKILL, 0)
    assert len(arrived) == 26
    assert arrived.total() - 26 == (1 if "after_250" in crash_at else 0)
    marked = [
        mail
        for mail in mails
        if "doppelt" in str(mail.get_body())
        or "duplicate" in str(mail.get_body(("plain",)).get_content())
    ]
    assert len(marked) == 1
    assert kinds(said()) == ["notice.sent"] * 26
