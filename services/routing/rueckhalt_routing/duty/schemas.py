# SPDX-License-Identifier: EUPL-1.2
"""What comes in from the forms of duty: wall clocks, keys of the plan, ids."""

from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from rueckhalt_routing.duty.reading_csv import wall_in
from rueckhalt_shared.web import RequestSchema

_KEY = validate.Length(1, 64)


class WallClock(fields.Field):  # type: ignore[type-arg]
    """A day, or a day with a time; a day that ends something ends at the midnight after it."""

    def __init__(self, *, is_end: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.is_end = is_end

    def _deserialize(self, value: Any, *_args: Any, **_more: Any) -> datetime:
        wall = wall_in(str(value), is_end=self.is_end)
        if wall is None:
            raise ValidationError("absence.bad_time")
        return wall


class AddAbsenceSchema(RequestSchema):
    """Somebody is away."""

    person = fields.String(load_default="", validate=_KEY)
    start = WallClock(required=True, data_key="from")
    end = WallClock(required=True, data_key="until", is_end=True)


class ImportSchema(RequestSchema):
    """A file of absences; the file itself comes beside it."""

    person = fields.String(load_default="", validate=_KEY)
    counts = fields.String(load_default="busy", validate=validate.OneOf(("busy", "out")))
    replaces = fields.Boolean(load_default=False)
    step = fields.String(required=True, validate=validate.OneOf(("try", "take")))


class AskSwapSchema(RequestSchema):
    """Somebody asks a colleague, perhaps for a stretch in return."""

    rota = fields.String(required=True, validate=_KEY)
    instead_of = fields.String(load_default="", validate=_KEY)
    person = fields.String(required=True, validate=_KEY)
    start = WallClock(required=True, data_key="from")
    end = WallClock(required=True, data_key="until", is_end=True)
    back_start = WallClock(load_default=None, data_key="back_from")
    back_end = WallClock(load_default=None, data_key="back_until", is_end=True)


class SetInSchema(RequestSchema):
    """Whoever keeps the plan sets somebody in."""

    rota = fields.String(required=True, validate=_KEY)
    instead_of = fields.String(load_default="", validate=_KEY)
    person = fields.String(required=True, validate=_KEY)
    start = WallClock(required=True, data_key="from")
    end = WallClock(required=True, data_key="until", is_end=True)
    emergency = fields.Boolean(load_default=False)


class AnswerSchema(RequestSchema):
    """Yes or no to a swap."""

    answer = fields.String(required=True, validate=validate.OneOf(("agree", "refuse")))


class CrisisSchema(RequestSchema):
    """A few words for the audit."""

    reason = fields.String(load_default="", validate=validate.Length(max=200))


class DepartureSchema(RequestSchema):
    """Since when somebody is gone."""

    at = WallClock(load_default=None)
