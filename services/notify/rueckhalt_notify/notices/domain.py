# SPDX-License-Identifier: EUPL-1.2
"""What a notice is, which states it passes, and what makes two notices the same one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

DRILL = "drill"
CALM = frozenset({"u0", "u1"})
ASKING = frozenset({"ask", "offer", "drill"})
"""The purposes that want an answer."""
PARTS = ("lead", "signs", "asked", "told")
INFORM_WITHIN = timedelta(hours=72)
AT_LEAST = timedelta(minutes=15)

# A state that is left never comes back; sent, failed and cancelled are final.
NEXT: Mapping[str, frozenset[str]] = {
    "waiting": frozenset({"sending", "failed", "cancelled"}),
    "sending": frozenset({"waiting", "sent", "failed", "cancelled"}),
    "sent": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
STATES = tuple(NEXT)
_TEMPLATES = {
    "taken_over": "taken_over",
    "announce": "registered",
    "remind": "reminded",
    "deadline": "deadline",
    "message": "message",
    "drill": "drill",
    "plan_gap": "plan_gap",
}
SWAPS: Mapping[str, str] = {
    "asked": "swap_asked",
    "reminded": "swap_remind",
    "agreed": "swap_agreed",
    "refused": "swap_refused",
    "withdrawn": "swap_undone",
    "lapsed": "swap_lapsed",
    "set": "swap_set",
}
"""What is said of a swap or a duty that was set, by its state; purpose and template in one."""
OPEN_SWAPS = frozenset({"asked", "reminded"})
FINAL = frozenset(state for state, following in NEXT.items() if not following)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What this installation allows."""

    is_demo: bool = False
    announce_to: tuple[str, ...] = ()  # who is told where routing is not deployed
    language: str = "de"
    max_level: int = 0


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Which notices a caller may know of; everything else does not exist for them.

    A machine sees its municipalities' notices. A signed-in person never sees one about an
    incident that is in conflict with them, and only their own, unless they keep the contacts.
    An account that is nobody of the plan sees none: who is in conflict could not be told.
    """

    municipalities: tuple[str, ...]
    is_person: bool = False
    person: str | None = None
    keeps_contacts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one contact for one purpose."""

    id: str
    key: str
    source_event: str
    subject: str  # the incident
    municipality: str
    mode: str
    assignment: str | None
    owner_kind: str
    owner_id: str
    part: str
    purpose: str  # ask, offer, tell, remind, taken_over, handed_over, announce, drill
    step: int
    round: int
    urgency: str
    contact_id: str | None
    template: str
    template_version: int
    language: str
    level: int
    lane: int
    state: str
    attempts: int = 0
    failures: int = 0  # since the last time everything was due again
    doubtful: bool = False
    is_plain: bool = False
    asked_at: datetime
    created_at: datetime
    due_at: datetime
    take_over_by_at: datetime | None = None
    deliver_by_at: datetime
    finished_at: datetime | None = None
    revoked_at: datetime | None = None
    resend_of: str | None = None
    sender: str | None = None
    lease_until_at: datetime | None = None

    @property
    def person(self) -> str | None:
        """The person's id, if it is for one."""
        return self.owner_id if self.owner_kind == "person" else None

    @property
    def partner(self) -> str | None:
        """The partner's id, if it is for one."""
        return self.owner_id if self.owner_kind == "partner" else None

    @property
    def is_urgent(self) -> bool:
        """Does every minute count?"""
        return self.urgency not in CALM

    @property
    def has_link(self) -> bool:
        """Only a person who is asked something gets a link; a drill asks partners, too."""
        if self.purpose == "drill":
            return self.owner_kind != "office"
        return self.purpose in ASKING and self.owner_kind == "person"


def reaches_people(mode: str, policy: Policy) -> bool:
    """Test and drill never reach a person unasked; a demo event only inside a demo."""
    return mode == "live" or (mode == "demo" and policy.is_demo)


def notice_key(  # each argument is a part of the identity
    about: str, *, step: int, round: int, owner: str, contact: str, purpose: str
) -> str:
    """The same notice gets the same key however often its event comes."""
    parts = (about, str(step), str(round), owner, contact, purpose)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def purpose_of(part: str) -> str:
    """Who leads is asked to take over; everybody else is told."""
    return "ask" if part == "lead" else "tell"


def template_of(purpose: str, owner_kind: str) -> str:
    """Which text a purpose uses; a partner organisation has no link to click."""
    if purpose in ("ask", "offer"):
        return f"{purpose}ed" if owner_kind == "person" else "told"
    return purpose if purpose in SWAPS.values() else _TEMPLATES.get(purpose, "told")


def lane_of(urgency: str, purpose: str) -> int:
    """The smaller lane goes first: urgent questions, questions, everything else."""
    if purpose in ASKING or purpose == "announce":
        return 0 if urgency not in CALM else 1
    return 2


def deliver_by(now: datetime, take_over_by: datetime | None, purpose: str) -> datetime:
    """When trying ends. A question that came late is still asked for a quarter of an hour."""
    if purpose in ASKING and take_over_by is not None:
        return max(take_over_by, now + AT_LEAST)
    return now + INFORM_WITHIN


def message_id(key: str, domain: str) -> str:
    """The same on every attempt, so that a repeat is recognisable."""
    return f"<{key[:40]}@{domain}>"
