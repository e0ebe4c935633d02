# SPDX-License-Identifier: EUPL-1.2
"""Who holds a lease, and whether that process can still be alive."""

import itertools
import os
import secrets
import socket
from functools import lru_cache

_numbers = itertools.count(1)


def identity() -> str:
    """A name no other sender has: machine, process, one word per process, a number."""
    return f"{socket.gethostname()[:60]}|{os.getpid()}|{_word(os.getpid())}|{next(_numbers)}"


def is_dead(sender: str) -> bool:
    """True only when it ran on this machine and is certainly gone."""
    host, pid, word = (*sender.split("|"), "", "")[:3]
    if host != socket.gethostname()[:60] or not pid.isdigit():
        return False
    if int(pid) == os.getpid():  # in a container the next process often gets the same number
        return word != _word(os.getpid())
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


@lru_cache(maxsize=4)
def _word(pid: int) -> str:
    """One word per process; the number makes a fork choose its own."""
    return secrets.token_hex(6)
