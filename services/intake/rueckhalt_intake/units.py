# SPDX-License-Identifier: EUPL-1.2
"""The municipality's own units and their clusters for statistics: one `units.csv` for all
services of an installation (DECISIONS 19)."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rueckhalt_shared.settings import BadSettings

UNKNOWN = "unknown"
CODE = re.compile(r"[a-z0-9_]{1,40}")
_EVERYWHERE = ""


class BadUnits(BadSettings):
    """The file of units cannot be read; line and column are named."""

    def __init__(self, told: str) -> None:
        super().__init__([f"RUECKHALT_INTAKE_UNITS: {told}"])


@dataclass(frozen=True)
class Units:
    """Cluster by unit, by municipality; a municipality without a list takes any unit."""

    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_file(cls, path: Path) -> "Units":
        """Read `municipality,unit,cluster` (municipality may be empty: for all)."""
        if not path.exists():
            return cls()
        lists: dict[str, dict[str, str]] = {}
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines)
                if not {"unit", "cluster"} <= set(reader.fieldnames or ()):
                    raise BadUnits(f"{path}: the first line must name the columns unit and cluster")
                for row in reader:
                    place = f"{path}, line {reader.line_num}"
                    unit, cluster = _code(row, "unit", place), _code(row, "cluster", place)
                    town = (row.get("municipality") or _EVERYWHERE).strip()
                    lists.setdefault(town, {})[unit] = cluster
        except UnicodeDecodeError:
            raise BadUnits(f"{path}: not UTF-8") from None
        except OSError as error:
            raise BadUnits(f"{path}: {error.strerror}") from None
        return cls(lists)

    def allowed(self, municipality: str) -> tuple[str, ...] | None:
        """The units of a municipality; None where it has no list."""
        known = self._of(municipality)
        return tuple(known) if known is not None else None

    def on_the_bus(self, municipality: str, unit: str | None) -> tuple[str, str]:
        """Unit and cluster as others may know them."""
        known = self._of(municipality) or {}
        return (unit, known[unit]) if unit is not None and unit in known else (UNKNOWN, UNKNOWN)

    def _of(self, municipality: str) -> Mapping[str, str] | None:
        return self.lists.get(municipality, self.lists.get(_EVERYWHERE))


def _code(row: Mapping[str, str | None], column: str, place: str) -> str:
    value = (row.get(column) or "").strip()
    if not CODE.fullmatch(value):
        raise BadUnits(f"{place}: {column} must be 1 to 40 of a-z, 0-9 and _")
    return value
