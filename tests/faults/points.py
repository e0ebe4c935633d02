# SPDX-License-Identifier: EUPL-1.2
"""Which crash point can fire in which process, and in which order they are tried.

A point of the bus file exists on the embedded bus only; on RabbitMQ the broker itself is killed
in its place.
"""

import random
from collections.abc import Iterator

from rueckhalt_shared import crash

Process = tuple[str, str]  # service and role

HTTP = ("http.before_commit", "http.after_commit", "http.after_reply")
RELAY = ("relay.after_lease", "relay.before_publish", "relay.after_publish", "relay.after_mark")
CONSUMER = (
    "bus.after_lease",
    "consume.before_begin",
    "consume.after_inbox",
    "consume.in_handler",
    "consume.before_commit",
    "consume.after_commit",
    "consume.after_ack",
    "park.before_commit",
    "retry.in_handler",
)
BUS_FILE_OUT = ("bus.publish_before_commit", "bus.publish_after_commit")
BUS_FILE_IN = ("bus.before_ack_commit",)
TIMER = ("timer.after_claim", "timer.after_commit")
SENDER = ("sender.after_claim", "smtp.before_data", "smtp.after_250")
# Erasures are rare: their points are killed at one by one (test_erasure), not in the campaign.
ERASE = ("erase.after_rows", "erase.after_key", "erase.before_sweep", "erase.after_sweep")
# Rotations are commands of their own, killed in faults/test_rotation and notify/test_rotating.
KEYS = (
    *("keys.after_file", "keys.after_switch", "keys.after_batch", "keys.after_reseal"),
    *("keys.before_renewed", "keys.after_retired", "keys.before_forgotten"),
)

WEB: Process = ("intake", "web")
_WORKERS = {
    ("intake", "worker"): (*RELAY, *BUS_FILE_OUT, *CONSUMER, *BUS_FILE_IN),
    ("routing", "worker"): (*TIMER, *CONSUMER, *RELAY, *BUS_FILE_OUT, *BUS_FILE_IN),
    ("notify", "worker"): (*SENDER, *CONSUMER, *RELAY, *BUS_FILE_OUT, *BUS_FILE_IN),
    ("reporting", "worker"): (*CONSUMER, *BUS_FILE_IN),
}
PLACES: dict[Process, tuple[str, ...]] = {WEB: HTTP, **_WORKERS}
_BUS_FILE = frozenset((*BUS_FILE_OUT, *BUS_FILE_IN))
# Passes before the kill: a point of a round that comes often may come a little later.
# A web process commits by itself, too, while it starts (its pool of keys).
_PASSES = {"http": (4, 14), "consume": (1, 4), "relay": (1, 3), "smtp": (1, 3)}


def places(*, embedded: bool) -> dict[Process, tuple[str, ...]]:
    """The points of each process in this kind of set-up."""
    return {
        process: tuple(p for p in points if embedded or p not in _BUS_FILE)
        for process, points in PLACES.items()
    }


def applicable(*, embedded: bool) -> frozenset[str]:
    """Every point that has to fire in a campaign; the kinds of set-up together cover them all."""
    campaign = crash.POINTS - frozenset((*ERASE, *KEYS))
    return campaign if embedded else campaign - _BUS_FILE


def armed(point: str, chance: random.Random) -> str:
    """The point with the pass at which it kills, as the variable wants it."""
    lowest, highest = _PASSES.get(point.partition(".")[0], (1, 2))
    return f"{point}:{chance.randint(lowest, highest)}"


def rounds(points: tuple[str, ...], start: int) -> Iterator[str]:
    """The points in turn, for ever, each process beginning elsewhere."""
    while True:
        for place in range(len(points)):
            yield points[(start + place) % len(points)]
