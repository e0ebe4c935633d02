# SPDX-License-Identifier: EUPL-1.2
"""One file that can be verified alone: the plan as published, the facts of the day, the proof.

The plan stands in it as the text its hash was made of, with the names it was published with; the
facts name people by their key only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rueckhalt_routing.certificates import store
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.database import Transaction

FORMAT, KIND = 1, "rueckhalt-certificate"


class NoFile(Exception):
    """There is no certificate in force, or none that kept what it was made of."""


class NotAFile(Exception):
    """This is no certificate with its plan and facts; says what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What such a file holds."""

    plan: str
    """Its document, as JSON text."""
    facts: Mapping[str, Any]
    certificate: Mapping[str, Any]

    def written(self) -> dict[str, Any]:
        """The file."""
        return {
            "format": FORMAT,
            "kind": KIND,
            "plan": self.plan,
            "facts": dict(self.facts),
            "certificate": dict(self.certificate),
        }


def file_of(tx: Transaction, municipality: str) -> Filed:
    """The certificate in force with all it was made of; raises NoFile."""
    known = store.in_force(tx, duty.house_of(tx, municipality))
    if known is None or known.document is None or known.inputs is None:
        raise NoFile(municipality)
    found = plans.version_with_texts(tx, known.plan_id)
    if found is None:
        raise NoFile(municipality)
    return Filed(plan=found[2], facts=known.inputs, certificate=json.loads(known.document))


def is_file(document: Any) -> bool:
    """Is this meant as such a file?"""
    return isinstance(document, dict) and document.get("kind") == KIND


def read_file(document: Mapping[str, Any]) -> Filed:
    """What stands in a file; raises NotAFile."""
    if str(document.get("format")) != str(FORMAT):
        raise NotAFile(f"format: {document.get('format')!s:.20}, allowed: {FORMAT}")
    plan, facts, certificate = (document.get(each) for each in ("plan", "facts", "certificate"))
    if not isinstance(plan, str):
        raise NotAFile("plan: not a text")
    if not isinstance(facts, dict):
        raise NotAFile("facts: no fields")
    if not isinstance(certificate, dict):
        raise NotAFile("certificate: no fields")
    return Filed(plan=plan, facts=facts, certificate=certificate)
