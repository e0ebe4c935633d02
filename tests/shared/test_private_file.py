# SPDX-License-Identifier: EUPL-1.2
"""A database file is private from its first byte, and making it so never drops SQLite's locks."""

import sqlite3
import stat
import subprocess
import sys

import pytest

from rueckhalt_shared.engines import connect_engine
from rueckhalt_shared.private_file import make_private
from rueckhalt_shared.transport_file import open_bus_file

LOOK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
connection.close()
"""


def test_a_new_file_is_private_and_an_open_one_is_made_so(tmp_path):
    old = tmp_path / "old.db"
    old.write_bytes(b"")
    old.chmod(0o644)

    make_private(tmp_path / "new.db")
    make_private(old)

    assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.db", "old.db"]


@pytest.mark.parametrize("opened_again", ["bus file", "engine"])
def test_opening_the_file_a_second_time_keeps_the_locks_of_the_first(tmp_path, opened_again):
    path = tmp_path / "bus.db"
    holder = open_bus_file(str(path), "FULL", 1.0)
    holder.execute("INSERT INTO exchange VALUES ('a', 'topic', NULL)")
    log = path.with_name("bus.db-wal").stat()

    if opened_again == "bus file":
        second = open_bus_file(str(path), "NORMAL", 1.0)
    else:
        second = connect_engine(f"sqlite:///{path}", busy_seconds=1).connect()
    subprocess.run([sys.executable, "-c", LOOK, str(path)], check=True)

    # Without our shared lock the other process thinks it is the last and removes the log.
    assert path.with_name("bus.db-wal").stat().st_ino == log.st_ino
    second.close()
    holder.close()


def test_a_path_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        open_bus_file(str(tmp_path / "nowhere" / "bus.db"), "FULL", 1.0)
