# SPDX-License-Identifier: EUPL-1.2
"""A database that is locked, or a disk that is full: 503 with Retry-After, never a false 201."""

import os
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from tests.faults.conftest import LONG
from tests.faults.load import Load
from tests.faults.settling import settled
from tests.flows.system import SERVICES
from tests.programs import in_ci
from tests.servers import private_postgres
from tests.support import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

LOCKED = 30 if LONG else 8  # seconds
SPARE = 100 * 1024  # bytes left on the small disk before reports come


def intake_ids(checker):
    return set(checker.column("intake", "SELECT id FROM incidents"))


def test_while_sqlite_is_locked_nothing_is_accepted_and_afterwards_all_arrives(build, check, sink):
    town = build("embedded")
    checker, load = check(town), Load(town)
    path = town.database_url("intake").removeprefix("sqlite:///")

    with closing(sqlite3.connect(path, isolation_level=None)) as other, load.running(senders=3):
        eventually(lambda: len(load.ids()) >= 5, what="reports")
        other.execute("BEGIN IMMEDIATE")
        ended = time.monotonic() + LOCKED
        durable = intake_ids(checker)
        eventually(lambda: time.monotonic() > ended, within=LOCKED + 5)
        meanwhile = set(load.ids())
        refused = load.answers[503]
        other.execute("ROLLBACK")
        eventually(lambda: len(load.ids()) >= len(meanwhile) + 5, what="reports again")
    findings = settled(checker, load, sink, within=60)

    assert meanwhile <= durable
    assert refused > 0
    assert not load.wrong
    assert set(load.answers) == {201, 503}
    assert findings.is_clean, findings.told()


@pytest.fixture
def cluster():
    """A PostgreSQL that writes to the disk what it says is committed."""
    with private_postgres(fsync=True) as started:
        yield started


@pytest.mark.rabbitmq
@pytest.mark.postgres
def test_while_postgresql_is_dead_nothing_is_accepted_and_afterwards_all_arrives(
    cluster, build, check, sink
):
    names = (*SERVICES, "identity")
    town = build("rabbitmq", databases={name: cluster.create_database() for name in names})
    checker, load = check(town), Load(town)

    with load.running(senders=3):
        eventually(lambda: len(load.ids()) >= 5, what="reports")
        cluster.kill()
        meanwhile = len(load.ids())
        eventually(lambda: load.answers[503] > 10, within=60, what="refusals")
        accepted = len(load.ids())
        cluster.start()
        eventually(lambda: len(load.ids()) >= accepted + 5, within=60, what="reports again")
    findings = settled(checker, load, sink, within=60)

    assert accepted - meanwhile <= 3  # what was committed before, on its way to each sender
    assert not load.wrong
    assert set(load.answers) == {201, 503}
    assert findings.is_clean, findings.told()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes."""
    if os.geteuid() != 0:
        reason = "only root may mount a small disk"
        if in_ci():
            pytest.fail(f"{reason}, and CI=true leaves nothing out", pytrace=False)
        pytest.skip(reason)
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_on_a_full_disk_nothing_is_accepted_all_is_readable_and_it_recovers_by_itself(
    small_disk, build, check, sink
):
    town = build("embedded", databases={"intake": f"sqlite:///{small_disk}/intake.db"})
    checker, load = check(town), Load(town)
    first = load.post()
    settled(checker, load, sink, within=60)
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - SPARE))

    eventually(lambda: load.post(tries=1) is None, within=60, what="the disk is full")
    answered = town.api("GET", "intake", f"/v1/incidents/{first}")
    durable, accepted = intake_ids(checker), set(load.ids())
    ballast.unlink()
    again = eventually(lambda: load.post(tries=1), within=60, what="room again")
    findings = settled(checker, load, sink, within=60)

    assert load.answers[503] > 0
    assert not load.wrong
    assert answered.status_code == 200
    assert answered.json()["narrative"].startswith("Erzählung")
    assert accepted == durable
    assert again not in accepted
    assert findings.is_clean, findings.told()
