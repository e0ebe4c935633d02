# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt up` as a process, for tests: start, read the ready line, stop."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("rueckhalt")
READY_SECONDS = 60


class Up:
    """One running installation."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        kept = {n: v for n, v in os.environ.items() if not n.startswith("RUECKHALT_")}
        self.errors = folder.parent / f"{folder.name}.stderr"
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [PROGRAM, "up", "--data", folder, "--port", "0", "--json", *arguments],
                stdout=subprocess.PIPE,
                stderr=errors,
                env=kept | {f"RUECKHALT_{n}": v for n, v in variables.items()},
                text=True,
            )
        self.ready: dict[str, Any] = {}

    def __enter__(self) -> "Up":
        """Wait for the ready line."""
        assert self.process.stdout is not None
        timer = threading.Timer(READY_SECONDS, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        timer.cancel()
        assert line, self.errors.read_text()
        self.ready = json.loads(line)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, hard if it does not want to."""
        if self.process.poll() is None:
            self.process.terminate()
        self.leave()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(10)

    def leave(self) -> None:
        """Make sure nothing is left."""
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        if self.process.stdout is not None:
            self.process.stdout.close()

    @property
    def rest_of_stdout(self) -> str:
        """What came after the ready line; only after the end."""
        assert self.process.stdout is not None
        return self.process.stdout.read()

    @property
    def workers(self) -> list[int]:
        """The arbiter's children."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in listed.split()]
