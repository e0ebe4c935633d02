# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt up --demo`: how long until ready, the first and the second time, and how much memory.

Memory is PSS of all its processes (what several share counts once), right after ready and again
after a report has gone the whole way.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.bench.machine import Watch, check_free, pss_mb
from tests.bench.running import Processes
from tests.flows.system import ARS
from tests.support import eventually, free_port


@dataclass
class Length:
    """How many fresh folders are started twice each."""

    turns: int = 2


def bench(folder: Path, length: Length) -> Iterator[dict[str, Any]]:
    """One row per start."""
    for turn in range(length.turns):
        for which in ("fresh", "second"):
            yield _start(folder, folder / f"demo-{turn}", which)


def _start(folder: Path, data: Path, which: str) -> dict[str, Any]:
    port = check_free(free_port())
    line = folder / f"ready-{time.monotonic_ns()}.json"
    program = str(Path(sys.executable).parent / "rueckhalt")
    command = [program, "up", "--demo", "--json", "--data", str(data), "--port", str(port)]
    processes = Processes(folder)
    watch = Watch(processes.roots)
    started = time.monotonic()
    with line.open("wb") as output, (folder / "up.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=log, start_new_session=True
        )
    processes.adopt("up", process)
    try:
        watch.start()
        eventually(lambda: _ready(processes, line), within=60, step=0.005, what="the ready line")
        took = time.monotonic() - started
        watch.stop()
        memory = pss_mb([process.pid])
        told = json.loads(line.read_text())
        _report(told)
        return {
            "bench": "start",
            "which": which,
            "ready_s": round(took, 2),
            "cpu_s": round(watch.seconds["up"], 2),
            "pss_mb": memory,
            "pss_mb_after_reports": pss_mb([process.pid]),
            "others": watch.others,
        }
    finally:
        processes.stop()


def _ready(processes: Processes, line: Path) -> bool:
    processes.check()
    return line.stat().st_size > 0


def _report(told: dict[str, Any]) -> None:
    """Twenty reports over the API, so that everything has run once."""
    url = told["services"]["intake"]
    body = {"municipality": ARS, "forms": ["threat"], "narrative": "Ein Test."}
    for _ in range(20):
        headers = {"Authorization": f"Bearer {told['api_key']}"}
        answer = requests.post(f"{url}/v1/incidents", json=body, headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
    time.sleep(2.0)  # until the mails are out
