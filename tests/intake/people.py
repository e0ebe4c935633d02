# SPDX-License-Identifier: EUPL-1.2
"""People at intake's pages: signed in, fresh, with forms that carry their token."""

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import KeyStore
from tests.intake.town import ARS

HERE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
Meet = Callable[..., "Person"]


class Person:
    """Somebody with an account and an open session."""

    def __init__(self, app: Flask, keys: KeyStore, name: str, *held: str, **options: Any) -> None:
        self.keys, self.name = keys, name
        places = [(role, options.get("place", ARS)) for role in held]
        places += options.get("elsewhere", [])  # further (role, municipality) pairs
        store = keys.database.prepare()
        self.account = store.run(
            accounts.add_account,
            name,
            held=places,
            display_name=name,
            person=options.get("person"),
        )
        self.client = app.test_client()
        self._come_in(fresh=options.get("fresh", True))

    def _come_in(self, *, fresh: bool) -> None:
        store, given = self.keys.database, {"device": "test", "fresh": fresh}
        token = store.run(sessions.begin_full, self.account.id, **given)
        self.client.set_cookie("rueckhalt_session", token, domain="localhost")

    def grow_stale(self) -> None:
        """The second factor was shown too long ago."""
        self._come_in(fresh=False)

    @property
    def sender(self) -> str:
        """How rows name this person."""
        return f"account:{self.account.id}"

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open an address."""
        return self.client.get(path, headers=HERE | headers)

    def submit(self, page: str, to: str = "", **fields: Any) -> TestResponse:
        """Open a page and send one of its forms."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert found is not None, page
        sent = {"csrf_token": found[1], **fields}
        return self.client.post(to or page, data=sent, headers=HERE)
