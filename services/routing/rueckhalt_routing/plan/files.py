# SPDX-License-Identifier: EUPL-1.2
"""A plan file of any format: YAML, JSON, CSV, XLSX, DMN. The name of a file tells which it is."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from rueckhalt_routing.plan.cells import entry_of
from rueckhalt_routing.plan.csv_text import from_csv, to_csv
from rueckhalt_routing.plan.reading import Entry, PlanRefused, Problem
from rueckhalt_routing.plan.sheets import root_of, sheets_of
from rueckhalt_routing.plan.writing import in_order, to_yaml

FORMATS = ("yaml", "json", "csv", "xlsx", "dmn")
MOST_BYTES = 8 * 1024 * 1024
"""No format may be larger; each has its own limit below that."""
_SUFFIXES = {".json": "json", ".csv": "csv", ".xlsx": "xlsx", ".dmn": "dmn", ".xml": "dmn"}
_EXCHANGED = ("format", "hits", "times", "chains", "rules")
"""What another town can use: no persons, no units, no calendar of this one."""
_OF_THE_HOUSE = ("person", "partner", "rota")
"""Kinds of targets that only this town knows."""


def format_of(name: str) -> str:
    """The format a file of this name has; YAML where the ending says nothing else."""
    return _SUFFIXES.get(PurePath(name).suffix.lower(), "yaml")


def read_entries(name: str, content: bytes, base: Mapping[str, Any] | None = None) -> Entry:
    """The entries of a plan file; what it does not say is taken from the base, if there is one.

    Raises PlanRefused where the file cannot be read.
    """
    root, tiers = _read(format_of(name), content)
    return _merged(root, base, tiers=tiers)


def _read(kind: str, content: bytes) -> tuple[Entry, frozenset[str]]:
    """The entries of the file alone, and for which tiers it has a decision table."""
    tiers: frozenset[str] = frozenset()
    if len(content) > MOST_BYTES:
        raise PlanRefused([Problem(1, "", "file_too_large", "", (f"{MOST_BYTES >> 20} MiB",))])
    if kind == "xlsx":
        from rueckhalt_routing.plan.workbook import from_xlsx  # noqa: PLC0415 - heavy

        return _counted(root_of(from_xlsx(content))), tiers
    if kind == "dmn":
        from rueckhalt_routing.plan.dmn_reading import from_dmn  # noqa: PLC0415

        tables = from_dmn(content)
        return _counted(tables.root), tables.tiers
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PlanRefused([Problem(line, "", "no_utf8")]) from None
    if kind == "csv":
        return _counted(root_of(from_csv(text))), tiers
    return (_json(text) if kind == "json" else _yaml(text)), tiers


def _counted(root: Entry) -> Entry:
    """The entries, if there are not too many of them to look at."""
    from rueckhalt_routing.plan.yaml_text import MOST  # noqa: PLC0415 - only for files

    waiting, count = [root], 0
    while waiting:
        entry = waiting.pop()
        count += 1
        if count > MOST:
            raise PlanRefused([Problem(entry.line, entry.path, "too_many")])
        if isinstance(entry.value, dict):
            waiting += entry.value.values()
        elif isinstance(entry.value, list):
            waiting += entry.value
    return root


def write_plan(document: Mapping[str, Any], kind: str) -> bytes:
    """The content of a file of this format."""
    if kind == "xlsx":
        from rueckhalt_routing.plan.workbook import to_xlsx  # noqa: PLC0415 - heavy

        return to_xlsx(sheets_of(document))
    if kind == "csv":
        return to_csv(sheets_of(document)).encode()
    if kind == "dmn":
        from rueckhalt_routing.plan.dmn_writing import to_dmn  # noqa: PLC0415

        return to_dmn(document).encode()
    if kind == "json":
        text = json.dumps(in_order(document), ensure_ascii=False, indent=2) + "\n"
        return text.encode("utf-8", "backslashreplace")  # half a letter is written as JSON does
    return to_yaml(document).encode()


def without_persons(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What another town can take over: rules, chains and times; and which chains lost a target.

    Raises PlanRefused if a chain names nothing but people of this town.
    """
    kept = {name: document[name] for name in _EXCHANGED if name in document}
    chains, changed = {}, []
    for code, chain in document.get("chains", {}).items():
        steps = [_common(step) for step in chain["steps"]]
        chains[code] = chain | {"steps": [step for step in steps if step["targets"]]}
        if not chains[code]["steps"]:
            raise PlanRefused([Problem(1, f"chains.{code}", "only_persons", code)])
        if chains[code] != chain:
            changed.append(code)
    return kept | {"chains": chains}, tuple(changed)


def _common(step: Mapping[str, Any]) -> dict[str, Any]:
    targets = [target for target in step["targets"] if not target.keys() & set(_OF_THE_HOUSE)]
    return dict(step) | {"targets": targets}


def _merged(
    root: Entry, base: Mapping[str, Any] | None, tiers: frozenset[str] = frozenset()
) -> Entry:
    """The entries over those of the base; of its rules stay those of tiers without a table."""
    if base is None:
        return root
    below = entry_of(base, 1, "").value
    found = {**below, **root.value}
    if tiers and "rules" in root.value and isinstance(found["rules"].value, list):
        others = [rule for rule in below["rules"].value if rule.value["tier"].value not in tiers]
        found["rules"] = Entry(found["rules"].line, "rules", [*found["rules"].value, *others])
    return Entry(root.line, root.path, found)


def _yaml(text: str) -> Entry:
    from rueckhalt_routing.plan.yaml_text import read_yaml  # noqa: PLC0415 - only for files

    return read_yaml(text)


def _json(text: str) -> Entry:
    """JSON read as YAML, which knows the lines, once it is certain that it is JSON."""
    try:
        json.loads(text)
    except ValueError as error:
        raise PlanRefused([Problem(getattr(error, "lineno", 1), "", "no_json")]) from None
    except RecursionError:
        raise PlanRefused([Problem(1, "", "too_deep")]) from None
    return _yaml(text.replace("\t", " "))
