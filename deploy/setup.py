# SPDX-License-Identifier: EUPL-1.2
"""Set up `.venv`: the locked dependencies, checked by their hashes, then our five packages.

Needs the standard library only. A second run does nothing unless a lock file or one of our
`pyproject.toml` files has changed. Where `uv` is on the PATH it does the same work faster.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "rueckhalt-setup"
LOCK = ROOT / "deploy" / "requirements" / "dev.txt"
PACKAGES = ["shared", *(f"services/{s}" for s in ("intake", "routing", "notify", "reporting"))]
QUIET = ["-qq", "--disable-pip-version-check"]


def fingerprint() -> str:
    """Say in one word what is to be installed."""
    files = [LOCK, *(ROOT / package / "pyproject.toml" for package in PACKAGES)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def run(*command: str) -> bool:
    """Run a program in the root folder; its output is the reader's."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def pip(*arguments: str) -> None:
    """Run the environment's own pip and give up if it fails."""
    if not run(str(PYTHON), "-m", "pip", "install", *QUIET, *arguments):
        sys.exit("make setup: pip could not finish; its message stands above.")


def make_venv() -> None:
    """Create the environment, or say what is missing."""
    if PYTHON.exists() and run(str(PYTHON), "-c", "import pip"):
        return
    print(f"make setup: creating .venv with Python {sys.version.split()[0]}")
    if not run(sys.executable, "-m", "venv", "--clear", str(VENV)):
        sys.exit("make setup: no virtual environment. On Debian: apt install python3-venv")


def install_dependencies() -> None:
    """Install exactly what the lock file lists, each file checked by its hash."""
    print("make setup: installing the locked dependencies (a minute or two, once)", flush=True)
    uv = shutil.which("uv")
    arguments = ["--require-hashes", "--requirement", str(LOCK)]
    if uv and run(uv, "pip", "install", "--quiet", "--python", str(PYTHON), *arguments):
        return
    pip(*arguments)


def install_packages() -> None:
    """Install our five distributions so that they follow the source."""
    editable = [part for package in PACKAGES for part in ("--editable", str(ROOT / package))]
    pip("--no-deps", "--no-build-isolation", "--no-index", *editable)


def main() -> None:
    """Do what is needed, and nothing when nothing has changed."""
    if os.name != "posix":
        sys.exit("make setup: Rückhalt runs on Linux and macOS (and in WSL on Windows).")
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text(encoding="ascii") == wanted:
        return
    begin = time.monotonic()
    make_venv()
    install_dependencies()
    install_packages()
    STAMP.write_text(wanted, encoding="ascii")
    print(f"make setup: done in {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
