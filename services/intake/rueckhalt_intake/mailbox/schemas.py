# SPDX-License-Identifier: EUPL-1.2
"""What whoever reported, and whoever answers, may send to a mailbox."""

from marshmallow import ValidationError, fields, validate

from rueckhalt_intake.incidents.requests import Codes
from rueckhalt_intake.mailbox.domain import SHARINGS
from rueckhalt_intake.report.domain import NOTHING, OPEN
from rueckhalt_intake.report.schemas import LONGEST, WhereSchema, WordsSchema, nothing_alone
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.web import Code, RequestSchema


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("error.required")


class MessageSchema(RequestSchema):
    """One message, taken as it is."""

    nul_allowed = frozenset({"text"})

    text = fields.String(required=True, validate=[validate.Length(max=LONGEST), _not_blank])


class NotesSchema(RequestSchema):
    """Which notes of the private log, by the time they were written."""

    notes = fields.List(fields.String(validate=validate.Length(max=40)), load_default=list)


class DoorSchema(WordsSchema):
    """The words, a message that was typed when a visit had ended, and one's place in the line."""

    nul_allowed = frozenset({"text"})

    text = fields.String(validate=validate.Length(max=LONGEST))
    ticket = fields.String(validate=validate.Length(max=2000))


class SharingSchema(RequestSchema):
    """With whom it may be shared from now on; what is not ticked is taken back."""

    sharing = fields.List(fields.String(validate=validate.OneOf(SHARINGS)), load_default=list)


def _open_alone(ticked: list[str]) -> None:
    if OPEN in ticked and len(ticked) > 1:
        raise ValidationError("case.open_alone")


class OwnCorrectionSchema(WhereSchema):
    """What is corrected; a field left out stays as it is. Danger can go back to left open."""

    danger = fields.List(
        fields.String(validate=validate.OneOf([*codes.DANGERS, NOTHING, OPEN])),
        validate=[nothing_alone, _open_alone],
    )

    forms = Codes(
        codes.FORMS,
        "What happened",
        required=True,
        validate=validate.Length(min=1, error="report.what_missing"),
        error_messages={"required": "report.what_missing"},
    )
    channel = Code(codes.CHANNELS)
    relation = Code(codes.RELATIONS)
    occurred_on = fields.Date()


class WithdrawSchema(RequestSchema):
    """What shall be erased: the whole case, or only who reported."""

    scope = fields.String(required=True, validate=validate.OneOf(["case", "source"]))
