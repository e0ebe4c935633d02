# SPDX-License-Identifier: EUPL-1.2
"""Sessions: how long they last, when a second factor is fresh. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

FRESH = timedelta(minutes=5)
HALF = timedelta(minutes=5)  # between password and second factor
WRONG_CODES = 5  # then the password is asked again
TOUCH = timedelta(minutes=1)  # seen_at is that exact, so that reading costs no commit
_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")
_SHOWN = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a session may last: without being used, and at all."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sign-in state; whoever has its id is its account."""

    ref: str
    account_id: str
    stage: Literal["password", "full"]
    device: str
    created_at: datetime
    seen_at: datetime
    fresh_at: datetime | None
    wrong_codes: int

    def is_live(self, now: datetime, limits: Limits) -> bool:
        """Does it still count?"""
        if self.stage == "password":
            return now < self.created_at + HALF and self.wrong_codes < WRONG_CODES
        return now < self.seen_at + limits.idle and now < self.created_at + limits.absolute

    def is_fresh(self, now: datetime) -> bool:
        """Was the second factor shown within the last five minutes?"""
        return self.fresh_at is not None and now < self.fresh_at + FRESH


def device_of(user_agent: str) -> str:
    """Browser and system in two words, to recognise a session; nothing finer is kept."""
    browser = next((b for b in _BROWSERS if re.search(rf"\b{b}/", user_agent)), "")
    system = next((s for s in _SYSTEMS if s in user_agent), "")
    return " · ".join(_SHOWN.get(each, each) for each in (browser, system) if each) or "–"
