# SPDX-License-Identifier: EUPL-1.2
"""What the forms of the editor send."""

import json
from typing import Any

from marshmallow import ValidationError, fields, validate

from rueckhalt_routing.drafts.mending import RESTORE, WIDEN
from rueckhalt_shared.web import RequestSchema

PUBLISHED, DEFAULT, TEXT = "published", "default", "text"
ORIGINS = (PUBLISHED, DEFAULT, TEXT)
LONGEST = 1024 * 1024


class Box(fields.String):
    """The conditions of a set of cases, as JSON: names of dimensions to lists of codes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            found = json.loads(super()._deserialize(value, attr, data, **kwargs))
        except (ValueError, RecursionError):
            raise ValidationError("drafts.bad_box") from None
        if not _is_box(found):
            raise ValidationError("drafts.bad_box")
        return found


def _is_box(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and len(found) <= 20
        and all(
            isinstance(values, list) and values and all(isinstance(v, str) for v in values)
            for values in found.values()
        )
    )


class BeginSchema(RequestSchema):
    """A new draft: what it is called, and what it begins with."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    origin = fields.String(required=True, validate=validate.OneOf(ORIGINS))
    source = fields.String(validate=validate.Length(1, LONGEST))
    municipality = fields.String(validate=validate.Regexp(r"^[0-9]{2,12}\Z"))
    part = fields.String(validate=validate.Regexp(r"^(roles|rotas)/[a-z][a-z0-9_]{0,39}\Z"))


class VersionSchema(RequestSchema):
    """Which version of the draft the reader has seen."""

    version = fields.Integer(required=True, validate=validate.Range(1))


class SourceSchema(VersionSchema):
    """The whole text."""

    source = fields.String(required=True, validate=validate.Length(1, LONGEST))


class MendSchema(VersionSchema):
    """One of the ways to close a hole."""

    act = fields.String(required=True, validate=validate.OneOf((WIDEN, RESTORE)))
    rule = fields.String(required=True, validate=validate.Length(1, 40))
    dimension = fields.String(validate=validate.Length(1, 40))
    values = fields.List(fields.String(), load_default=list)


class SignSchema(VersionSchema):
    """Cases left to the catch-all rule on purpose."""

    box = Box(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 500))


class UnsignSchema(VersionSchema):
    """Which signature to take back."""

    place = fields.Integer(required=True, validate=validate.Range(0))


class EmergencySchema(VersionSchema):
    """Why the plan cannot wait."""

    reason = fields.String(required=True, validate=validate.Length(10, 500))
