# SPDX-License-Identifier: EUPL-1.2
"""A tiny service for the tests of the front: one room, a few views, every way to fail."""

from pathlib import Path
from typing import Any

from flask import Blueprint as Pages
from flask import abort, url_for
from flask.testing import FlaskClient
from marshmallow import Schema, fields, validate
from sqlalchemy import insert

from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.keys import SCOPES, KeyStore
from rueckhalt_shared.plumbing import plumbing
from rueckhalt_shared.settings import ServiceSettings
from rueckhalt_shared.web import (
    Blueprint,
    Code,
    FieldProblem,
    RequestSchema,
    caller,
    database,
    public,
    requires,
    service_app,
)
from tests.support import FakeClock

ARS = "160770999999"


class ReferenceTaken(Exception):
    """This sender has used the reference for another report."""


class ReporterSchema(RequestSchema):
    """Somebody inside the body."""

    email = fields.Email()


class NoteSchema(RequestSchema):
    """What the tests post."""

    nul_allowed = frozenset({"narrative"})
    municipality = fields.String(required=True)
    forms = fields.List(Code(["threat", "insult"]), validate=validate.Length(min=1))
    narrative = fields.String()
    reporter = fields.Nested(ReporterSchema)


class NotedSchema(Schema):
    """What comes back."""

    id = fields.String()
    sender = fields.String()
    mode = fields.String()


class PageSchema(RequestSchema):
    """A query."""

    page_size = fields.Integer(validate=validate.Range(1, 500), load_default=50)


blp = Blueprint("notes", __name__, url_prefix="/v1/notes")
pages = Pages("pages", __name__)


@blp.post("")
@requires("incident:create")
@blp.arguments(NoteSchema)
@blp.response(201, NotedSchema)
def note(body: dict[str, Any]) -> Any:
    """Note something."""
    caller().must_reach(body["municipality"])
    noted = {"id": "1", "sender": caller().sender, "mode": caller().mode}
    return noted, {"Location": url_for("notes.show", id="1")}


@blp.get("/<id>")
@requires("incident:read")
@blp.arguments(PageSchema, location="query")
@blp.response(200, NotedSchema)
def show(query: dict[str, Any], id: str) -> Any:
    """Show a note."""
    return {"id": id, "sender": caller().sender}


@blp.post("/fail/<how>")
@public("a test")
@blp.response(200)
def fail(how: str) -> Any:
    """Fail in the way the test names."""
    failure: Exception = FAILURES[how]()
    raise failure


@blp.post("/busy")
@public("a test")
@blp.response(200)
def busy() -> Any:
    """Answer 429 as a limiter would."""
    abort(429)


@blp.post("/store")
@public("a test")
@blp.response(200)
def store() -> Any:
    """Write something."""
    database().run(lambda tx: tx.execute(insert(plumbing.tables["leases"]), {"name": "x"}))
    return {}


@pages.get("/page.html")
@requires("incident:read")
def page() -> str:
    """A page for people."""
    return "<p>Hallo"


FAILURES: dict[str, Any] = {
    "taken": lambda: ReferenceTaken("5 is taken"),
    "away": lambda: Unavailable("locked"),
    "bug": lambda: RuntimeError("CANARY-NARRATIVE"),
    "field": lambda: FieldProblem("forms[0]", "unknown code", allowed=["threat"]),
}


class Front:
    """The running front: a client and what is behind it."""

    def __init__(self, folder: Path, *, mode: str = "real", **changes: Any) -> None:
        self.clock = FakeClock()
        self.settings = ServiceSettings(
            service="routing",
            data=folder,
            mode=mode,
            services=frozenset({"intake", "routing"}),
            **changes,
        )
        self.database = Database(f"sqlite:///{folder}/routing.db", "routing", clock=self.clock)
        plumbing.create_all(self.database.engine)
        self.seconds = 0.0
        self.keys = KeyStore(
            f"sqlite:///{folder}/identity.db", clock=self.clock, ticks=lambda: self.seconds
        )
        self.app = service_app(
            "routing",
            [blp],
            settings=self.settings,
            database=self.database,
            problems={ReferenceTaken: 422},
            pages=[pages],
            keys=self.keys,
        )

    @property
    def client(self) -> FlaskClient:
        """A new client without cookies."""
        return self.app.test_client()

    def key(self, *scopes: str, mode: str = "live", municipality: str = ARS) -> str:
        """A key, for everything unless the test says otherwise."""
        return self.keys.create(
            sender=f"sender-{mode}-{'-'.join(scopes)}",
            scopes=scopes or SCOPES,
            municipalities=[municipality],
            mode=mode,
        )

    def close(self) -> None:
        """Close every connection."""
        self.database.dispose()
        self.keys.close()


def bearer(key: str) -> dict[str, str]:
    """The header of a machine."""
    return {"Authorization": f"Bearer {key}"}
