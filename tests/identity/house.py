# SPDX-License-Identifier: EUPL-1.2
"""An identity store with a clock in the hand and cheap passwords, and people in it."""

from pathlib import Path
from typing import Any

from rueckhalt_shared.identity.accounts import handlers, second_factor, store
from rueckhalt_shared.identity.accounts.domain import Account
from rueckhalt_shared.identity.passwords import Passwords
from rueckhalt_shared.identity.people import Passed, People
from rueckhalt_shared.identity.sessions.domain import Limits
from rueckhalt_shared.keys import KeyStore
from tests.support import FakeClock

ARS, OTHER = "160770999999", "160770888888"
PASSWORD = "ein langer Satz zum Merken"
HERE = {"network": "192.0.2", "device": "Firefox · Linux"}


class Household:
    """People with accounts; `sign_in` walks both steps as a browser would."""

    def __init__(self, folder: Path, *, url: str = "", **options: Any) -> None:
        self.clock = FakeClock()
        self.passwords = Passwords(memory_kib=64, passes=1)
        self.keys = KeyStore(url or f"sqlite:///{folder}/identity.db", clock=self.clock)
        self.people = People(
            self.keys.database, passwords=self.passwords, **({"limits": Limits()} | options)
        )
        self.codes: dict[str, tuple[str, ...]] = {}

    def add(self, name: str = "a.beispiel", *held: tuple[str, str], **options: Any) -> Account:
        """An account that has used its first link."""
        database = self.people.database
        held = held or (("reporter", ARS),)
        database.run(handlers.add_account, name, held=held, **options)
        token = database.run(handlers.make_link, name)
        _, secret = self.people.open_link(token)
        code = second_factor.code_at(secret, self.clock())
        passed = self.people.use_link(token, PASSWORD, code, device="first")
        self.codes[name] = passed.recovery_codes
        self.people.sign_out(passed.token)
        self.clock.pass_(seconds=30)  # the next window, whose code is unused
        return database.read(handlers.find, name)

    def code(self, name: str = "a.beispiel") -> str:
        """What the app shows now."""
        known = self.people.database.read(store.secrets_of, name)
        assert known is not None
        assert known.totp_secret is not None
        return second_factor.code_at(known.totp_secret, self.clock())

    def sign_in(self, name: str = "a.beispiel", password: str = PASSWORD) -> Passed:
        """Password and code; the clock moves on to the next code."""
        half = self.people.password(name, password, **HERE)
        passed = self.people.code(half.token, self.code(name), **HERE)
        self.clock.pass_(seconds=30)
        return passed

    def close(self) -> None:
        """Close every connection."""
        self.keys.close()
