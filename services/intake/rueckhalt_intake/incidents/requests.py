# SPDX-License-Identifier: EUPL-1.2
"""The fields of requests: strict types, lists with a sensible length, times a person can check."""

import re
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import ValidationError, fields

from rueckhalt_shared.contracts.codes import UNKNOWN, CodeList
from rueckhalt_shared.problems import Told
from rueckhalt_shared.web import Code

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
# Looser than any standard, so that no real address is refused: umlauts, subdomains, `+`, dots.
_ADDRESS = re.compile(
    r"""[^\s@<>,;()"]{1,64}@([^\s@<>,;()".]{1,63}\.)+(?!\d+$)[^\s@<>,;()".]{2,63}"""
)


def is_mail_address(text: str) -> bool:
    """Could a mail to it arrive? `x@y` could not."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def optional_code(codes: CodeList, told: str) -> Code:
    """One code; left out or null counts as unknown."""
    return Code(
        codes, allow_none=True, metadata={"description": told, "enum": [*codes.codes, None]}
    )


class Codes(fields.List[str]):
    """Several codes of one list, each once. Null or an empty list says nothing."""

    def __init__(self, codes: CodeList, told: str, **kwargs: Any) -> None:
        metadata = {"description": told, "maxItems": len(codes)}
        super().__init__(Code(codes), metadata=metadata | kwargs.pop("metadata", {}), **kwargs)
        self._codes = codes

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> list[str | None]:
        if isinstance(value, list) and len(value) > len(self._codes):
            most = f"{len(value)} values, at most {len(self._codes)}: each code once"
            raise ValidationError([Told(most, self._codes.codes)])
        found = dict.fromkeys(super()._deserialize(value, attr, data, **kwargs))
        if len(found) > 1:
            found.pop(UNKNOWN, None)
        return list(found)


class Moment(fields.Field[date | datetime]):
    """An instant (RFC 3339, with its zone) or a day."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own way to set it
        "form": "must be a day (2026-11-20) or an instant with its zone (2026-11-20T14:03:00+01:00)"
    }

    def __init__(self, told: str, **kwargs: Any) -> None:
        shape = {"type": ["string", "null"], "examples": ["2026-11-20T14:03:00+01:00"]}
        super().__init__(metadata={"description": told} | shape, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> date | datetime:
        if isinstance(value, str):
            try:
                if _DAY.fullmatch(value):
                    return date.fromisoformat(value)
                if _INSTANT.fullmatch(value):
                    moment = datetime.fromisoformat(value.upper())
                    moment.astimezone(UTC)  # some lie outside the calendar
                    return moment
            except (ValueError, OverflowError):
                pass
        raise self.make_error("form")


class Whole(fields.Integer):
    """A whole number as JSON writes it: no text, no fraction."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class YesNo(fields.Boolean):
    """True or false as JSON writes it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def mail_address(text: str) -> None:
    """The same, as a validator of the API."""
    if not is_mail_address(text):
        raise ValidationError("must be a whole e-mail address, such as name@example.org")


class Line(fields.String):
    """One short text in one line."""

    default_error_messages = {  # noqa: RUF012
        "long": "at most {most} characters",
        "blank": "must not be blank",
        "control": "contains a line break or another control character",
    }

    def __init__(self, most: int, told: str, **kwargs: Any) -> None:
        metadata = {"description": told, "maxLength": most}
        super().__init__(metadata=metadata | kwargs.pop("metadata", {}), **kwargs)
        self._most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > self._most:
            raise self.make_error("long", most=self._most)
        if not text.strip():
            raise self.make_error("blank")
        if any(character < " " or character == "\x7f" for character in text):
            raise self.make_error("control")
        return text
