# SPDX-License-Identifier: EUPL-1.2
"""What the pages of role keys send. No field is ever shown again."""

from marshmallow import fields

from rueckhalt_shared.web import RequestSchema


class NothingSchema(RequestSchema):
    """A button alone."""


class PassphraseSchema(RequestSchema):
    """The passphrase of who is there."""

    passphrase = fields.String(required=True)


class PersonSchema(PassphraseSchema):
    """The same, and about whom it is."""

    person = fields.UUID(required=True)


class FileSchema(PassphraseSchema):
    """The same, and which file it is for."""

    file = fields.UUID(required=True)


class NewPassphraseSchema(RequestSchema):
    """A passphrase to be chosen."""

    passphrase = fields.String(required=True)
    again = fields.String(required=True)


class RecoverySchema(NewPassphraseSchema):
    """The same, and the recovery key from the paper."""

    code = fields.String(required=True)


class ChangeSchema(NewPassphraseSchema):
    """The same, and the passphrase of before."""

    old = fields.String(required=True)
