# SPDX-License-Identifier: EUPL-1.2
"""The data folder of `rueckhalt up`: locked by one process, of one mode for good.

`installation.json` (0600) keeps what must be the same at the next start: mode, municipality, key.
Files of others in the folder are left alone.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

_OURS = ("intake.db", "routing.db", "notify.db", "reporting.db", "identity.db", "bus.db")
_FILE = "installation.json"


class FolderRefused(Exception):
    """This folder cannot be used for what was asked."""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What a data folder remembers from start to start."""

    mode: Literal["real", "demo"]
    municipality: str = ""
    api_key: str = field(default="", repr=False)
    seeded: bool = False
    keys: dict[str, str] = field(default_factory=dict, repr=False)
    """What services of this process show each other, by "caller neighbour"."""
    accounts: list[dict[str, Any]] = field(default_factory=list, repr=False)
    """Of the sample installation: user, password and roles of each made-up person."""


class ClaimedFolder:
    """A claimed folder; the lock lasts as long as a process of this installation lives."""

    def __init__(self, path: Path, lock: int, installation: Installation, *, new: bool) -> None:
        self.path = path
        self.installation = installation
        self.is_new = new
        self._lock: int | None = lock

    def leave(self) -> None:
        """Give the lock back; the end of the process does the same."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def remember(self, **changes: Any) -> None:
        """Write the installation's file anew, whole or not at all."""
        self.installation = replace(self.installation, **changes)
        draft = self.path / f".{_FILE}.new"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(self.installation), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path / _FILE)


def claim(path: Path, *, mode: Literal["real", "demo"], empty: bool = False) -> ClaimedFolder:
    """Lock the folder, made where missing; raises FolderRefused with the reason."""
    path = path.resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _locked(path)
    except OSError as error:
        raise FolderRefused(f"{path}: {error.strerror}") from None
    try:
        known = _usable(path, mode, empty=empty)
    except FolderRefused:
        os.close(lock)
        raise
    folder = ClaimedFolder(path, lock, known or Installation(mode=mode), new=known is None)
    if known is None:
        folder.remember()
    return folder


def _usable(path: Path, mode: str, *, empty: bool) -> Installation | None:
    """What the folder remembers, None for a new one; raises FolderRefused."""
    known = _read(path / _FILE)
    holds_data = known is not None or any((path / name).exists() for name in _OURS)
    found = known.mode if known else "real"
    if holds_data and found != mode:
        told = "a demo" if found == "demo" else "real data"
        raise FolderRefused(f"{path} holds {told}; choose another folder with --data")
    if holds_data and empty:
        raise FolderRefused(f"{path} is not empty; leave out --empty to go on with its data")
    return known


def installation_in(path: Path) -> Installation | None:
    """What a folder remembers, without claiming it; for commands beside a running `up`."""
    return _read(path.resolve() / _FILE)


def _locked(path: Path) -> int:
    """The lock's file stays open, in the worker process, too: one lock for both."""
    handle = os.open(path / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise FolderRefused(f"{path} is in use by another 'rueckhalt up'") from None
    return handle


def _read(path: Path) -> Installation | None:
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text("utf-8"))
        names = {each.name for each in fields(Installation)}
        return Installation(**{name: told[name] for name in names & set(told)})
    except (ValueError, TypeError) as error:
        raise FolderRefused(f"{path} cannot be read: {type(error).__name__}") from None
