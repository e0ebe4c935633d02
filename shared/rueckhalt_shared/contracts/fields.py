# SPDX-License-Identifier: EUPL-1.2
"""The few kinds of field an event may have: ids, names, times, numbers. No free text.

Each kind spells and reads a value in one place; marshmallow and the quick way of `wrap` and
`unwrap` both go through it, so they can't differ. Writers are strict; readers take an unknown
code for `unknown`, and a field with a natural `absent` value may be left out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import marshmallow

from rueckhalt_shared.contracts.codes import UNKNOWN
from rueckhalt_shared.contracts.instants import read_day, read_instant, spell_day, spell_instant

REQUIRED: Any = object()

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")
_UNIT = re.compile(r"[a-z0-9_]{1,40}")
_PERIOD = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2]|H[12]|Q[1-4]))?")
_LARGEST = 2**53 - 1  # what every JSON reader keeps exact


class Kind(marshmallow.fields.Field[Any]):
    """A field whose spelling is one pair of functions, `spell` and `read`."""

    absent: Any = REQUIRED

    def __init__(self, *, optional: bool = False, data_key: str | None = None) -> None:
        if optional:
            self.absent = None
        self.optional = optional
        required = self.absent is REQUIRED
        super().__init__(
            required=required,
            allow_none=optional,
            load_default=marshmallow.missing if required else self.absent,
            data_key=data_key,
        )

    def spell(self, value: Any) -> Any:
        """The value as JSON; raises `ValueError` naming what is wrong, not what was given."""
        raise NotImplementedError

    def read(self, value: Any) -> Any:
        """The value from JSON; raises `ValueError`."""
        raise NotImplementedError

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None and self.optional else self.spell(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            return self.read(value)
        except ValueError as error:
            raise marshmallow.ValidationError(str(error)) from None


class _Matching(Kind):
    pattern: re.Pattern[str]
    wanted: str

    def spell(self, value: Any) -> str:
        if not isinstance(value, str) or not self.pattern.fullmatch(value):
            raise ValueError(f"{self.wanted} is needed")
        return value

    read = spell


class Id(_Matching):
    """The id of a thing: a UUID, or a foreign system's own short token."""

    pattern = _TOKEN
    wanted = "an id (letters, digits, . _ : -, at most 64)"


class PersonId(_Matching):
    """The id of a person or partner: a UUID and nothing else, so that no name slips in."""

    pattern = _UUID
    wanted = "a UUID in lower case"


class Name(_Matching):
    """A name from a plan or a file: a rule, a chain, a unit, a sender. Never a person's."""

    pattern = _NAME
    wanted = "a short name (letters, digits, _ . : -, at most 80)"


class Hexadecimal(_Matching):
    """A hash, public key or signature: exactly so many hexadecimal digits in lower case."""

    def __init__(self, digits: int) -> None:
        super().__init__()
        self.pattern = re.compile(rf"[0-9a-f]{{{digits}}}")
        self.wanted = f"a value of {digits} hexadecimal digits (0-9, a-f)"


class Period(_Matching):
    """A month, quarter, half-year or year: `2026-10`, `2026-Q4`, `2026-H2`, `2026`."""

    pattern = _PERIOD
    wanted = "a period such as 2026-10"


class UnitName(_Matching):
    """A unit or cluster; left out means unknown."""

    absent = UNKNOWN
    pattern = _UNIT
    wanted = "a unit (a-z, 0-9, _, at most 40)"


class Instant(Kind):
    """A point in time."""

    def spell(self, value: Any) -> str:
        return spell_instant(value)

    def read(self, value: Any) -> Any:
        return read_instant(value)


class Day(Kind):
    """A day of the calendar."""

    def spell(self, value: Any) -> str:
        return spell_day(value)

    def read(self, value: Any) -> Any:
        return read_day(value)


class Count(Kind):
    """A whole number, never negative."""

    def spell(self, value: Any) -> int:
        if type(value) is not int or not 0 <= value <= _LARGEST:
            raise ValueError("a whole number from 0 up is needed")
        return value

    read = spell


class Number(Kind):
    """A whole number that may be negative (days left of a deadline that has passed)."""

    def spell(self, value: Any) -> int:
        if type(value) is not int or not -_LARGEST <= value <= _LARGEST:
            raise ValueError("a whole number is needed")
        return value

    read = spell


class Seconds(Kind):
    """A duration in seconds, to the millisecond."""

    def spell(self, value: Any) -> float:
        if type(value) not in (int, float) or not 0 <= value <= _LARGEST:
            raise ValueError("a number of seconds from 0 up is needed")
        return round(float(value), 3)

    read = spell


class Flag(Kind):
    """Yes or no; left out means no."""

    absent = False

    def spell(self, value: Any) -> bool:
        if value is not True and value is not False:
            raise ValueError("true or false is needed")
        return value

    read = spell


class Several(Kind):
    """A list of which every member is of one kind; on our side a tuple. Doubles count once."""

    absent = ()

    def __init__(
        self, member: Kind, *, optional: bool = False, data_key: str | None = None
    ) -> None:
        super().__init__(optional=optional, data_key=data_key)
        self.member = member

    def spell(self, value: Any) -> list[Any]:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise ValueError("a list is needed")
        spell = self.member.spell
        return _once([spell(one) for one in value])

    def read(self, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("a list is needed")
        read = self.member.read
        return tuple(_once([read(one) for one in value]))


class Minutes(Several):
    """A series of whole numbers; here doubles do count."""

    def __init__(self) -> None:
        super().__init__(Count())

    def spell(self, value: Any) -> list[int]:
        if isinstance(value, str | bytes) or not isinstance(value, Iterable):
            raise ValueError("a list is needed")
        return [self.member.spell(one) for one in value]

    def read(self, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list):
            raise ValueError("a list is needed")
        return tuple(self.member.read(one) for one in value)


def _once(values: list[Any]) -> list[Any]:
    return values if len(values) < 2 else list(dict.fromkeys(values))
