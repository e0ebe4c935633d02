# SPDX-License-Identifier: EUPL-1.2
"""What would close a hole in a plan, as a sentence."""

from collections.abc import Sequence

from rueckhalt_routing.proof.covering import Covering, Masks
from rueckhalt_routing.proof.proposing import proposals
from rueckhalt_routing.proof.wording import Speech

_MOST = 3
_WORDS = {
    "de": (
        "Regel „{rule}“ erweitern um {name}: {values}",
        "eine eigene Regel genau dafür",
        " – oder ",
    ),
    "en": ("widen rule {rule} by {name}: {values}", "a rule of its own for just that", " – or "),
}


def proposed(
    covering: Covering, gap: Masks, *, codes: Sequence[str], earlier: Sequence[int], say: Speech
) -> str:
    """Up to three ways to close the gap that take no case from another rule."""
    widen, own, between = _WORDS[say.language]
    found: list[str] = []
    for proposal in proposals(covering, gap, earlier):
        if proposal.rule is None or proposal.dimension is None:
            found = [*found[: _MOST - 1], own]
            continue
        dimension = say.dimensions[proposal.dimension]
        added = (
            proposal.masks[proposal.dimension] & ~covering.rules[proposal.rule][proposal.dimension]
        )
        found.append(
            widen.format(
                rule=codes[proposal.rule],
                name=say.names.get(dimension.name, dimension.name),
                values=say.values(dimension, added),
            )
        )
    return between.join(found)
