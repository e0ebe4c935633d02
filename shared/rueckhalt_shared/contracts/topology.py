# SPDX-License-Identifier: EUPL-1.2
"""Every queue of the whole system with the routing keys it binds. Queue names are an API."""

_RESPONSIBILITY = (
    "responsibility.assigned.v1",
    "responsibility.escalated.v1",
    "responsibility.taken_over.v1",
    "responsibility.lapsed.v1",
    "responsibility.handed_over.v1",
    "responsibility.completed.v1",
)
_WORDS = ("responsibility.offered.v1", "responsibility.reminded.v1")
_INCIDENT = ("incident.registered.v1", "incident.amended.v1", "incident.closed.v1")
_GAPS = ("plan.gap_found.v1", "plan.gap_closed.v1")
_PLAN = ("plan.published.v1", "plan.proved.v1")
_SWAPS = ("swap.changed.v1",)
_ERASURE = ("incident.erasure_ordered.v1",)
_KEPT = (*_ERASURE, "incident.hold_changed.v1")
_LEDGER = ("ledger.stated.v1", "resend.requested.v1")

SERVICES: tuple[str, ...] = ("intake", "routing", "notify", "reporting")

QUEUES: dict[str, tuple[str, ...]] = {
    "intake.note-responsibility": _RESPONSIBILITY,
    "intake.count-receipts": ("incident.erased.v1",),
    "intake.note-anchors": ("audit.head_posted.v1",),
    "intake.mark-emergencies": _PLAN,
    "intake.keep-ledger": _LEDGER,
    "routing.assign-incidents": _INCIDENT,
    "routing.remind-of-deadlines": ("deadline.approaching.v1",),
    "routing.tell-of-messages": ("message.received.v1",),
    "routing.note-answers": ("notice.answered.v1",),
    "routing.note-failures": ("notice.failed.v1", "contact.reachability_changed.v1"),
    "routing.erase-incidents": _ERASURE,
    "routing.keep-ledger": _LEDGER,
    "notify.send-notices": (
        *_RESPONSIBILITY,
        *_WORDS,
        *_GAPS,
        *_SWAPS,
        "incident.closed.v1",
    ),
    "notify.announce-incidents": (
        "incident.registered.v1",
        "deadline.approaching.v1",
        "message.received.v1",
    ),
    "notify.send-audit-heads": ("audit.head_stated.v1",),
    "notify.mark-emergencies": _PLAN,
    "notify.erase-incidents": _KEPT,
    "notify.keep-ledger": _LEDGER,
    "reporting.collect-facts": (
        *_INCIDENT,
        *_RESPONSIBILITY,
        "notice.sent.v1",
        "notice.delivered.v1",
        "notice.failed.v1",
    ),
    "reporting.mark-emergencies": _PLAN,
    "reporting.erase-incidents": _KEPT,
    "reporting.keep-ledger": _LEDGER,
}

_ONLY_WITHOUT: dict[str, str] = {"notify.announce-incidents": "routing"}


def queues_for(services: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The queues of these deployed services, each with the routing keys it binds."""
    return {
        queue: keys
        for queue, keys in QUEUES.items()
        if queue.partition(".")[0] in services and _ONLY_WITHOUT.get(queue) not in services
    }
