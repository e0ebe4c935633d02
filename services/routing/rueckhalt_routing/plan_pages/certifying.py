# SPDX-License-Identifier: EUPL-1.2
"""The certificate in plain words: nobody's name, only what is proved, until when, on what terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rueckhalt_routing.certificates.signing import fingerprint
from rueckhalt_routing.plan_pages.subjects import Proved
from rueckhalt_routing.proving.told import lasting
from rueckhalt_shared.pages.words import words


@dataclass(frozen=True)
class Waits:
    """How long at worst until one human knows, and a second one; None: no limit."""

    urgency: str
    first: str | None
    second: str | None
    in_conflict: str | None
    """Until a second one knows where those who would be told are accused themselves."""


@dataclass(frozen=True)
class Certified:
    """What the page says."""

    proved_at: datetime
    valid_until: datetime
    hash: str
    key: str
    """The public key it is signed with; empty for a draft, whose certificate is not."""
    fingerprint: str
    knows_at_once: bool
    longest: str | None
    """The longest wait of the urgent cases, u3 and u2."""
    waits: tuple[Waits, ...]
    cases: int
    boxes: int
    weak_share: float
    signed_share: float
    alone: int
    """Chains that hang on one person at some time."""
    chains: int

    @property
    def is_one_left(self) -> bool:
        """Is there a case in which nobody but one person may be told?"""
        return any(each.in_conflict is None for each in self.waits)


def certified(proved: Proved) -> Certified:
    """A certificate in plain figures."""
    document = proved.document
    worst: Mapping[str, Mapping[str, int | None]] = document["worst_by_urgency"]
    conflict: Mapping[str, Mapping[str, int | None]] = document.get("worst_in_conflict", {})
    urgent = [w[u]["1"] for w in (worst, conflict) for u in ("u3", "u2", "unknown") if u in w]
    longest = None if None in urgent else max((s or 0 for s in urgent), default=0)
    universe = document["universe"]
    chains = document["chains"]
    return Certified(
        proved_at=proved.proved_at,
        hash=document["plan"]["hash"],
        key=document.get("key", ""),
        fingerprint=fingerprint(document["key"]) if "key" in document else "",
        valid_until=proved.valid_until,
        knows_at_once=longest == 0,
        longest=_said(longest),
        waits=tuple(
            Waits(
                urgency,
                _said(worst[urgency]["1"]),
                _said(worst[urgency]["2"]),
                _said(conflict.get(urgency, worst[urgency])["2"]),
            )
            for urgency in ("u3", "u2", "u1", "u0", "unknown")
            if urgency in worst
        ),
        cases=universe,
        boxes=len(document["boxes"]),
        weak_share=document["weak"]["cells"] / universe,
        signed_share=document["weak"]["signed"] / universe,
        alone=sum(chain["n_minus_1"] is False for chain in chains),
        chains=len({chain["code"] for chain in chains}),
    )


def _said(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return lasting(seconds) if seconds else words("plan.at_once")
