# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt up --demo` as a process: what a person at the command line gets."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

_RUECKHALT = Path(sys.executable).parent / "rueckhalt"


@dataclass(frozen=True)
class Demo:
    """A ready demo and what its line said."""

    process: "subprocess.Popen[str]"
    ready: dict[str, Any]

    def api(self, method: str, service: str, path: str, **options: Any) -> requests.Response:
        """One request with the printed key."""
        headers = {"Authorization": f"Bearer {self.ready['api_key']}"} | options.pop("headers", {})
        url = self.ready["services"][service] + path
        return requests.request(method, url, headers=headers, timeout=30, **options)

    def mails(self) -> list[dict[str, Any]]:
        """What the catcher has caught."""
        answer = requests.get(self.ready["mail"] + "/messages.json", timeout=30)
        return list(answer.json())


@contextmanager
def running_demo(folder: Path, *options: str, **environment: str) -> Iterator[Demo]:
    """Start it on a free port, wait for its line, stop it with SIGTERM."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("RUECKHALT_")}
    with (folder.parent / f"{folder.name}.log").open("ab") as log:
        process = subprocess.Popen(
            [_RUECKHALT, "up", "--demo", "--json", "--port", "0", "--data", str(folder), *options],
            env=clean | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (folder.parent / f"{folder.name}.log").read_text()[-3000:]
        yield Demo(process, json.loads(line))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        process.stdout.close()
