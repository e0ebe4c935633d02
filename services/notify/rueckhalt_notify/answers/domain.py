# SPDX-License-Identifier: EUPL-1.2
"""When a link may still be used, and what its page says."""

from datetime import datetime, timedelta
from enum import StrEnum

CONFIRM = "confirm"
VERBS = ("take_over", "decline", CONFIRM)
VALID_FOR = timedelta(hours=72)


class Sight(StrEnum):
    """What a page shows."""

    OPEN = "open"  # the question, with its two buttons
    DRILL = "drill"  # a drill, with its one button
    CONFIRMED = "confirmed"
    GONE = "gone"  # unknown, used, expired or over: all look the same
    RECORDED = "recorded"  # answered, the result is on its way
    YOURS = "yours"
    THEIRS = "theirs"  # somebody else was faster
    DECLINED = "declined"


def is_open(*, sent_at: datetime, revoked: bool, used: bool, now: datetime) -> bool:
    """May this link still act?"""
    return not revoked and not used and now < sent_at + VALID_FOR


def result(verb: str, *, state: str, person: str, taken_by: str | None) -> Sight:
    """What became of an answer, as far as routing has said."""
    if verb == CONFIRM:
        return Sight.CONFIRMED
    if verb == "decline":
        return Sight.DECLINED
    if state == "taken_over":
        return Sight.YOURS if taken_by == person else Sight.THEIRS
    return Sight.THEIRS if state == "ended" else Sight.RECORDED
