# SPDX-License-Identifier: EUPL-1.2
"""Forms: read with the schema of the API, shown again with what is wrong.

    try:
        body = forms.read(ReportIncidentSchema())
    except forms.Invalid as bad:
        return bad.page("intake/report.html")      # 422, the same page with an error summary

A field nobody filled in is left out, so schemas need no special case for "". Messages of a schema
that are ids of a catalogue are told in the reader's language; marshmallow's own are known here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, render_template, request
from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from rueckhalt_shared.pages import csrf, switching
from rueckhalt_shared.pages.words import knows, told, words
from rueckhalt_shared.problems import invalid

# marshmallow's words → our texts; what is not here is told as "please check".
_KNOWN = {
    "Missing data for required field.": "error.required",
    "Field may not be null.": "error.required",
    "Shorter than minimum length 1.": "error.required",
    "Not a valid email address.": "error.email",
    "Not a valid date.": "error.date",
    "Not a valid integer.": "error.number",
    "Not a valid number.": "error.number",
    "Not a valid URL.": "error.url",
    "Not a valid choice.": "error.choice",
}
_PATTERNS = (
    (re.compile(r"Longer than maximum length (?P<limit>\d+)\."), "error.too_long"),
    (re.compile(r"Shorter than minimum length (?P<limit>\d+)\."), "error.too_short"),
    (
        re.compile(r"Length must be between (?P<least>\d+) and (?P<limit>\d+)\."),
        "error.length",
    ),
    (re.compile(r"Must be one of: .*"), "error.choice"),
)


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field, in the reader's language; `field` empty: the whole form."""

    field: str
    text: str


@dataclass(frozen=True)
class Form:
    """What a form's macros show: values as text, and errors in the order of the fields."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()

    @classmethod
    def blank(cls, **values: object) -> "Form":
        """A form as it is first shown, with what is known already."""
        return cls({name: _texts(value) for name, value in values.items()})

    @classmethod
    def sent(cls, *errors: FieldError) -> "Form":
        """What was just sent, with its errors. Passwords and codes are not shown again."""
        return cls({name: request.form.getlist(name) for name in request.form}, errors)

    def value(self, name: str) -> str:
        """The value of a field; empty where there is none."""
        found = self.values.get(name, ())
        return found[0] if found else ""

    def has(self, name: str, value: str) -> bool:
        """Is this choice among those made?"""
        return value in self.values.get(name, ())

    def error(self, name: str) -> str:
        """What is wrong with a field or with a part of it; empty where nothing is."""
        for each in self.errors:
            if each.field == name or each.field.startswith((f"{name}.", f"{name}[")):
                return each.text
        return ""


class Invalid(Exception):
    """The form cannot be taken as it was sent."""

    def __init__(self, form: Form) -> None:
        super().__init__(", ".join(each.field for each in form.errors))
        self.form = form

    def page(self, template: str, **context: Any) -> Response:
        """The same page with an error summary, status 422."""
        return Response(render_template(template, form=self.form, **context), 422)


def wrong(**messages: str) -> Invalid:
    """An error only a handler can know: `raise forms.wrong(code="sign_in.code_unknown")`."""
    errors = (FieldError(name, _text(message)) for name, message in messages.items())
    return Invalid(Form.sent(*errors))


def read(schema: Schema) -> Any:
    """What was sent, as the schema loads it; raises Invalid with all that is wrong.

    A form that was sent for another language only is taken for wrong, without any fault told.
    """
    switching.may_ask_again()
    try:
        found = schema.load(dict(_filled(schema, request.form)))
    except ValidationError as error:
        faults = [
            FieldError(e["field"], _text(e["problem"])) for e in invalid(error.messages).errors
        ]
        order = {name: place for place, name in enumerate(schema.load_fields)}
        faults.sort(key=lambda each: order.get(re.split(r"[.\[]", each.field)[0], len(order)))
        raise Invalid(Form.sent(*_first_of_each(faults))) from None
    if switching.is_only_asked():
        raise Invalid(Form.sent())
    return found


def date_field(name: str) -> str:
    """The three boxes of a date as one ISO date; wrong parts stay wrong: `2026-2-x`."""
    year, month, day = (
        request.form.get(f"{name}.{p}", "").strip() for p in ("year", "month", "day")
    )
    if not (year or month or day):
        return ""
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}"


def _filled(schema: Schema, sent: MultiDict[str, str]) -> Iterator[tuple[str, Any]]:
    for name, expected in schema.load_fields.items():
        key = expected.data_key or name
        if isinstance(expected, fields.Date) and f"{key}.year" in sent:
            value: Any = date_field(key)
        elif isinstance(expected, fields.List):
            value = [text for text in sent.getlist(key) if text.strip()]
        else:
            value = sent.get(key, "").strip()
        if value:
            yield key, value
    known = {each.data_key or name for name, each in schema.load_fields.items()}
    known |= {csrf.FIELD, switching.FIELD}
    parts = {f"{name}.{part}" for name in known for part in ("year", "month", "day")}
    for name in sent:
        if name not in known | parts and sent[name].strip():
            yield name, sent[name]  # the schema says what it thinks of it


def _first_of_each(errors: Sequence[FieldError]) -> Iterator[FieldError]:
    seen: set[str] = set()
    for each in errors:
        if each.field not in seen:
            seen.add(each.field)
            yield each


def _text(message: str) -> str:
    if message in _KNOWN:
        return told(_KNOWN[message])
    for pattern, ours in _PATTERNS:
        if match := pattern.fullmatch(message):
            return told(ours, **match.groupdict())
    return words(message) if knows(message) else told("error.check")


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list | tuple | set | frozenset):
        return [str(each) for each in value]
    return [str(value)]
