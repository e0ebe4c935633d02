# SPDX-License-Identifier: EUPL-1.2
"""What a browser would send of a form that nobody has touched."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    """Collects the fields of the first form that carries a version."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and own["type"] not in ("checkbox", "radio", "file"):
            self._add(own["name"], own.get("value", ""))
        elif tag == "input" and "checked" in own:
            self._add(own["name"], own["value"])
        elif tag == "select":
            self._select = own["name"]
            self._add(self._select, "")
        elif tag == "option" and "selected" in own:
            self.forms[-1][self._select][-1] = own["value"]
        elif tag == "textarea":
            self._area = own["name"]
            self._add(self._area, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    def handle_data(self, text: str) -> None:
        if self._area:
            self.forms[-1][self._area][-1] += text.removeprefix("\n")

    def _add(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].setdefault(name, []).append(value)


def untouched(page: str) -> dict[str, list[str]]:
    """The fields of the page's form of a part, as they stand."""
    fields = _Fields()
    fields.feed(page)
    (form,) = (each for each in fields.forms if "version" in each)
    del form["csrf_token"]
    return form
