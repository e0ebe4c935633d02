# SPDX-License-Identifier: EUPL-1.2
"""What the forms about the parts of a plan send; what the parts may hold, reading the plan says."""

from typing import Any

from marshmallow import fields, validate

from rueckhalt_routing.drafts.house_parts import TIMES
from rueckhalt_routing.drafts.schemas import VersionSchema
from rueckhalt_routing.plan.vocabulary import URGENCIES, dimensions
from rueckhalt_shared.web import RequestSchema

_CODE = validate.Length(1, 64)
_TEXT = validate.Length(1, 500)
LISTS = ("signs", "asked", "told", "without_consent")
ACTIONS = ("save", "remove", "up", "down")


def _several() -> Any:
    return fields.List(fields.String(validate=_CODE), load_default=list)


class PartSchema(VersionSchema):
    """What every form of a part says beside the part: save it, or take it away."""

    action = fields.String(load_default="save", validate=validate.OneOf(ACTIONS))


RuleSchema: type[RequestSchema] = PartSchema.from_dict(  # type: ignore[assignment]
    {
        "code": fields.String(required=True, validate=_CODE),
        "tier": fields.String(required=True, validate=validate.OneOf(("0", "1", "2", "3"))),
        "title": fields.String(validate=_TEXT),
        "reason": fields.String(validate=_TEXT),
        "source": fields.String(validate=_TEXT),
        "chain": fields.String(validate=_CODE),
        "take_over_within": fields.String(validate=_CODE),
        "steps": fields.String(validate=_TEXT),
        **{name: _several() for name in LISTS},
        **{f"when_{dimension.name}": _several() for dimension in dimensions(())},
    },
    name="RuleSchema",
)


class RoleSchema(PartSchema):
    """Who holds a role, and who stands in, in order."""

    code = fields.String(required=True, validate=_CODE)
    holder = fields.String(required=True, validate=_CODE)
    stand_ins = _several()


class StepsSchema(PartSchema):
    """A chain: of each step its targets, its wait, and at which urgencies it is taken."""

    code = fields.String(required=True, validate=_CODE)
    hold = fields.String(validate=_CODE)

    class Meta:
        """The fields of the steps are numbered: they are read apart."""

        unknown = "exclude"


class PersonSchema(PartSchema):
    """Somebody of the house, or a partner outside."""

    key = fields.String(required=True, validate=_CODE)
    name = fields.String(required=True, validate=validate.Length(1, 120))
    unit = fields.String(validate=_CODE)
    since = fields.String(data_key="from", validate=_CODE)
    until = fields.String(validate=_CODE)
    reachable = _several()


class CalendarSchema(PartSchema):
    """Opening hours, night, whose holidays, own closing days; and who catches everything."""

    title = fields.String(validate=_TEXT)
    person = fields.String(required=True, validate=_CODE)
    stand_in = fields.String(required=True, validate=_CODE)
    office_hours = fields.String(validate=_CODE)
    night = fields.String(validate=_CODE)
    land = fields.String(validate=_CODE)
    catholic = fields.String(validate=validate.OneOf(("yes",)))
    closing_days = fields.String(validate=validate.Length(1, 5000))


class RotaSchema(PartSchema):
    """Who is on duty in turn, a line for each group."""

    code = fields.String(required=True, validate=_CODE)
    title = fields.String(validate=_TEXT)
    members = fields.String(required=True, validate=validate.Length(1, 5000))
    every = fields.String(required=True, validate=_CODE)
    starts = fields.String(required=True, validate=_CODE)
    ends = fields.String(validate=_CODE)
    stand_ins = _several()

    class Meta:
        """The hours of the week are numbered: they are read apart."""

        unknown = "exclude"


class HouseSchema(PartSchema):
    """Who keeps the plan, how rules meet, who is asked last, and what anybody sees."""

    owner = fields.String(validate=_CODE)
    hits = fields.String(load_default="ordered", validate=_CODE)
    emergency = _several()
    public_show = fields.String(load_default="none", validate=_CODE)
    public_contact = fields.String(validate=_TEXT)
    public_roles = _several()


TimesSchema: type[RequestSchema] = PartSchema.from_dict(  # type: ignore[assignment]
    {f"{urgency}_{name}": fields.String(validate=_TEXT) for urgency in URGENCIES for name in TIMES},
    name="TimesSchema",
)
