# SPDX-License-Identifier: EUPL-1.2
"""The Docker engine and docker compose: what is there, what is missing, and a private engine."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support import eventually

Command = tuple[str, ...]


class Missing(Exception):
    """What this machine lacks, in words for the person who asked."""


def run(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    given: str | bytes | None = None,
    seconds: float = 600,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; a failure shows the end of what it said."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | dict(env or {}),
        input=given.decode() if isinstance(given, bytes) else given,
        stdin=None if given is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if check and done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-3000:]
        raise AssertionError(f"{' '.join(map(str, command))}: {done.returncode}\n{said}")
    return done


def docker(*arguments: str | Path, **options: object) -> str:
    """Run docker; its output."""
    return run("docker", *arguments, **options).stdout  # type: ignore[arg-type]


def compose_command() -> Command:
    """`docker compose` or, where that is missing, `docker-compose`."""
    if shutil.which("docker") is None:
        raise Missing("docker is not installed (Debian: apt install docker.io docker-compose)")
    if run("docker", "compose", "version", check=False).returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise Missing(
        "neither `docker compose` nor docker-compose (Debian: apt install docker-compose)"
    )


def answers() -> bool:
    """Whether an engine answers under DOCKER_HOST or the usual socket."""
    return run("docker", "info", check=False, seconds=30).returncode == 0


@contextmanager
def engine() -> Iterator[str]:
    """The engine that runs, else one of our own in a temporary folder; yields which it is."""
    if os.geteuid() != 0:
        raise Missing("run it as root: the secrets must belong to user 10001")
    if answers():
        yield "the engine that runs here"
        return
    daemon = shutil.which("dockerd", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if daemon is None:
        raise Missing("no Docker engine answers, and dockerd is not installed to start one")
    folder = Path(tempfile.mkdtemp(prefix="compose-engine-"))
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = f"unix://{folder}/docker.sock"
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen(
            [
                *(daemon, "--host", os.environ["DOCKER_HOST"], "--data-root", folder / "data"),
                *("--exec-root", folder / "run", "--pidfile", folder / "pid"),
            ],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        eventually(lambda: started.poll() is not None or answers(), within=60, step=0.5)
        if started.poll() is not None:
            said = (folder / "log").read_text("utf-8")[-1500:]
            raise Missing(f"dockerd does not start on this machine; it said:\n{said}")
        yield "an engine of its own, started for this test"
    finally:
        started.terminate()
        started.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
        if before is None:
            del os.environ["DOCKER_HOST"]
        else:
            os.environ["DOCKER_HOST"] = before
