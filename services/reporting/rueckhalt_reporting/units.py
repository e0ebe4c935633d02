# SPDX-License-Identifier: EUPL-1.2
"""What municipalities call their units: the column `label` of the installation's `units.csv`."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rueckhalt_shared.settings import BadSettings

_EVERYWHERE = ""


class BadUnits(BadSettings):
    """The file of units cannot be read."""

    def __init__(self, told: str) -> None:
        super().__init__([f"RUECKHALT_REPORTING_UNITS: {told}"])


@dataclass(frozen=True)
class Units:
    """Label by code, by municipality; an empty one stands for all."""

    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_file(cls, path: Path) -> "Units":
        """Read `municipality,unit,label` (other columns are for others). Raises BadUnits."""
        if not path.exists():
            return cls()
        lists: dict[str, dict[str, str]] = {}
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines)
                if "unit" not in (reader.fieldnames or ()):
                    raise BadUnits(f"{path}: the first line must name the column unit")
                for row in reader:
                    town = (row.get("municipality") or _EVERYWHERE).strip()
                    label = (row.get("label") or "").strip()
                    if label:
                        lists.setdefault(town, {})[(row["unit"] or "").strip()] = label
        except UnicodeDecodeError:
            raise BadUnits(f"{path}: not UTF-8") from None
        except OSError as error:
            raise BadUnits(f"{path}: {error.strerror}") from None
        return cls(lists)

    def labels(self, region: str) -> dict[str, str]:
        """The labels in a region; a code that its towns call differently has none."""
        found: dict[str, set[str]] = {}
        for town, units in self.lists.items():
            if town == _EVERYWHERE or town.startswith(region):
                for code, label in units.items():
                    found.setdefault(code, set()).add(label)
        return {code: each.pop() for code, each in found.items() if len(each) == 1}
