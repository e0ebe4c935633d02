# SPDX-License-Identifier: EUPL-1.2
"""The audit over HTTP: ask, confirm with somebody else's key, read. A service mounts `blp`."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from rueckhalt_shared.access import signed_in
from rueckhalt_shared.audit import reading
from rueckhalt_shared.audit.store import Reading
from rueckhalt_shared.identity.showing import accounts_of
from rueckhalt_shared.web import Blueprint, Problem, RequestSchema, caller, database, requires

blp = Blueprint("audit", __name__, url_prefix="/v1/audit", description="Audit")
SCOPE = "audit:read"
PROBLEMS: dict[type[Exception], int] = {
    reading.NoSuchReading: 404,
    reading.SamePerson: 409,
    reading.NotConfirmed: 409,
}


class AskSchema(RequestSchema):
    """Which rows, and why."""

    municipality = fields.String(
        required=True,
        validate=validate.Regexp(r"^\d{12}$", error="must be an ARS with 12 digits"),
        metadata={"description": "Regional key (ARS)"},
    )
    since = fields.AwareDateTime(required=True, metadata={"description": "From this instant"})
    until = fields.AwareDateTime(required=True, metadata={"description": "Before this instant"})
    why = fields.String(
        required=True,
        validate=validate.OneOf(reading.WHYS, error="must be one of: {choices}"),
        metadata={"description": "Why"},
    )


class ReadingSchema(Schema):
    """A request to read the audit."""

    id = fields.String()
    municipality = fields.String()
    why = fields.String()
    requested_by = fields.String()
    confirmed_by = fields.String(allow_none=True)


class RowsSchema(Schema):
    """The rows, oldest first."""

    items = fields.List(fields.Dict())


@blp.post("/requests")
@requires(SCOPE)
@blp.arguments(AskSchema)
@blp.response(201, ReadingSchema)
def ask(body: dict[str, Any]) -> dict[str, Any]:
    """Ask to read the audit of a municipality; the owner of another key has to confirm it."""
    caller().must_reach(body["municipality"])
    return _shown(database().run(reading.ask, by=caller().sender, **body))


@blp.post("/requests/<uuid:request_id>/confirm")
@requires(SCOPE)
@blp.response(200, ReadingSchema)
def confirm(request_id: UUID) -> dict[str, Any]:
    """Agree to somebody else's request."""
    _must_be_fresh()
    _must_reach(request_id)
    who = caller()
    return _shown(
        database().run(reading.confirm, str(request_id), by=who.sender, alike=accounts_of(who))
    )


@blp.get("/requests/<uuid:request_id>/rows")
@requires(SCOPE)
@blp.response(200, RowsSchema)
def show_rows(request_id: UUID) -> dict[str, Any]:
    """Read the rows of a confirmed request."""
    _must_be_fresh()
    _must_reach(request_id)
    return {"items": database().run(reading.read, str(request_id), by=caller().sender)}


def _must_be_fresh() -> None:
    """A person shows the second factor again, here as on the page; a key has none."""
    person = signed_in()
    if caller().account is not None and (person is None or not person.is_fresh):
        told = "Needs a person who has shown the second factor within five minutes."
        raise Problem(403, "Second factor needed", told, kind="second-factor-needed")


def _must_reach(request_id: UUID) -> None:
    asked = database().read(reading.find, str(request_id))
    if not caller().reaches(asked.municipality):
        raise reading.NoSuchReading(f"no request {request_id}")


def _shown(asked: Reading) -> dict[str, Any]:
    names = ("id", "municipality", "why", "requested_by", "confirmed_by")
    return {name: getattr(asked, name) for name in names}
