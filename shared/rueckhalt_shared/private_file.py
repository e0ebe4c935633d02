# SPDX-License-Identifier: EUPL-1.2
"""Make a database file that only its owner can read, without ever opening it.

POSIX drops all locks a process holds on a file as soon as the process closes *any* descriptor of
it ("How To Corrupt An SQLite Database File", section 2.2). So a new file is made under another
name and linked into place; an existing one is never opened beside SQLite.
"""

import os
import stat
import tempfile
from pathlib import Path


def make_private(path: str | Path) -> None:
    """The file exists afterwards with mode 0600 or stricter; raises OSError."""
    target = Path(path)
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        _link_new(target)
        return
    if stat.S_IMODE(mode) & 0o077:
        target.chmod(0o600)


def _link_new(target: Path) -> None:
    handle, draft = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)  # mode 0600
    os.close(handle)
    try:
        os.link(draft, target)
    except FileExistsError:
        return  # another process was faster, and made the same
    finally:
        os.unlink(draft)
