# SPDX-License-Identifier: EUPL-1.2
"""Named crash points: a test kills the process exactly between two writes.

`RUECKHALT_CRASH_AT=relay.after_publish:3` kills with SIGKILL at the third pass of that point.
It works only together with `RUECKHALT_TEST=1`, so that a stray variable never stops a town.
"""

import os
import signal
import threading

POINTS = frozenset(
    {
        "http.before_commit",
        "http.after_commit",
        "http.after_reply",
        "relay.after_lease",
        "relay.before_publish",
        "relay.after_publish",
        "relay.after_mark",
        "bus.publish_before_commit",
        "bus.publish_after_commit",
        "bus.after_lease",
        "bus.before_ack_commit",
        "consume.before_begin",
        "consume.after_inbox",
        "consume.in_handler",
        "consume.before_commit",
        "consume.after_commit",
        "consume.after_ack",
        "park.before_commit",
        "retry.in_handler",
        "timer.after_claim",
        "timer.after_commit",
        "sender.after_claim",
        "smtp.before_data",
        "smtp.after_250",
        "erase.after_rows",
        "erase.after_key",
        "erase.before_sweep",
        "erase.after_sweep",
        "keys.after_file",
        "keys.after_switch",
        "keys.after_batch",
        "keys.after_reseal",
        "keys.before_renewed",
        "keys.after_retired",
        "keys.before_forgotten",
    }
)

_lock = threading.Lock()
_passes: dict[str, int] = {}


class NoTestMode(Exception):
    """RUECKHALT_CRASH_AT is set outside test mode."""


def armed() -> tuple[str, int] | None:
    """The point and pass this process is to die at, from its environment."""
    wanted = os.environ.get("RUECKHALT_CRASH_AT")
    if not wanted:
        return None
    if os.environ.get("RUECKHALT_TEST") != "1":
        raise NoTestMode("RUECKHALT_CRASH_AT works only with RUECKHALT_TEST=1")
    name, _, count = wanted.partition(":")
    if name not in POINTS:
        raise NoTestMode(f"unknown crash point {name!r}; known: {', '.join(sorted(POINTS))}")
    return name, int(count or 1)


_armed = armed()


def at(name: str) -> None:
    """Die here if this is the armed point and pass; otherwise nothing."""
    if _armed is None or name != _armed[0]:
        return
    with _lock:
        _passes[name] = _passes.get(name, 0) + 1
        if _passes[name] == _armed[1]:
            os.write(2, f"crash point {name}\n".encode())  # whoever counts the kills reads this
            os.kill(os.getpid(), signal.SIGKILL)
