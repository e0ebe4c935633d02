# SPDX-License-Identifier: EUPL-1.2
"""kill -9 while the master key is rotated or a role key renewed: the service never notices, the
next try goes on with the same new key, and in the end everything hangs on it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_intake.app import Settings, create_app, service, vault_of
from rueckhalt_intake.strict.boxes import Passphrases
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_intake.vault import rotating, store
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from tests.faults import points
from tests.intake.town import ARS, THREAT, Sender

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
KILLED, PASSES = -9, {"keys.after_batch": (1, 1)}
REPORTS = 3 * rotating.BATCH
WORDS = "zehn zahme Ziegen ziehen"


@dataclass(frozen=True)
class Installation:
    """A running intake, and the program an operator starts beside it."""

    settings: Settings
    database: Database
    town: Sender

    def rotate(self, *, crash_at: str = "") -> int:
        """`keys rotate` as a process of its own; how it ended."""
        command = ["-m", "rueckhalt_intake", "keys", "rotate", "--data", str(self.settings.data)]
        return self.started(command, crash_at=crash_at)

    def renew(self, *, crash_at: str = "") -> int:
        """The same with the role key, as somebody who holds it."""
        command = ["-c", RENEW, str(self.settings.data), ARS, WORDS]
        return self.started(command, crash_at=crash_at)

    def started(self, command: list[str], *, crash_at: str) -> int:
        """A Python process of this installation, to die at that point."""
        ours = {n: v for n, v in os.environ.items() if not n.startswith("RUECKHALT_")}
        told = {
            "RUECKHALT_INTAKE_DATABASE_URL": self.settings.database_url,
            "RUECKHALT_SERVICES": "intake",
        }
        if crash_at:
            told |= {"RUECKHALT_TEST": "1", "RUECKHALT_CRASH_AT": crash_at}
        ended = subprocess.run(
            [sys.executable, *command], env=ours | told, capture_output=True, check=False
        )
        return ended.returncode

    def hanging(self) -> dict[str, int]:
        """How many keys hang on which master key."""
        return vault_of(self.settings, self.database).keys.read(store.counts)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """Intake with hundreds of keys, as on the day before a rotation."""
    url = f"sqlite:///{tmp_path}/intake.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create_database()
    upgrade(url, service.migrations)
    settings = Settings(
        service="intake",
        data=tmp_path,
        services=frozenset({"intake"}),
        identity_url=f"sqlite:///{tmp_path}/identity.db",
        database_url=url,
        bus_url=f"rkbus:///{tmp_path}/bus.db",
        base_url="http://127.0.0.1",
        key_pool=8,
    )
    database = Database(url, "intake")
    app = create_app(settings, database)
    keys = KeyStore(settings.identity_url)
    scopes = ("incident:create", "incident:read")
    key = keys.create(sender="kita", scopes=scopes, municipalities=[ARS])
    yield Installation(settings, database, Sender(app.test_client(), key))
    keys.close()
    vault_of(settings, database).keys.dispose()
    database.dispose()


RENEW = """
import sys
from pathlib import Path
from rueckhalt_intake.app import service, vault_of
from rueckhalt_intake.strict import holding
from rueckhalt_intake.strict.boxes import Passphrases
from rueckhalt_intake.strict.holding import RoleKeys

holding.BATCH = 5
settings = service.settings_from_env({"data": Path(sys.argv[1])})
vault = vault_of(settings, service.database(settings))
passphrases = Passphrases(memory_kib=64, passes=1)
sum(RoleKeys(vault, passphrases).renew(sys.argv[2], "zoe", sys.argv[3]))
"""


def opens(town: Sender, incident: dict[str, Any]) -> bool:
    return bool(town.show(incident)["narrative"] == THREAT["narrative"])


def test_a_rotation_goes_on_wherever_it_was_killed(running: Installation) -> None:
    known = [running.town.post(THREAT).json for _ in range(5)]
    vault = vault_of(running.settings, running.database)
    for _ in range(REPORTS):
        vault.new_key()
    before = vault.keys.read(store.wrapping)

    places = [f"{p}:{n}" for p in points.KEYS[:3] for n in PASSES.get(p, (1,))]
    for place in places:
        assert running.rotate(crash_at=place) == KILLED, place
        known.append(running.town.post(THREAT).json)
        assert all(opens(running.town, each) for each in known), place
    assert len(list(running.settings.data.glob("intake*.kek"))) == 2
    half = running.hanging()
    assert half[before] > 0
    assert len(half) == 2

    assert running.rotate() == 0

    after = vault.keys.read(store.wrapping)
    assert set(running.hanging()) == {after}
    assert sum(running.hanging().values()) >= REPORTS
    assert [path.name for path in running.settings.data.glob("intake-*.kek")] == [
        f"intake-{after}.kek"
    ]
    assert all(opens(running.town, each) for each in known)


def test_a_renewal_of_the_role_key_goes_on_wherever_it_was_killed(running: Installation) -> None:
    vault = vault_of(running.settings, running.database)
    role_keys = RoleKeys(vault, Passphrases(memory_kib=64, passes=1))
    role_keys.make(ARS, "zoe", WORDS)
    known = {role_keys.new_key(ARS).id for _ in range(18)}
    first = role_keys.ring(ARS).current

    for _ in range(3):
        assert running.renew(crash_at="keys.after_reseal:1") == KILLED
        known.add(role_keys.new_key(ARS).id)
        assert all(role_keys.open_key(each, "zoe", WORDS) for each in known)
    assert len(role_keys.ring(ARS).retired) == 1  # one new role key, not three
    assert running.renew() == 0

    ring = role_keys.ring(ARS)
    assert ring.current != first
    assert ring.retired == ()
    assert all(role_keys.open_key(each, "zoe", WORDS) for each in known)
