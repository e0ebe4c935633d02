# SPDX-License-Identifier: EUPL-1.2
"""Fetch the front-end files other people made, as `vendor.lock` lists them, or check those here.

    python deploy/vendor/vendor.py            compare the files with the lock
    python deploy/vendor/vendor.py --fetch    get them again with npm, refuse what differs
    python deploy/vendor/vendor.py --lock     get them and write their checksums into the lock

npm finds its registry by its own settings; no address stands here.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = Path(__file__).resolve().parent / "vendor.lock"
FOLDER = ROOT / "shared" / "rueckhalt_shared" / "static" / "vendor"


def read_lock() -> dict[str, Any]:
    """The lock: `<folder>` to npm name, version, licence, and the files taken with their hash."""
    packages: dict[str, Any] = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return packages


def sha256(content: bytes) -> str:
    """The checksum as the lock writes it."""
    return hashlib.sha256(content).hexdigest()


def differences(packages: dict[str, Any], folder: Path = FOLDER) -> list[str]:
    """What is missing, changed or in excess, compared with the lock; paths below the folder."""
    found = {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    wanted = {
        f"{name}/{file['as']}": file["sha256"]
        for name, package in packages.items()
        for file in package["files"]
    }
    faults = [f"missing: {name}" for name in sorted(set(wanted) - set(found))]
    faults += [f"not in the lock: {name}" for name in sorted(set(found) - set(wanted))]
    both = sorted(set(found) & set(wanted))
    return faults + [f"changed: {name}" for name in both if found[name] != wanted[name]]


def fetch(package: dict[str, Any]) -> dict[str, bytes]:
    """The listed files of one package, by the name they get here."""
    with tempfile.TemporaryDirectory() as folder:
        spec = f"{package['npm']}@{package['version']}"
        command = ["npm", "pack", spec, "--silent", "--pack-destination", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            taken = {}
            for file in package["files"]:
                member = archive.extractfile(f"package/{file['from']}")
                if member is None:
                    sys.exit(f"{spec} holds no {file['from']}")
                taken[file["as"]] = member.read()
    return taken


def fetch_all(packages: dict[str, Any], *, write_lock: bool) -> None:
    """Write all files; what differs from the lock is refused unless the lock is written anew."""
    for name, package in packages.items():
        contents = fetch(package)
        for file in package["files"]:
            content = contents[file["as"]]
            if not write_lock and sha256(content) != file["sha256"]:
                sys.exit(f"{name}/{file['as']}: not what the lock says")
            file["sha256"] = sha256(content)
        for taken, content in contents.items():
            target = FOLDER / name / taken
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        print(f"{name}: {len(contents)} files")
    if write_lock:
        LOCK.write_text(json.dumps({"packages": packages}, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fetch", action="store_true", help="get the files with npm")
    parser.add_argument("--lock", action="store_true", help="get them and write their checksums")
    asked = parser.parse_args()
    packages = read_lock()
    if asked.fetch or asked.lock:
        fetch_all(packages, write_lock=asked.lock)
    faults = differences(packages)
    if faults:
        sys.exit("\n".join(faults))
    print("the vendored files are those of the lock")


if __name__ == "__main__":
    main()
