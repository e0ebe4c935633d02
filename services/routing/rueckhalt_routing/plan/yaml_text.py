# SPDX-License-Identifier: EUPL-1.2
"""YAML as plain entries that know their line. Every scalar is text, whatever YAML thinks of it.

`safe_load` would turn `01001000` into a number and `22:10` into minutes; anchors, tags and double
keys are refused, because nobody who reads a plan should have to know them. Imported only where a
file is read: a running service reads what it has kept.
"""

from typing import Any

import yaml

from rueckhalt_routing.plan.reading import Entry, PlanRefused, Problem

_LARGEST = 1024 * 1024
MOST = 60_000  # entries: room for two thousand rules; far more would keep a service busy
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)


class _Loader(yaml.SafeLoader):
    nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.nodes += 1
        if self.nodes > MOST:
            raise PlanRefused([Problem(1, "", "too_many")])
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise PlanRefused([Problem(line, "", "no_aliases")])
        return super().compose_node(parent, index)


def read_yaml(text: str) -> Entry:
    """The file as entries; raises PlanRefused where it is no plain YAML mapping."""
    if len(text.encode(errors="replace")) > _LARGEST:
        raise PlanRefused([Problem(1, "", "too_large")])
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
        if not isinstance(node, yaml.MappingNode):
            raise PlanRefused([Problem(1, "", "want_mapping")])
        return _entry(node, "")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise PlanRefused([Problem(line, "", "unreadable")]) from error
    except RecursionError as error:
        raise PlanRefused([Problem(1, "", "too_deep")]) from error


def _entry(node: yaml.Node, path: str) -> Entry:
    line = node.start_mark.line + 1
    if node.tag not in _PLAIN_TAGS:
        raise PlanRefused([Problem(line, path, "no_tags", str(node.tag)[:60])])
    if isinstance(node, yaml.SequenceNode):
        return Entry(line, path, [_entry(n, f"{path}[{i}]") for i, n in enumerate(node.value)])
    if not isinstance(node, yaml.MappingNode):
        return Entry(line, path, str(node.value))
    found: dict[str, Entry] = {}
    for key, value in node.value:
        name = str(key.value)
        child = f"{path}.{name}".lstrip(".")
        key_line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise PlanRefused([Problem(key_line, path, "want_text")])
        if name in found:
            raise PlanRefused([Problem(key_line, child, "twice")])
        found[name] = _entry(value, child)
    return Entry(line, path, found)
