# SPDX-License-Identifier: EUPL-1.2
"""A service with pages about signing in, and a browser that walks through its forms."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Blueprint
from werkzeug.test import TestResponse

from rueckhalt_shared.database import Database
from rueckhalt_shared.plumbing import plumbing
from rueckhalt_shared.settings import ServiceSettings
from rueckhalt_shared.web import caller, public, requires, service_app
from tests.identity.house import PASSWORD, Household

HTTPS = "https://localhost"
pages = Blueprint("rooms", __name__)


@pages.get("/things")
@requires("incident:create")
def show_things() -> dict[str, Any]:
    """What the caller may do here."""
    who = caller()
    return {
        "sender": who.sender,
        "scopes": sorted(who.scopes),
        "municipalities": who.municipalities,
        "mode": who.mode,
    }


@pages.post("/things")
@requires("incident:create")
def add_thing() -> dict[str, Any]:
    """Change something."""
    return {"done": True}


@pages.get("/export")
@requires("incident:create", "stats:internal", fresh=True)
def export() -> str:
    """Something that cannot be taken back."""
    return "everything"


@pages.get("/hello")
@public("a test page")
def hello() -> str:
    """Anybody may read this."""
    return "hello"


class Town:
    """A running service with accounts."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.house = Household(folder, code_required=settings.get("mode") != "demo")
        self.settings = ServiceSettings(service="intake", data=folder, **settings)
        self.database = Database(f"sqlite:///{folder}/intake.db", "intake", clock=self.house.clock)
        plumbing.create_all(self.database.engine)
        self.app = service_app(
            "intake",
            [],
            settings=self.settings,
            database=self.database,
            keys=self.house.keys,
            pages=[pages],
        )
        rooms = self.app.extensions["rueckhalt"]
        self.app.extensions["rueckhalt"] = replace(rooms, people=self.house.people)

    def browser(self, base: str = HTTPS) -> "Browser":
        """A new browser without cookies."""
        return Browser(self, base)

    def close(self) -> None:
        """Close every connection."""
        self.database.dispose()
        self.house.close()


class Browser:
    """Reads pages and submits their forms, token included, as a person would."""

    def __init__(self, town: Town, base: str) -> None:
        self.town = town
        self.base = base
        self.client = town.app.test_client()

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open an address."""
        asked = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"} | headers
        return self.client.get(path, headers=asked, base_url=self.base)

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> TestResponse:
        """Send these fields as they are."""
        asked = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"} | headers
        return self.client.post(path, data=fields, headers=asked, base_url=self.base)

    def submit(self, page: str, to: str = "", **fields: Any) -> TestResponse:
        """Open a page and send its form."""
        return self.post(to or page, {"csrf_token": self.token(page), **fields})

    def token(self, page: str) -> str:
        """The token of the forms on a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert found is not None, page
        return found[1]

    def sign_in(self, name: str = "a.beispiel", **more: str) -> TestResponse:
        """Password and code; answers what comes last."""
        half = self.submit("/account/sign-in", name=name, password=PASSWORD, **more)
        assert half.status_code == 303, half.text
        done = self.submit(half.location, "/account/code", code=self.town.house.code(name), **more)
        self.town.house.clock.pass_(seconds=30)
        return done

    def cookie(self, name: str = "__Host-rueckhalt_session") -> str | None:
        """The value of a cookie."""
        found = self.client.get_cookie(name, domain="localhost")
        return found.value if found is not None else None
