# SPDX-License-Identifier: EUPL-1.2
"""Runs a program on a stranger's file inside walls: no network, no files, no way to write.

`bwrap` makes the walls and `prlimit` the limits. Where the walls cannot be set up nothing runs:
there is no way round them here.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO

MEMORY = 384 * 1024 * 1024
_MOST_SAID = 1024 * 1024  # bytes of complaints a program may write before it is stopped
_FILES = 64
_REFUSED = b"bwrap: "
_WALLS = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
    *("--uid", "65534", "--gid", "65534", "--die-with-parent", "--new-session"),
    *("--clearenv", "--setenv", "LC_ALL", "C.UTF-8"),
    *("--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin"),
    *("--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"),
    *("--ro-bind-try", "/etc/fonts", "/etc/fonts"),
    *("--ro-bind-try", "/var/cache/fontconfig", "/var/cache/fontconfig"),
    *("--dev", "/dev", "--remount-ro", "/", "--"),
)


class NoSandbox(Exception):
    """The walls cannot be set up on this machine, so nothing was run."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A program at work: what it writes, and afterwards how it ended."""

    out: IO[bytes]
    _process: Popen[bytes]
    _said: IO[bytes]

    def ended(self) -> tuple[int, bytes]:
        """Wait; its exit code and its complaints. Raises NoSandbox."""
        code = self._process.wait()
        self._said.seek(0)
        said = self._said.read()
        if said.startswith(_REFUSED):
            raise NoSandbox(said[:200].decode("utf-8", "replace"))
        return code, said


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """Where the programs for walls and limits lie, and how long one run may take."""

    walls: Path = Path("/usr/bin/bwrap")
    limits: Path = Path("/usr/bin/prlimit")
    seconds: int = 20

    def has(self, *programs: Path) -> bool:
        """Is everything installed that such a run needs?"""
        return all(each.is_file() for each in (self.walls, self.limits, *programs))

    @contextmanager
    def running(self, command: Sequence[str], content: bytes) -> Iterator[Run]:
        """Run it with the content as its input; it ends with the block at the latest."""
        if not self.has(Path(command[0])):
            raise NoSandbox(f"{self.walls}, {self.limits} or {command[0]} is not installed")
        with _in_memory(content) as given, _in_memory(b"") as said:
            process = Popen(  # noqa: S603 - walls and limits, the file goes in by stdin
                [*self._limited(), str(self.walls), *_WALLS, *command],
                stdin=given,
                stdout=PIPE,
                stderr=said,
                env={},
            )
            brake = threading.Timer(self.seconds, process.kill)
            brake.start()
            try:
                with process.stdout or said as out:
                    yield Run(out=out, _process=process, _said=said)
            finally:
                process.kill()
                process.wait()
                brake.cancel()

    def _limited(self) -> tuple[str, ...]:
        return (
            *(str(self.limits), f"--as={MEMORY}", f"--cpu={self.seconds}"),
            *(f"--fsize={_MOST_SAID}", f"--nofile={_FILES}", "--core=0"),
        )


@contextmanager
def _in_memory(content: bytes) -> Iterator[IO[bytes]]:
    """A file that lies in memory only: in clear nothing of it touches the disk."""
    with open(os.memfd_create("evidence"), "r+b") as file:
        file.write(content)
        file.seek(0)
        yield file
