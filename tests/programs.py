# SPDX-License-Identifier: EUPL-1.2
"""The programs beside Python that some tests need: where they are, and how they get there.

A test marked `rabbitmq`, `postgres`, `browser`, `sandbox` or `pdf` is skipped with a reason where
its program is missing; with `CI=true` it fails instead. `python -m tests.programs` (called by
`make test`) installs the missing ones when it runs as root on Debian and otherwise says what is
left out.
"""

import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Program:
    """One program, the Debian package that brings it, and where it then lies."""

    package: str
    places: tuple[str, ...]

    @property
    def path(self) -> str | None:
        """Where the program is, or None; the newest version first."""
        found = [path for place in self.places for path in sorted(glob.glob(place), reverse=True)]
        return found[0] if found else None


PROGRAMS = {
    "rabbitmq": Program("rabbitmq-server", ("/usr/lib/rabbitmq/bin/rabbitmq-server",)),
    "postgres": Program("postgresql", ("/usr/lib/postgresql/*/bin/initdb",)),
    "browser": Program("chromium", ("/usr/bin/chromium", "/usr/bin/chromium-browser")),
    "sandbox": Program("bubblewrap", ("/usr/bin/bwrap",)),
    "pdf": Program("poppler-utils", ("/usr/bin/pdftoppm",)),
}


def missing() -> dict[str, Program]:
    """List what this machine lacks, by mark."""
    return {mark: program for mark, program in PROGRAMS.items() if program.path is None}


def in_ci() -> bool:
    """Say whether nothing may be left out."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def require(item: pytest.Item) -> None:
    """Skip a test whose program is missing; with CI=true fail it."""
    for mark, program in missing().items():
        if item.get_closest_marker(mark):
            reason = f"{program.package} is not installed"
            if in_ci():
                pytest.fail(f"{reason}, and CI=true leaves nothing out", pytrace=False)
            pytest.skip(reason)


def can_install() -> bool:
    """Say whether packages may be installed here: root on Debian or a child of it."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


@contextmanager
def without_starting_servers() -> Iterator[None]:
    """Keep Debian from starting the servers it installs: the tests start their own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def install(packages: list[str]) -> None:
    """Install Debian packages; what fails is seen by looking again."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"make test: installing {' '.join(packages)}", flush=True)
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    with without_starting_servers():
        subprocess.run([*quiet, "update"], check=False, env=environment)
        command = [*quiet, "install", "-y", "--no-install-recommends", *packages]
        subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)


def main() -> int:
    """Install what is missing where that is possible, and say loudly what is left out."""
    if missing() and can_install():
        install([program.package for program in missing().values()])
    for mark, program in missing().items():
        print(f"\n!!! {program.package} is missing: all tests marked '{mark}' are LEFT OUT.")
        print(f"!!! On Debian: apt install {program.package}\n", flush=True)
    if missing() and in_ci():
        print("!!! CI=true: nothing may be left out.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
