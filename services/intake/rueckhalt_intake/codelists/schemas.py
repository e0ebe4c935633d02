# SPDX-License-Identifier: EUPL-1.2
"""How the code lists are shown."""

from marshmallow import Schema, fields


class LabelSchema(Schema):
    """One code in words."""

    de = fields.String()
    en = fields.String()
    einfach = fields.String(metadata={"description": "Einfache Sprache"})


class CodeSchema(Schema):
    """One code; forms also tell their outer class and usual severity."""

    code = fields.String()
    label = fields.Nested(LabelSchema)
    outer = fields.String()
    severity = fields.Integer(allow_none=True)


class CodesSchema(Schema):
    """All lists by name, each in its fixed order."""

    lists = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(CodeSchema)))
