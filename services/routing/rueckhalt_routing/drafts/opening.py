# SPDX-License-Identifier: EUPL-1.2
"""The text of a draft as a plan, as far as it can be read: with every problem, never with none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rueckhalt_routing.plan.checking import plan_of
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.plan.matrix import document_of, expand
from rueckhalt_routing.plan.reading import PlanRefused, Problem

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Opened:
    """What a text says. Without a document it is no readable YAML; without a plan it has faults.

    `plan` is there for a plan without a catch-all rule, too: its gaps can be shown.
    """

    source: str
    problems: tuple[Problem, ...]
    text: str = ""
    plan: Plan | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The whole plan as plain values, the default matrix taken in; empty if unreadable."""
        found: dict[str, Any] = json.loads(self.text) if self.text else {}
        return found

    @property
    def has_comments(self) -> bool:
        """Would a form that writes the text anew lose a line that is for people only?"""
        if not self.text:
            return False
        kept = {line.strip() for line in written(self.document).splitlines()}
        lines = {line.strip() for line in self.source.splitlines()}
        return any("#" in line for line in lines - kept)

    @property
    def is_readable(self) -> bool:
        """Could this text be published, as far as reading goes?"""
        return self.plan is not None and not self.problems

    @property
    def draft(self) -> Draft | None:
        """What is proved and published; none while there is no plan."""
        if self.plan is None:
            return None
        return Draft(plan=self.plan, source=self.source, document=self.text)

    @property
    def hash(self) -> str:
        """What a check holds for; empty while there is no plan."""
        return self.draft.hash if self.draft else ""


@lru_cache(maxsize=32)
def opened(source: str) -> Opened:
    """Read a text as far as it goes."""
    from rueckhalt_routing.plan.yaml_text import read_yaml  # noqa: PLC0415 - only for files

    try:
        root = expand(read_yaml(source))
    except PlanRefused as error:
        return Opened(source, tuple(error.problems))
    text = document_of(root)
    try:
        return Opened(source, (), text, plan_of(root))
    except PlanRefused as error:
        return Opened(source, tuple(error.problems), text, error.with_gaps)


def written(document: Document) -> str:
    """A document as the text of a draft."""
    from rueckhalt_routing.plan.writing import to_yaml  # noqa: PLC0415 - only for files

    return to_yaml(document)


def text_of(name: str, content: bytes) -> str:
    """A file of any format as the text of a draft; YAML stays as it is, faults and all.

    Raises PlanRefused where a file of another format cannot be read, UnicodeDecodeError.
    """
    from rueckhalt_routing.plan.files import format_of, read_entries  # noqa: PLC0415 - for files

    if format_of(name) == "yaml":
        return content.decode("utf-8-sig")
    return written(json.loads(document_of(read_entries(name, content))))
