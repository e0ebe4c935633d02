# SPDX-License-Identifier: EUPL-1.2
"""The cross-check of a whole plan: every single case is counted, and the figures must agree."""

from collections.abc import Iterator

from rueckhalt_routing.proof.covering import won
from rueckhalt_routing.proof.enumerating import enumerated
from rueckhalt_routing.proving.tables import Laid
from rueckhalt_routing.proving.told import Told


def counted_wrong(laid: Laid) -> Iterator[Told]:
    """Rules whose number of cases differs between boxes and enumeration: a fault of the prover."""
    counted = enumerated(laid.sizes, laid.masks)
    by_boxes = won(laid.boxes, len(laid.rules))
    for index, rule in enumerate(laid.rules):
        if counted[index] != by_boxes[index]:
            figures = f"{by_boxes[index]} / {counted[index]}"
            yield Told(
                "prover_wrong",
                f"Der Beweis widerspricht der Abzählung: {rule.code}: {figures}.",
                f"The proof contradicts the enumeration: {rule.code}: {figures}.",
            )
