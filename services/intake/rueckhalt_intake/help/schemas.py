# SPDX-License-Identifier: EUPL-1.2
"""What comes in from the pages of the directory."""

from marshmallow import fields, validate

from rueckhalt_intake.help.cells import COLUMNS, GROUPS, TOPICS
from rueckhalt_shared.contracts.codes import FORMS
from rueckhalt_shared.web import RequestSchema

FORM_TOPICS = tuple(code for code in TOPICS if code in FORMS)
MOTIVE_TOPICS = tuple(code for code in TOPICS if code not in FORMS)
LANGUAGES = ("de", "en", "tr", "ar", "uk", "ru", "fr", "pl")


class WishSchema(RequestSchema):
    """Who looks for help: a place, a topic, a group, a language; everything may be left out."""

    place = fields.String(validate=validate.Regexp(r"[0-9]{2}([0-9]{10})?\Z"), load_default="")
    topic = fields.String(validate=validate.OneOf(TOPICS), load_default="")
    group = fields.String(validate=validate.OneOf(GROUPS), load_default="")
    speaks = fields.String(validate=validate.OneOf(LANGUAGES), load_default="")


EntrySchema = RequestSchema.from_dict(
    {
        name: fields.List(fields.String(), load_default=list)
        if name in ("topics", "groups")
        else fields.String(load_default="")
        for name in COLUMNS
    },
    name="EntrySchema",
)
"""A row of the directory as text; what may stand in it is decided by `cells`."""


class ImportSchema(RequestSchema):
    """Whether a file is only looked at."""

    dry_run = fields.Boolean(load_default=True)
