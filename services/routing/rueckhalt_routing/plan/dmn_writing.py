# SPDX-License-Identifier: EUPL-1.2
"""The rules of a plan as DMN 1.3 decision tables, one a tier; the rest travels as an extension.

Inputs are the dimensions, outputs what a rule says. Tools that know DMN show and change the
tables; what DMN has no words for stands in extension elements, as readable YAML.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from rueckhalt_routing.plan.cells import ANY, BAR, cells_of
from rueckhalt_routing.plan.sheets import DIMENSIONS, RULES, THEN_LISTS
from rueckhalt_routing.plan.writing import to_yaml

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
OURS = "urn:rueckhalt:plan:1"
OUTPUTS = ("chain", "signs", "asked", "told", "without_consent", "take_over_within", "steps")
ANNOTATIONS = ("code", "reason", "source")
TIERS: Mapping[str, str] = {
    "0": "Sofortregeln",
    "1": "Vorrangregeln",
    "2": "Regelfall",
    "3": "Auffangregel",
}
_SAID = frozenset({"tier", "title", *DIMENSIONS, *OUTPUTS, *ANNOTATIONS})


def to_dmn(document: Mapping[str, Any]) -> str:
    """The text of a DMN file for a plan document."""
    rules = document.get("rules")
    is_table = isinstance(rules, list) and all(
        isinstance(rule, Mapping) and rule.get("tier") in TIERS for rule in rules
    )
    rest = {name: v for name, v in document.items() if name != "rules" or not is_table}
    title = document.get("title")
    name = title if isinstance(title, str) and title.isprintable() and title else "Plan"
    hits = "UNIQUE" if document.get("hits") == "unique" else "FIRST"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<definitions xmlns="{MODEL}" xmlns:rk="{OURS}"',
        f'    id="plan" name={quoteattr(name)} namespace="{OURS}">',
        "  <extensionElements>",
        f"    <rk:plan>{escape(to_yaml(rest))}</rk:plan>",
        "  </extensionElements>",
    ]
    for dimension in DIMENSIONS:
        lines += [
            f'  <inputData id="in_{dimension}" name="{dimension}">',
            f'    <variable name="{dimension}" typeRef="string"/>',
            "  </inputData>",
        ]
    for tier in TIERS if is_table else ():
        lines += _decision(tier, list(_of_tier(rules or [], tier)), hits)
    return "\n".join([*lines, "</definitions>"]) + "\n"


def _of_tier(rules: list[Mapping[str, Any]], tier: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for position, rule in enumerate(rules):
        if rule["tier"] == tier:
            yield position, rule


def _decision(tier: str, rules: list[tuple[int, Mapping[str, Any]]], hits: str) -> Iterator[str]:
    policy = {"0": "COLLECT", "3": "UNIQUE"}.get(tier, hits)
    yield f'  <decision id="tier_{tier}" name="{TIERS[tier]}" rk:tier="{tier}">'
    yield f'    <variable name="{TIERS[tier]}"/>'
    for name in DIMENSIONS:
        yield f'    <informationRequirement id="tier_{tier}_needs_{name}">'
        yield f'      <requiredInput href="#in_{name}"/>'
        yield "    </informationRequirement>"
    yield f'    <decisionTable id="table_{tier}" hitPolicy="{policy}">'
    for name in DIMENSIONS:
        yield f'      <input id="tier_{tier}_{name}" label="{name}">'
        yield f'        <inputExpression typeRef="string"><text>{name}</text></inputExpression>'
        yield "      </input>"
    for name in OUTPUTS:
        yield f'      <output id="tier_{tier}_says_{name}" name="{name}"/>'
    for name in ANNOTATIONS:
        yield f'      <annotation name="{name}"/>'
    for position, rule in rules:
        yield from _rule(position, rule)
    yield "    </decisionTable>"
    yield "  </decision>"


def _rule(position: int, rule: Mapping[str, Any]) -> Iterator[str]:
    cells = cells_of(rule, RULES)
    yield f'      <rule id="rule_{position}" rk:position="{position}">'
    if "title" in cells:
        yield f"        <description>{escape(cells['title'])}</description>"
    further = {name: text for name, text in cells.items() if name not in _SAID}
    if further:
        yield "        <extensionElements>"
        for name, text in further.items():
            yield f"          <rk:cell column={quoteattr(name)}>{escape(text)}</rk:cell>"
        yield "        </extensionElements>"
    for name in DIMENSIONS:
        text = "-" if cells[name] == ANY else ", ".join(_strings(cells[name]))
        yield f"        <inputEntry><text>{escape(text)}</text></inputEntry>"
    for name in OUTPUTS:
        text = _output(name, cells.get(name, ""))
        yield f"        <outputEntry><text>{escape(text)}</text></outputEntry>"
    for name in ANNOTATIONS:
        text = escape(cells.get(name, ""))
        yield f"        <annotationEntry><text>{text}</text></annotationEntry>"
    yield "      </rule>"


def _output(name: str, cell: str) -> str:
    if not cell:
        return "null"
    if name in THEN_LISTS:
        return "[" + ", ".join(_strings(cell)) + "]"
    return _string(cell)


def _strings(cell: str) -> list[str]:
    return [_string(item.strip()) for item in cell.split(BAR)]


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
