# SPDX-License-Identifier: EUPL-1.2
"""Who wants a word when there is something new, of what, and when a word is tried again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

MESSAGE, AFTERCARE, STATE = "message", "aftercare", "state"
TOLD_MODES = frozenset({"live", "demo"})  # whoever tests or drills asks for no mail
PLACE = "tidings"  # what the address is sealed to
GIVEN_UP_AFTER = timedelta(days=7)
_PAUSES = (1, 5, 15, 60)  # minutes after each attempt; the last one for good


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Somebody wants to hear when there is something new; the address is sealed."""

    incident_id: str
    municipality: str
    language: str
    states: bool  # also when somebody has taken it over, or it was closed
    address: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Tiding:
    """One word on its way to notify; its id keeps it from going out twice."""

    id: str
    incident_id: str
    attempts: int
    created_at: datetime

    @property
    def pause(self) -> timedelta:
        """How long to leave it alone after this attempt; nobody else takes it meanwhile."""
        return timedelta(minutes=_PAUSES[min(self.attempts, len(_PAUSES) - 1)])


def is_wanted(wish: Wish | None, kind: str) -> bool:
    """Is a word of this kind wanted? Without a wish there is none at all."""
    return wish is not None and (kind != STATE or wish.states)
