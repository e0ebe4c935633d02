# SPDX-License-Identifier: EUPL-1.2
"""Answers as GeoReport v2 spells them, in JSON and in XML, errors among them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from flask import Response, request

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTRY = {  # what one entry of a list is called
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}


def wants_xml() -> bool:
    """Does the address end so?"""
    return request.path.endswith(".xml")


def answered(root: str, content: Any, status: int = 200) -> Response:
    """The answer in the format of the address; in JSON the outermost name of a list is left out."""
    if wants_xml():
        text = '<?xml version="1.0" encoding="utf-8"?>\n' + "".join(_element(root, content))
        return Response(text.encode(), status, content_type="text/xml; charset=utf-8")
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, status, content_type="application/json; charset=utf-8")


def errors(status: int, told: Sequence[str]) -> Response:
    """The errors of a request, each with the code of the answer."""
    return answered("errors", [{"code": status, "description": each} for each in told], status)


def _element(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield f"<{name}>"
        for key, each in value.items():
            yield from _element(key, each)
        yield f"</{name}>"
    elif isinstance(value, list | tuple):
        yield f"<{name}>"
        for each in value:
            yield from _element(_ENTRY[name], each)
        yield f"</{name}>"
    elif value is None:
        yield f"<{name}/>"
    else:
        yield f"<{name}>{_text(value)}</{name}>"


def _text(value: Any) -> str:
    told = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(_NO_XML.sub("\ufffd", told), quote=False)
