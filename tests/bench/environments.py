# SPDX-License-Identifier: EUPL-1.2
"""Each peer's own virtual environment, made on demand from its hash-locked requirements.

It lies in the user's cache folder (XDG_CACHE_HOME), outside the tree, and is made anew when the
requirements change. `python -m tests.bench.environments` locks the requirements again.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
_UV = [sys.executable, "-m", "uv"]


def environment_of(peer: str) -> Path:
    """The folder of the environment, made if need be."""
    requirements = PEERS / peer / "requirements.txt"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "rueckhalt-bench" / f"{peer}-{wanted[:12]}"
    done = folder / "done"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run([*_UV, "venv", "-q", "--python", version, str(folder)], check=True)
    python = str(folder / "bin/python")
    install = ["pip", "install", "-q", "-p", python, "--require-hashes", "-r", str(requirements)]
    subprocess.run([*_UV, *install], check=True, timeout=600)
    done.touch()
    return folder


def lock() -> None:
    """Resolve requirements.in of each peer; no index gets into the file."""
    for source in sorted(PEERS.glob("*/requirements.in")):
        command = [*_UV, "pip", "compile", "-q", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate"]
        command += [str(source), "-o", str(source.with_suffix(".txt"))]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    lock()
