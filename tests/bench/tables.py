# SPDX-License-Identifier: EUPL-1.2
"""Rows of figures as a table for people (Markdown)."""

from typing import Any

Row = dict[str, Any]


def flat(row: Row, before: str = "") -> dict[str, str]:
    """Nested figures by dotted names."""
    found: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}.")
        elif isinstance(value, list):
            found[before + name] = " ".join(str(each) for each in value)
        else:
            found[before + name] = "–" if value is None else str(value)
    return found


def table(rows: list[Row]) -> str:
    """All rows below each other; a column for every figure that any of them has."""
    flattened = [flat(row) for row in rows]
    columns = list(dict.fromkeys(name for row in flattened for name in row if name != "bench"))
    if len(columns) > 20:  # a few rows with very much in them read better as lists
        return "\n\n".join(_listed(row) for row in flattened) + "\n"
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(row.get(name, "") for name in columns) + " |" for row in flattened]
    return "\n".join(lines) + "\n"


def _listed(row: dict[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in row.items())
