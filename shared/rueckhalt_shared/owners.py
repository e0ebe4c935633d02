# SPDX-License-Identifier: EUPL-1.2
"""Names of lease holders that tell others on the same machine when their process is gone.

A name holds the machine's boot, the container (PID namespace), the process and its start: a number
that was given to another process since does not keep a dead one alive. Of a process on another
machine, or in another container, nothing is concluded; its lease runs out by itself.
"""

import os
import uuid
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_PARTS = 6  # role, boot, container, process, start, a number of its own


def name(role: str) -> str:
    """A holder's name in this process, at most 80 characters for a role of up to 20."""
    return f"{role}-{_place() or 'x-x'}-{_life(os.getpid()) or 'x-x'}-{uuid.uuid4().hex[:8]}"


def is_gone(owner: str) -> bool:
    """Was it a process of this machine and container that is dead now? When in doubt, no."""
    parts = owner.split("-")
    if len(parts) != _PARTS or not parts[3].isdigit() or not parts[4].isdigit():
        return False
    if "-".join(parts[1:3]) != _place():
        return False
    return _life(int(parts[3])) not in ("-".join(parts[3:5]), "hidden")


@cache
def _place() -> str | None:
    """Boot and PID namespace; none where the system does not tell."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip().replace("-", "")
        return f"{boot[:16]}-{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return None


def _life(process: int) -> str | None:
    """Number and start of a living process; none for a dead one, reaped or not."""
    try:
        told = (_PROC / str(process) / "stat").read_text("utf-8", "replace")
    except OSError:
        return "hidden" if _answers(process) else None
    state, *rest = told.rpartition(")")[2].split()
    return None if state in "ZXx" else f"{process}-{rest[18]}"


def _answers(process: int) -> bool:
    """Is there such a process, though it is shown to its owner only?"""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
