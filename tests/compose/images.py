# SPDX-License-Identifier: EUPL-1.2
"""The images docker-compose.yml is built on: the real ones, or stand-ins from Debian's packages."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.compose.engine import Missing, docker, run

ROOT = Path(__file__).parents[2]
STANDINS = Path(__file__).parent / "standins"
_DEFAULT = re.compile(r"\$\{(BASE_IMAGE|POSTGRES_IMAGE|RABBITMQ_IMAGE):-([^}]+)\}")


def real() -> dict[str, str]:
    """The variable of each image in docker-compose.yml, with the image it stands for."""
    return dict(_DEFAULT.findall((ROOT / "docker-compose.yml").read_text("utf-8")))


def choose(say: Callable[[str], None], *, pull: bool, made: list[str]) -> dict[str, str]:
    """Variables for compose: real images that are here (or can be pulled), else stand-ins.

    Whatever is built is noted in `made`, for the clearing up.
    """
    chosen = {}
    for variable, image in real().items():
        if is_here(image) or (pull and run("docker", "pull", image, check=False).returncode == 0):
            say(f"{image}: the real image")
            chosen[variable] = image
        else:
            chosen[variable] = _standin(variable, made=made)
            say(f"{image}: not here, so {chosen[variable]} stands in")
    return chosen


def is_here(image: str) -> bool:
    """Whether the engine has the image already."""
    return run("docker", "image", "inspect", image, check=False).returncode == 0


def _standin(variable: str, *, made: list[str]) -> str:
    name = f"rueckhalt-standin-{variable.partition('_')[0].lower()}"
    if is_here(name):
        return name
    if variable == "BASE_IMAGE":
        _debian(name)
    else:
        debian = _standin("BASE_IMAGE", made=made)
        folder = STANDINS / name.rpartition("-")[2]
        docker(
            *("build", "--network", "host", "--build-arg", f"BASE={debian}"),
            *("--tag", name, folder),
        )
    made.append(name)
    return name


def _debian(name: str) -> None:
    """Debian bookworm with Python: the Dockerfile then needs no network."""
    if shutil.which("debootstrap", path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
        raise Missing(f"neither {real()['BASE_IMAGE']} nor debootstrap (apt install debootstrap)")
    folder = Path(tempfile.mkdtemp(prefix="compose-debian-"))
    try:
        run(
            *("debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates"),
            *("bookworm", folder),
        )
        with subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE) as packed:
            subprocess.run(
                ["docker", "import", "-", name],
                stdin=packed.stdout,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        assert packed.returncode == 0, "tar"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
