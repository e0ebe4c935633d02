# SPDX-License-Identifier: EUPL-1.2
"""The answer to each question. Only what happened is required; the rest may be left open."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from rueckhalt_intake.incidents.requests import Codes, is_mail_address
from rueckhalt_intake.mailbox.domain import SHARINGS
from rueckhalt_intake.report import domain
from rueckhalt_intake.tidings.schemas import check_address
from rueckhalt_intake.units import CODE
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.web import Code, RequestSchema

_YES_NO = ("yes", "no")
_ROLES = ("affected", "witness", "trusted_person", "supervisor")
LONGEST = 200_000  # characters of a narrative; the form has room for it


def _one_line(text: str) -> None:
    if any(character < " " or character == "\x7f" for character in text):
        raise ValidationError("report.one_line")


def _line(most: int) -> fields.String:
    return fields.String(validate=[validate.Length(max=most), _one_line])


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("error.required")


def nothing_alone(ticked: list[str]) -> None:
    """`None of this` is said alone."""
    if domain.NOTHING in ticked and len(ticked) > 1:
        raise ValidationError("report.nothing_alone")


class DangerSchema(RequestSchema):
    """The eight questions; none ticked is left open, `nothing` says that none applies."""

    danger = fields.List(
        fields.String(validate=validate.OneOf([*codes.DANGERS, domain.NOTHING])),
        validate=nothing_alone,
    )


class WhatSchema(RequestSchema):
    """What happened."""

    forms = Codes(
        codes.FORMS,
        "What happened",
        required=True,
        validate=validate.Length(min=1, error="report.what_missing"),
        error_messages={"required": "report.what_missing"},
    )


class WhoSchema(RequestSchema):
    """Who reports."""

    role = fields.String(validate=validate.OneOf(_ROLES))


class BehalfSchema(RequestSchema):
    """Does the affected person know and agree?"""

    behalf = fields.String(validate=validate.OneOf(_YES_NO))


class WhereSchema(RequestSchema):
    """Where."""

    place = Code(codes.PLACES)


class ChannelSchema(RequestSchema):
    """By which way it came."""

    channel = Code(codes.CHANNELS)


class SourceSchema(RequestSchema):
    """Who it came from."""

    relation = Code(codes.RELATIONS)


class ConflictSchema(RequestSchema):
    """From within: whose unit must learn nothing of it."""

    accused_unit = fields.String(
        validate=validate.Regexp(f"^{CODE.pattern}$", error="error.choice")
    )


class TellSchema(RequestSchema):
    """In own words; whatever is written is taken as it is."""

    nul_allowed = frozenset({"narrative", "accused"})

    narrative = fields.String(validate=validate.Length(max=LONGEST))
    accused = fields.String(validate=validate.Length(max=LONGEST))


class ContactSchema(RequestSchema):
    """With or without a name, and what is wished."""

    named = fields.String(validate=validate.OneOf(_YES_NO))
    name = _line(200)
    email = _line(254)
    phone = _line(60)
    wishes = fields.List(fields.String(validate=validate.OneOf([*codes.WISHES])))
    aftercare = fields.String(validate=validate.OneOf(["yes"]))
    tidings = fields.String(validate=validate.OneOf(["yes"]))

    @validates_schema(skip_on_field_errors=True)
    def _has_address(self, answers: dict[str, Any], **_: Any) -> None:
        """Whoever wants a mail gives a name and an address it can go to."""
        if answers.get("tidings") != "yes":
            return
        if answers.get("named") != "yes":
            raise ValidationError("tidings.not_anonymous", "tidings")
        email = answers.get("email") or ""
        if email and not is_mail_address(email):
            return  # that is said below
        try:
            check_address(email)
        except ValidationError as wrong:
            raise ValidationError(wrong.messages, "email") from None

    @validates_schema(skip_on_field_errors=False)
    def _could_arrive(self, told: dict[str, Any], **_: Any) -> None:
        """An answer must be able to arrive. Without a name the address is dropped anyway."""
        if told.get("email") and told.get("named") != "no" and not is_mail_address(told["email"]):
            raise ValidationError("error.email", "email")


class SharingSchema(RequestSchema):
    """With whom it may be shared."""

    sharing = fields.List(fields.String(validate=validate.OneOf(SHARINGS)))


class MoreSchema(RequestSchema):
    """What helps, where there is time for it."""

    occurred_on = fields.Date()
    affected_groups = Codes(codes.AFFECTED_GROUPS, "Who was affected")
    organisation_unit = fields.String(
        validate=validate.Regexp(f"^{CODE.pattern}$", error="error.choice")
    )
    motives = Codes(codes.MOTIVES, "Why, as the affected person sees it")


class SendSchema(RequestSchema):
    """Whether the report runs under the account of whoever is signed in."""

    account = fields.String(validate=validate.OneOf(_YES_NO))


class ByPhoneSchema(RequestSchema):
    """For which town somebody writes down what a caller says."""

    town = fields.String(validate=validate.Length(max=12))


class WordsSchema(RequestSchema):
    """Seven words, or the characters of a machine's report."""

    words = fields.String(required=True, validate=[validate.Length(max=200), _not_blank])


class EntrySchema(RequestSchema):
    """One note of a private log."""

    nul_allowed = frozenset({"text"})

    text = fields.String(required=True, validate=[validate.Length(max=LONGEST), _not_blank])


OF_STEP: dict[str, type[RequestSchema]] = {
    domain.DANGER: DangerSchema,
    domain.WHAT: WhatSchema,
    domain.WHO: WhoSchema,
    domain.BEHALF: BehalfSchema,
    domain.WHERE: WhereSchema,
    domain.CHANNEL: ChannelSchema,
    domain.SOURCE: SourceSchema,
    domain.CONFLICT: ConflictSchema,
    domain.TELL: TellSchema,
    domain.CONTACT: ContactSchema,
    domain.SHARING: SharingSchema,
    domain.MORE: MoreSchema,
}
