# SPDX-License-Identifier: EUPL-1.2
"""Boxes and cells as words a person can check against their own town."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rueckhalt_routing.proof.covering import Masks
from rueckhalt_routing.proof.table import Dimension

_WORDS = {
    "de": {"or": " oder ", "and": " und ", "not": "alles außer ", "any": "jeder Vorfall"},
    "en": {"or": " or ", "and": " and ", "not": "anything but ", "any": "any incident"},
}


@dataclass(frozen=True)
class Speech:
    """The dimensions with the names of their values in one language."""

    dimensions: Sequence[Dimension]
    names: Mapping[str, str]
    """Of each dimension, as it stands before its values."""
    labels: Mapping[tuple[str, str], str]
    """Of each value, by dimension and code; a value without label is said by its code."""
    language: str = "de"

    def box(self, masks: Masks) -> str:
        """The set of cases, naming only the dimensions that matter."""
        parts = [
            f"{self.names.get(d.name, d.name)}: {self.values(d, mask)}"
            for d, mask in zip(self.dimensions, masks, strict=True)
            if mask != d.full
        ]
        return "; ".join(parts) or _WORDS[self.language]["any"]

    def example(self, masks: Masks, instant: str = "") -> str:
        """One case of the set in as few words as tell it: the counter-example."""
        parts = [
            self.label(d, d.named(mask)[0])
            for d, mask in zip(self.dimensions, masks, strict=True)
            if mask != d.full and not (instant and d.name == "time_class")
        ]
        return ", ".join([*parts, *([instant] if instant else [])]) or _WORDS[self.language]["any"]

    def values(self, dimension: Dimension, mask: int) -> str:
        """The values of a mask; the missing ones where those are fewer."""
        words = _WORDS[self.language]
        left = dimension.full & ~mask
        if left and left.bit_count() * 2 < mask.bit_count():
            missing = [self.label(dimension, value) for value in dimension.named(left)]
            return words["not"] + _listed(missing, words["and"])
        return _listed([self.label(dimension, v) for v in dimension.named(mask)], words["or"])

    def label(self, dimension: Dimension, value: str) -> str:
        """The name of one value."""
        return self.labels.get((dimension.name, value), value)


def _listed(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + last + words[-1]
