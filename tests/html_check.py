# SPDX-License-Identifier: EUPL-1.2
"""What is wrong with a page's HTML: nesting, ids and what points to them, labels, headings."""

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})
_FIELDS = frozenset({"input", "select", "textarea"})
_POINTERS = ("aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage")
Attributes = dict[str, str | None]


class Page(HTMLParser):
    """A page as its elements, in order; `faults()` says what is wrong."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes]] = []
        self._open: list[str] = []
        self._nesting: list[str] = []
        self._inside: dict[int, tuple[str, ...]] = {}
        self._is_html5 = text.lstrip().startswith("<!doctype html>")
        self.feed(text)
        self._nesting += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        doubled = [name for name, count in Counter(n for n, _ in attrs).items() if count > 1]
        self._nesting += [f"<{tag}> has {name} twice" for name in doubled]
        self._inside[len(self.found)] = tuple(self._open)
        self.found.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self._nesting.append(f"</{tag}> closes <{self._open[-1] if self._open else ''}>")

    def all(self, tag: str) -> list[Attributes]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.found if name == tag]

    def ids(self) -> list[str]:
        """All ids, in their order."""
        return [str(attributes["id"]) for _, attributes in self.found if "id" in attributes]

    def faults(self) -> list[str]:
        """Everything that is wrong."""
        if not self._is_html5:
            return ["does not begin with <!doctype html>"]
        return [
            *self._nesting,
            *(f"id {name} twice" for name, count in Counter(self.ids()).items() if count > 1),
            *self._loose_pointers(),
            *self._fields(),
            *self._headings(),
            *self._structure(),
            *self._inline(),
        ]

    def _loose_pointers(self) -> Iterator[str]:
        ids = set(self.ids())
        for tag, attributes in self.found:
            for name in _POINTERS:
                for target in (attributes.get(name) or "").split():
                    if target not in ids:
                        yield f"<{tag}> {name} points to no element: {target}"
            href = attributes.get("href") or ""
            if href.startswith("#") and href[1:] not in ids:
                yield f"link to nowhere: {href}"

    def _fields(self) -> Iterator[str]:
        labelled = {label.get("for") for label in self.all("label")}
        controls = {a.get("id") for tag, a in self.found if tag in _FIELDS}
        yield from (f"label for nothing: {name}" for name in labelled - controls)
        for tag, attributes in self.found:
            if tag not in _FIELDS or attributes.get("type") in ("hidden", "submit"):
                continue
            if attributes.get("id") not in labelled and "aria-label" not in attributes:
                yield f"<{tag} name={attributes.get('name')}> has no label"
            typed = tag == "input" and attributes.get("type") in ("text", "email", "password")
            if typed and "autocomplete" not in attributes:
                yield f"<{tag} name={attributes.get('name')}> says nothing about autocomplete"
        yield from (f"button without a type: {b}" for b in self.all("button") if "type" not in b)
        if len(self.all("fieldset")) != len(self.all("legend")):
            yield "a fieldset without legend"

    def _headings(self) -> Iterator[str]:
        levels = [int(tag[1]) for tag, _ in self.found if tag in ("h1", "h2", "h3", "h4")]
        if levels.count(1) != 1:
            yield f"{levels.count(1)} first headings"
        for before, after in pairwise(levels):
            if after > before + 1:
                yield f"h{after} follows h{before}"

    def _structure(self) -> Iterator[str]:
        for tag in ("main", "header", "footer", "title"):
            if len(self.all(tag)) != 1:
                yield f"{len(self.all(tag))} times <{tag}>"
        if not self.all("html")[0].get("lang"):
            yield "no language"
        if len(self.all("table")) != len(self.all("caption")):
            yield "a table without caption"
        yield from (
            f"header cell without scope: {cell}" for cell in self.all("th") if "scope" not in cell
        )
        posting = [form for form in self.all("form") if form.get("method") == "post"]
        tokens = [field for field in self.all("input") if field.get("name") == "csrf_token"]
        if len(posting) != len(tokens):
            yield "a form without token"
        for index, (tag, _) in enumerate(self.found):
            if tag in ("a", "button") and {"a", "button"} & set(self._inside[index]):
                yield f"<{tag}> inside something clickable"
            if tag in ("div", "p", "ul", "h2", "table") and "p" in self._inside[index]:
                yield f"<{tag}> inside <p>"

    def _inline(self) -> Iterator[str]:
        for tag, attributes in self.found:
            if "style" in attributes or tag == "style":
                yield f"inline style in <{tag}>"
            if tag == "script" and "src" not in attributes:
                yield "inline script"
            yield from (f"<{tag}> {name}" for name in attributes if name.startswith("on"))
