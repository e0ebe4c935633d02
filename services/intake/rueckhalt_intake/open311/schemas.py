# SPDX-License-Identifier: EUPL-1.2
"""What may be asked of our requests. Empty parameters count as left out, as Open311 has it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from rueckhalt_intake.open311.listing import MOST
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.web import RequestSchema

_PAGE = 500
_MOST_IDS = 100


class Instant(fields.Field[datetime]):
    """An instant of ISO 8601 with its zone, as `1994-11-05T08:15:30-05:00` or with a Z."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            # In a query a plus that nobody has encoded has become a space.
            moment = datetime.fromisoformat(str(value).replace(" ", "+").upper())
            if moment.utcoffset() is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError("must be an instant with its zone, as 2026-11-05T08:15:30Z")


class Listed(fields.Field[list[str]]):
    """Several values with commas between."""

    def __init__(self, *, allowed: tuple[str, ...] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._allowed = allowed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        found = [part.strip() for part in str(value).split(",") if part.strip()]
        if len(found) > _MOST_IDS:
            raise ValidationError(f"at most {_MOST_IDS} values")
        wrong = next((each for each in found if not self._is_allowed(each)), None)
        if wrong is not None:
            allowed = ", ".join(self._allowed) if self._allowed else "ids of requests"
            raise ValidationError(f"{wrong[:40]!r} is unknown; allowed: {allowed}")
        return found

    def _is_allowed(self, value: str) -> bool:
        if self._allowed is not None:
            return value in self._allowed
        try:
            return str(UUID(value)) == value.lower()
        except ValueError:
            return False


class WishSchema(RequestSchema):
    """Which requests to list; `page` and `page_size` as other servers have them, too."""

    service_request_id = Listed()
    service_code = Listed(allowed=tuple(codes.FORMS))
    status = Listed(allowed=("open", "closed"))
    start_date = Instant()
    end_date = Instant()
    updated_after = Instant()
    page = fields.Integer(load_default=1, validate=validate.Range(1, 20))
    page_size = fields.Integer(load_default=MOST, validate=validate.Range(1, MOST))
    jurisdiction_id = fields.String()
    api_key = fields.String()
    extensions = fields.String()

    @pre_load
    def _without_blanks(self, told: Mapping[str, str], **_: Any) -> dict[str, str]:
        return {name: value for name, value in told.items() if str(value).strip()}


PARAMETERS = [
    {"in": "query", "name": name, "schema": {"type": "string"}} for name in WishSchema().load_fields
]
"""The same for the description of the API."""


class FaultSchema(Schema):
    """What is wrong, in Open311's shape: one for each field."""

    code = fields.Integer(metadata={"description": "The status of the answer"})
    description = fields.String(metadata={"description": "Field, colon, what is allowed"})


class ServiceSchema(Schema):
    """A kind of incident, as a service."""

    service_code = fields.String()
    service_name = fields.String()
    description = fields.String()
    metadata = fields.Boolean()
    type = fields.String()
    keywords = fields.String()
    group = fields.String()


class AcceptedRequestSchema(Schema):
    """The request is safe."""

    service_request_id = fields.UUID()
    service_notice = fields.String(metadata={"description": "With the mailbox code, if anonymous"})
    account_id = fields.String(allow_none=True)


class ServiceRequestSchema(Schema):
    """State and codes of an incident; its words and its place are always null."""

    service_request_id = fields.UUID()
    status = fields.String(metadata={"enum": ["open", "closed"]})
    status_notes = fields.String()
    service_name = fields.String()
    service_code = fields.String()
    agency_responsible = fields.String(allow_none=True)
    requested_datetime = fields.String(metadata={"format": "date-time"})
    updated_datetime = fields.String(metadata={"format": "date-time"})
