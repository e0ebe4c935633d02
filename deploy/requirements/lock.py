# SPDX-License-Identifier: EUPL-1.2
"""Write the hash-locked requirement files of the services and of the developers.

`make lock` keeps the versions that are locked already and only adds and removes;
`make lock UPGRADE=1` takes the newest. The files hold names, versions and hashes, nothing
that says from which index they came.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SERVICES = ("intake", "routing", "notify", "reporting")
OWN = ("rueckhalt-shared", *(f"rueckhalt-{service}" for service in SERVICES))


def own(path: str, extras: str = "") -> str:
    """Name one of our own distributions as pip would: by its folder."""
    return f"{ROOT / path}{extras}"


def lock(name: str, wanted: list[str], *options: str) -> None:
    """Resolve what is wanted for every Python from 3.11 on and write NAME.txt."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"{name}.in"
        source.write_text("\n".join(wanted) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet"]
        command += ["--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-header", "--no-annotate", "--output-file", str(HERE / f"{name}.txt")]
        command += [part for package in OWN for part in ("--no-emit-package", package)]
        subprocess.run([*command, *options, str(source)], check=True, cwd=ROOT)
    print(f"deploy/requirements/{name}.txt")


def main() -> None:
    """Lock the developers' set first; each service gets the same versions."""
    shared = own("shared", "[service]")
    everything = [own("shared", "[service,demo]"), *(own(f"services/{s}") for s in SERVICES)]
    lock("dev", everything, "--group", "dev", *sys.argv[1:])
    for service in SERVICES:
        wanted = [shared, own(f"services/{service}")]
        lock(service, wanted, "--constraint", str(HERE / "dev.txt"), *sys.argv[1:])


if __name__ == "__main__":
    main()
