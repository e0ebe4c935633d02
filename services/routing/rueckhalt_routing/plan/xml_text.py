# SPDX-License-Identifier: EUPL-1.2
"""XML as plain nodes that know their line. Entities, external parts and depth are refused."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

from rueckhalt_routing.plan.reading import PlanRefused, Problem

MOST_BYTES = 8 * 1024 * 1024
_MOST_NODES = 200_000
_DEEPEST = 40


@dataclass
class Node:
    """One element: its namespace and name, its attributes by (namespace, name), its text."""

    space: str
    name: str
    line: int
    attributes: dict[tuple[str, str], str]
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def all(self, name: str) -> Iterator["Node"]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> "Node | None":
        """The first child of this name."""
        return next(self.all(name), None)

    def get(self, name: str, space: str = "") -> str:
        """An attribute; empty where there is none."""
        return self.attributes.get((space, name), "")


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[Node] = [Node("", "", 1, {})]
        self.locator: Any = None
        self.count = 0

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - the name SAX calls
        self.locator = locator

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802
        line = self.locator.getLineNumber()
        self.count += 1
        if len(self.open) > _DEEPEST:
            raise PlanRefused([Problem(line, "", "too_deep")])
        if self.count > _MOST_NODES:
            raise PlanRefused([Problem(line, "", "too_many_rows", "", (f"≤ {_MOST_NODES}",))])
        attributes = {(space or "", local): value for (space, local), value in attrs.items()}
        node = Node(name[0] or "", name[1], line, attributes)
        self.open[-1].children.append(node)
        self.open.append(node)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802
        self.open.pop()

    def characters(self, content: str) -> None:
        self.open[-1].text += content


def read_xml(content: bytes) -> Node:
    """The root element; raises PlanRefused where it is no harmless XML."""
    import defusedxml.sax  # type: ignore[import-untyped]  # noqa: PLC0415 - only for files
    from defusedxml import (  # noqa: PLC0415
        DefusedXmlException,
    )

    if len(content) > MOST_BYTES:
        raise PlanRefused([Problem(1, "", "file_too_large", "", (f"{MOST_BYTES >> 20} MiB",))])
    builder = _Builder()
    parser = defusedxml.sax.make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(builder)
    try:
        parser.parse(io.BytesIO(content))
    except DefusedXmlException:
        line = builder.locator.getLineNumber() if builder.locator else 1
        raise PlanRefused([Problem(line, "", "no_entities")]) from None
    except (SAXException, ValueError, LookupError) as error:
        line = getattr(error, "getLineNumber", lambda: 1)() or 1
        raise PlanRefused([Problem(line, "", "no_xml")]) from None
    return builder.open[0].children[0]
