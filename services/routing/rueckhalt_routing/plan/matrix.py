# SPDX-License-Identifier: EUPL-1.2
"""The default matrix under a plan: what a plan does not say itself, it takes from there."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from rueckhalt_routing.plan.reading import Entry, PlanRefused, Problem

MATRICES = ("default",)


def expand(root: Entry) -> Entry:
    """The plan with `matrix: default` replaced by the chains, rules and times of that matrix.

    Chains, times and rules of the same code in the plan win; the plan's further rules come first
    in their tier.
    """
    wanted = root.value.get("matrix")
    if wanted is None:
        return root
    if wanted.value not in MATRICES:
        raise PlanRefused([Problem(wanted.line, "matrix", "unknown_code", "", MATRICES)])
    matrix = _at_line(_default(), wanted.line)
    own = {name: value for name, value in root.value.items() if name != "matrix"}
    for name in ("chains", "times"):
        own[name] = _merged(matrix.value.get(name), own.get(name))
    own["rules"] = _merged_rules(matrix.value["rules"], own.get("rules"))
    return Entry(root.line, root.path, own)


def document_of(root: Entry) -> str:
    """The whole plan as JSON: what is kept for good, whatever a later default matrix says."""
    return json.dumps(plain(root), ensure_ascii=False)


def read_document(document: str) -> Entry:
    """A kept plan as entries; raises PlanRefused if it is damaged."""
    try:
        return _from_plain(json.loads(document), "")
    except (ValueError, RecursionError) as error:
        raise PlanRefused([Problem(1, "", "unreadable")]) from error


@cache
def _default() -> Entry:
    from rueckhalt_routing.plan.yaml_text import read_yaml  # noqa: PLC0415 - only for files

    content = files("rueckhalt_routing") / "content" / "matrix.default.yaml"
    return read_yaml(content.read_text("utf-8"))


def _at_line(entry: Entry, line: int) -> Entry:
    """Faults in what the matrix brings are told at the line that asks for the matrix."""
    value: Any = entry.value
    if isinstance(value, dict):
        value = {name: _at_line(child, line) for name, child in value.items()}
    elif isinstance(value, list):
        value = [_at_line(child, line) for child in value]
    return Entry(line, f"matrix:{entry.path}", value)


def _merged(default: Entry | None, own: Entry | None) -> Entry:
    mappings = [e for e in (default, own) if e is not None and isinstance(e.value, dict)]
    if not mappings:
        return own or Entry(1, "", "")
    value = {name: child for each in mappings for name, child in each.value.items()}
    return Entry(mappings[-1].line, mappings[-1].path, value)


def _merged_rules(default: Entry, own: Entry | None) -> Entry:
    if own is None or not isinstance(own.value, list):
        return default
    given = {_code(rule): rule for rule in own.value}
    known = {_code(rule) for rule in default.value}
    further = [rule for rule in own.value if _code(rule) not in known]
    kept = [given.get(_code(rule), rule) for rule in default.value]
    return Entry(own.line, own.path, further + kept)


def _code(rule: Entry) -> str:
    code = rule.value.get("code") if isinstance(rule.value, dict) else None
    return code.value if code is not None and isinstance(code.value, str) else ""


def plain(entry: Entry) -> Any:
    """Entries as plain values, without their lines."""
    if isinstance(entry.value, dict):
        return {name: plain(child) for name, child in entry.value.items()}
    if isinstance(entry.value, list):
        return [plain(child) for child in entry.value]
    return entry.value


def _from_plain(value: Any, path: str) -> Entry:
    if isinstance(value, dict):
        children = {k: _from_plain(v, f"{path}.{k}".lstrip(".")) for k, v in value.items()}
        return Entry(1, path, children)
    if isinstance(value, list):
        return Entry(1, path, [_from_plain(v, f"{path}[{i}]") for i, v in enumerate(value)])
    return Entry(1, path, str(value))
