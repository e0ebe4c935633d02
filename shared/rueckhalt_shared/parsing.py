# SPDX-License-Identifier: EUPL-1.2
"""Strict request bodies: what is not well formed never reaches a view.

No unknown field, at most 20 levels, no NaN, no lone surrogates, no NUL outside the fields of
`RequestSchema.Meta.nul_allowed` (a sealed narrative may hold one).
"""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

import flask
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs.core import missing
from webargs.flaskparser import FlaskParser, is_json_request

from rueckhalt_shared.problems import Problem, Told, invalid

DEPTH = 20
_HALF = re.compile("[\ud800-\udfff]")


class RequestSchema(Schema):
    """Base of everything a client sends: an unknown field is an error."""

    class Meta:
        """`nul_allowed` names top-level fields whose text may contain NUL."""

        unknown = RAISE

    nul_allowed: frozenset[str] = frozenset()


class Code(fields.String):
    """A code of one of the published lists; a wrong one is told with what would be right."""

    def __init__(self, codes: Any, **kwargs: Any) -> None:
        self.codes = tuple(getattr(codes, "codes", codes))
        kwargs.setdefault("metadata", {}).setdefault("enum", list(self.codes))
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if text not in self.codes:
            raise ValidationError([Told(_unknown_code(text, self.codes), self.codes)])
        return text


def _unknown_code(text: str, codes: tuple[str, ...]) -> str:
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    near = get_close_matches(text[:60], codes, n=1)
    return f"unknown code {shown!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def read_json(raw: bytes) -> Any:
    """The document of a body or of one line; raises Problem 400 (or 422 for its text)."""
    try:
        # Decoded here: json would also take UTF-16 and let half characters pass.
        document = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "not JSON in UTF-8"
        if isinstance(error, RecursionError):
            reason = f"more than {DEPTH} levels"
        raise Problem(400, "Not JSON", reason, kind="not-json") from None
    if _too_deep(document):
        raise Problem(400, "Not JSON", f"more than {DEPTH} levels", kind="not-json")
    return document


def load(schema: Schema, raw: bytes) -> Any:
    """One document through one schema, as a view would get it; raises Problem."""
    document = read_json(raw)
    _check_text(schema, document, raw)
    try:
        return schema.load(document)
    except ValidationError as error:
        raise invalid(error.messages) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _too_deep(document: Any) -> bool:
    level = [document]
    for _ in range(DEPTH):
        nested: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                nested.extend(v for v in each.values() if isinstance(v, (dict, list)))
            elif isinstance(each, list):
                nested.extend(v for v in each if isinstance(v, (dict, list)))
        if not nested:
            return False
        level = nested
    return True


def _check_text(schema: Schema, document: Any, raw: bytes) -> None:
    """NUL and lone surrogates can only come as escapes, so most bodies need no walk."""
    if b"\\u" not in raw:
        return
    allowed: frozenset[str] = getattr(schema, "nul_allowed", frozenset())
    errors: dict[str, list[str]] = {}
    _walk(document, "", allowed, errors)
    if errors:
        raise invalid(errors)


def _walk(value: Any, path: str, nul_allowed: frozenset[str], errors: dict[str, list[str]]) -> None:
    if isinstance(value, str):
        if not value.isascii() and _HALF.search(value):
            errors[path] = ["contains half a character (a lone surrogate)"]
        elif "\0" in value and path not in nul_allowed:
            errors[path] = ["contains a NUL character"]
    elif isinstance(value, Mapping):
        for key, each in value.items():
            _walk(key, f"{path}.{key}" if path else key, frozenset(), errors)
            _walk(each, f"{path}.{key}" if path else key, nul_allowed, errors)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _walk(each, f"{path}[{index}]", nul_allowed, errors)


class StrictParser(FlaskParser):
    """webargs, stricter: the media type is checked and so is the text; errors are problems."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs' own way to set it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": None,
        "querystring": None,
    }

    def use_args(self, argmap: Any, *args: Any, **kwargs: Any) -> Any:
        """One schema object for all requests; webargs would make one for each."""
        once = argmap() if isinstance(argmap, type) and issubclass(argmap, Schema) else argmap
        return super().use_args(once, *args, **kwargs)

    def load_json(self, req: flask.Request, schema: Schema) -> Any:
        """The JSON body; an empty one counts as missing."""
        raw = req.get_data(cache=True)
        if not raw:
            return missing
        if not is_json_request(req):
            raise Problem(
                415,
                detail="Send the body as application/json.",
                headers={"Accept": "application/json", "Accept-Post": "application/json"},
            )
        document = read_json(raw)
        _check_text(schema, document, raw)
        return document

    def handle_error(
        self, error: ValidationError, req: flask.Request, schema: Schema, **kwargs: Any
    ) -> NoReturn:
        """422 with every field; the location's name is not part of the path."""
        messages: Any = error.messages
        if isinstance(messages, Mapping) and len(messages) == 1:
            messages = next(iter(messages.values()))
        raise invalid(messages, kwargs.get("error_status_code") or 422) from None
