# SPDX-License-Identifier: EUPL-1.2
"""Fields that hold codes. Writers must use a code of the list; readers take others for unknown."""

import logging
from collections.abc import Mapping
from typing import Any

from rueckhalt_shared.contracts.codes import UNKNOWN, CodeList
from rueckhalt_shared.contracts.fields import Count, Kind

log = logging.getLogger("rueckhalt.contracts")


class Mode(Kind):
    """The mode of an event; left out means live."""

    absent = "live"

    def __init__(self, codes: CodeList) -> None:
        super().__init__()
        self.codes = codes

    def spell(self, value: Any) -> str:
        return _spelled_code(self.codes, value)

    def read(self, value: Any) -> str:
        return _read_code(self.codes, value)


class Coded(Mode):
    """One code of a list; left out means unknown."""

    absent = UNKNOWN

    def __init__(
        self, codes: CodeList, *, optional: bool = False, data_key: str | None = None
    ) -> None:
        Kind.__init__(self, optional=optional, data_key=data_key)
        self.codes = codes


class Level(Kind):
    """A step of a numbered scale (severity, tier). What is off the scale reads as missing."""

    absent = None

    def __init__(self, codes: CodeList) -> None:
        super().__init__(optional=True)
        self.codes = codes
        self.steps = frozenset(int(code) for code in codes if code.isdigit())

    def spell(self, value: Any) -> int:
        if type(value) is not int or value not in self.steps:
            raise ValueError(f"a step of {self.codes.name} is needed")
        return value

    def read(self, value: Any) -> int | None:
        if type(value) is int and value in self.steps:
            return value
        if type(value) is int or isinstance(value, str):
            log.warning("unknown code", extra={"list": self.codes.name})
            return None
        raise ValueError(f"a step of {self.codes.name} is needed")


class MinutesByCode(Kind):
    """Whole numbers by code: the worst minutes of each urgency. Unknown codes are left out."""

    def __init__(self, codes: CodeList) -> None:
        super().__init__()
        self.codes = codes
        self._count = Count()

    def spell(self, value: Any) -> dict[str, int]:
        if not isinstance(value, Mapping):
            raise ValueError("a mapping is needed")
        spelled = {_spelled_code(self.codes, code): value[code] for code in value}
        return {code: self._count.spell(spelled[code]) for code in sorted(spelled)}

    def read(self, value: Any) -> dict[str, int]:
        if not isinstance(value, dict):
            raise ValueError("a mapping is needed")
        return {
            code: self._count.read(minutes)
            for code, minutes in value.items()
            if code in self.codes or _read_code(self.codes, code) != UNKNOWN
        }


def _spelled_code(codes: CodeList, value: Any) -> str:
    if isinstance(value, str) and value in codes:
        return value
    raise ValueError(f"a code of {codes.name} is needed: {', '.join(codes)}")


def _read_code(codes: CodeList, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a code of {codes.name} is needed")
    if value in codes:
        return value
    if value != UNKNOWN:
        log.warning("unknown code", extra={"list": codes.name})
    return UNKNOWN
