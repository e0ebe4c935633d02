# SPDX-License-Identifier: EUPL-1.2
"""The certificate of responsibility: what is proved, of which plan, and until when.

Canonical JSON (sorted keys, no spaces, no floats) with codes, times and figures; no name. Cells
stand in it as boxes, so that `verify` can check them without believing the prover.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rueckhalt_routing.proof.covering import Covering
from rueckhalt_routing.proof.table import Dimension

FORMAT = 1
CHECKER = "4"
"""Changes whenever the same plan would get another certificate."""


def canonical(document: Mapping[str, Any]) -> str:
    """The one way to write it down."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(document: Any) -> str:
    """What tells two inputs apart."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def table_part(
    dimensions: Sequence[Dimension], covering: Covering, codes: Sequence[str]
) -> dict[str, Any]:
    """The boxes with their winners, in the order of dimensions that makes them so few."""
    boxes = [
        [*(f"{mask:x}" for mask in box.masks), None if box.rule is None else codes[box.rule]]
        for box in covering.boxes()
    ]
    universe = 1
    for dimension in dimensions:
        universe *= dimension.size
    return {
        "domain": [[dimension.name, list(dimension.values)] for dimension in dimensions],
        "order": list(covering.order),
        "universe": universe,
        "boxes": boxes,
    }


def certificate(
    *,
    municipality: str,
    plan_hash: str,
    table: Mapping[str, Any],
    weak: Mapping[str, int],
    chains: Iterable[Mapping[str, Any]],
    times: Mapping[str, str],
    inputs: Mapping[str, str],
) -> dict[str, Any]:
    """The whole document; `times` holds from, horizon and valid_until as UTC, ISO 8601."""
    listed = sorted((dict(chain) for chain in chains), key=digest)
    return {
        "format": FORMAT,
        "checker": CHECKER,
        "municipality": municipality,
        "plan": {"hash": plan_hash},
        **table,
        "weak": dict(weak),
        "chains": listed,
        "worst_by_urgency": _worst(chain for chain in listed if not chain["conflict"]),
        "worst_in_conflict": _worst(chain for chain in listed if chain["conflict"]),
        **times,
        **inputs,
    }


def _worst(chains: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int | None]]:
    """The longest waits of each urgency over these chains; none where somebody may never know."""
    found: dict[str, dict[str, int | None]] = {}
    for chain in chains:
        known = found.setdefault(chain["urgency"], dict(chain["worst_s"]))
        for count, seconds in chain["worst_s"].items():
            before = known[count]
            known[count] = None if before is None or seconds is None else max(before, seconds)
    return found
