# SPDX-License-Identifier: EUPL-1.2
"""Every error leaves as `application/problem+json` (RFC 9457), or as a page for a browser.

Views and handlers raise `Problem` or `FieldProblem`; a service maps its domain exceptions with
`problems={ReferenceTaken: 422}`; werkzeug's own errors keep their headers (Allow, Retry-After …).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app
from marshmallow import INCLUDE, Schema, ValidationError, fields
from werkzeug.exceptions import HTTPException

from rueckhalt_shared.database import Unavailable
from rueckhalt_shared.logging import get_logger

CONTENT_TYPE = "application/problem+json"
log = get_logger(__name__)


class Problem(Exception):
    """An answer that is not a success: status, title, detail and which fields are at fault."""

    def __init__(
        self,
        status: int,
        title: str = "",
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        kind: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.title = title or HTTPStatus(status).phrase
        self.detail = detail
        self.errors = [dict(error) for error in errors]
        self.headers = dict(headers or {})
        self.kind = kind
        self.extra = dict(extra or {})

    def as_dict(self) -> dict[str, Any]:
        """The problem document; also what a line of a bulk answer carries."""
        kind = f"urn:rueckhalt:problem:{self.kind}" if self.kind else "about:blank"
        document: dict[str, Any] = {"type": kind, "title": self.title, "status": self.status}
        if self.detail:
            document["detail"] = self.detail
        if self.errors:
            document["errors"] = self.errors
        return document | self.extra


class FieldProblem(Problem):
    """422: one field is at fault; `allowed` lists what would have been right."""

    def __init__(
        self, field: str, problem: str, *, allowed: Sequence[str] = (), status: int = 422
    ) -> None:
        super().__init__(
            status,
            "The request is not valid",
            f"{field}: {problem}",
            errors=[field_error(field, problem, allowed)],
            kind="invalid-field",
        )


class Told(str):
    """A validation message that carries the allowed codes."""

    __slots__ = ("allowed",)
    allowed: tuple[str, ...]

    def __new__(cls, text: str, allowed: Sequence[str]) -> "Told":
        told = super().__new__(cls, text)
        told.allowed = tuple(allowed)
        return told


class FieldErrorSchema(Schema):
    """What is wrong with one field."""

    field = fields.String(metadata={"description": "Path of the field, e.g. reporter.email"})
    problem = fields.String(metadata={"description": "What is wrong with it"})
    allowed = fields.List(fields.String(), metadata={"description": "The codes allowed here"})
    line = fields.Integer(metadata={"description": "Where the request is a file: its line"})


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    class Meta:
        """A kind of problem may tell more, for example the incident a reference belongs to."""

        unknown = INCLUDE

    type = fields.String(metadata={"description": "Kind of problem, a URI"})
    title = fields.String(metadata={"description": "Short text, the same for every such problem"})
    status = fields.Integer(metadata={"description": "HTTP status"})
    detail = fields.String(metadata={"description": "What happened here"})
    errors = fields.List(fields.Nested(FieldErrorSchema))


def field_error(field: str, problem: str, allowed: Sequence[str] = ()) -> dict[str, Any]:
    """One entry of `errors`."""
    error: dict[str, Any] = {"field": field, "problem": problem}
    return error | {"allowed": list(allowed)} if allowed else error


def invalid(messages: Any, status: int = 422) -> Problem:
    """The problem of marshmallow's messages: every field with its path."""
    errors = list(_flattened(messages, ""))
    told = "; ".join(
        f"{e['field']}: {e['problem']}" if e["field"] else e["problem"] for e in errors
    )
    return Problem(
        status,
        "The request is not valid",
        told if len(told) <= 1000 else f"{told[:1000]} …",
        errors=errors,
        kind="invalid-field",
    )


def _flattened(messages: Any, path: str) -> Iterator[dict[str, Any]]:
    if isinstance(messages, Mapping):
        for key, nested in messages.items():
            yield from _flattened(nested, path if key == "_schema" else _joined(path, key))
    elif isinstance(messages, str):
        text = "unknown field" if messages == "Unknown field." else str(messages)
        yield field_error(path, text, getattr(messages, "allowed", ()))
    else:
        for each in messages:
            yield from _flattened(each, path)


def _joined(path: str, key: object) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else str(key)


def answer(problem: Problem) -> Response:
    """The response of a problem: for people a page of the shell, else the document."""
    as_page = current_app.extensions.get("rueckhalt_error_page")
    page: Response | None = as_page(problem) if as_page is not None else None
    return page if page is not None else document_of(problem)


def document_of(problem: Problem) -> Response:
    """The problem document."""
    body = json.dumps(problem.as_dict(), ensure_ascii=False, default=str)
    # A field name may carry a lone surrogate that a client sent; it must not break the answer.
    response = Response(
        body.encode("utf-8", "backslashreplace"), problem.status, content_type=CONTENT_TYPE
    )
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def install(app: Flask, mapped: Mapping[type[Exception], int]) -> None:
    """Register the handlers of everything that may be raised."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ValidationError, lambda error: answer(invalid(error.messages)))
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(Exception, _unexpected)
    for kind, status in mapped.items():
        app.register_error_handler(kind, lambda error, s=status: answer(of_domain(error, s)))


def of_domain(error: Exception, status: int) -> Problem:
    """A domain exception is named after the fact: its name is the title."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__).lower()
    detail = str(error) or (type(error).__doc__ or "").strip()
    return Problem(
        status,
        words.capitalize(),
        detail,
        kind=words.replace(" ", "-"),
        errors=getattr(error, "errors", ()),
        headers=getattr(error, "headers", None),
        extra=getattr(error, "extra", None),
    )


def _http(error: HTTPException) -> Response:
    """werkzeug's errors: its headers stay, its HTML body goes."""
    if isinstance(error.response, Response):  # abort(response)
        return error.response
    status = error.code or 500
    problem = Problem(status, detail=error.description or "")
    kept = [(n, v) for n, v in error.get_headers() if n.lower() not in _BODY_HEADERS]
    problem.headers = dict(kept)
    return answer(problem)


_BODY_HEADERS = frozenset({"content-type", "content-length"})


def _unavailable(error: Unavailable) -> Response:
    log.warning("unavailable", cause=str(error))
    return answer(
        Problem(
            503,
            "Not available now",
            "Nothing was stored. Please send the same request again.",
            headers={"Retry-After": str(error.retry_after)},
            kind="unavailable",
        )
    )


def _unexpected(error: Exception) -> Response:
    """A fault of ours: logged with its place, told without any detail."""
    log.error("unexpected", exc_info=error)
    return answer(Problem(500, "Internal error", "This is a fault of the service; it is logged."))
