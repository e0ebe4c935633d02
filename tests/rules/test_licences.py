# SPDX-License-Identifier: EUPL-1.2
"""What is locked: hashes for everything, no index, and licences a municipality can live with."""

import functools
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.rules import house
from tests.rules.house import ROOT, SERVICES, Source, planted

FOLDER = ROOT / "deploy" / "requirements"
LOCKS = [*SERVICES, "dev"]
# parts of flask, flask-smorest and kombu, pinned by their owners
COMES_ALONG = {"werkzeug", "jinja2", "markupsafe", "webargs", "apispec", "amqp"}
ACCEPTED = re.compile(
    r"MIT|BSD|Apache|MPL|Mozilla Public|ISC|0BSD|PSF|Python Software|Zlib|Unlicense|ZPL|CC0|OFL"
    r"|LGPL|Lesser General Public"
)
REFUSED = re.compile(r"(?<!L)GPL|(?<!Lesser )(?:GNU )?(?:Affero )?General Public License|AGPL|SSPL")


def requirements(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read a lock file: each requirement with the number of its hashes."""
    for block in re.split(r"\n(?=\S)", text.strip()):
        line, *hashes = (part.strip() for part in block.split("\\\n"))
        yield Requirement(line), sum(part.startswith("--hash=sha256:") for part in hashes)


def locked(name: str) -> dict[str, Requirement]:
    """List what a lock file pins, by name."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    return {requirement.name: requirement for requirement, _ in requirements(text)}


def loose_ends(text: str) -> Iterator[str]:
    """List what makes a lock file less than exact, or ties it to one index."""
    for line in text.splitlines():
        if line.startswith(("-", "#")) or "://" in line or line.strip().startswith("#"):
            yield line
    for requirement, hashes in requirements(text):
        exact = [s for s in requirement.specifier if s.operator == "=="]
        if len(exact) != 1 or not hashes:
            yield f"{requirement}: exactly one version, with hashes"


def licence(name: str) -> str:
    """Say under which licence an installed distribution says it comes."""
    about = metadata.metadata(name)
    named = [about.get("License-Expression"), (about.get("License") or "").split("\n")[0]]
    classified = [c for c in about.get_all("Classifier", []) if c.startswith("License ::")]
    return " | ".join(word for word in [*named, *classified] if word)


def refused(text: str) -> bool:
    """Say whether a licence is one we cannot ship: GPL, AGPL, or one nobody has looked at."""
    alternatives = [part for part in re.split(r"\bOR\b", text) if ACCEPTED.search(part)]
    return not alternatives or all(REFUSED.search(part) for part in alternatives)


@pytest.mark.parametrize("name", LOCKS)
def test_locks_are_exact_and_know_no_index(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")

    assert list(loose_ends(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "flask>=3 \\\n    --hash=sha256:ab",
        "flask==3.1.3",
        "--index" + "-url https://example.org\nflask==3 \\\n    --hash=sha256:ab",
        "flask==3.1.3 \\\n    --hash=sha256:ab\n    # via rueckhalt",
    ],
)
def test_a_loose_end_is_caught(text: str) -> None:
    try:
        found = list(loose_ends(text))
    except ValueError:  # not even a requirement
        found = [text]
    assert found


@pytest.mark.parametrize("service", SERVICES)
def test_services_and_developers_use_the_same_versions(service: str) -> None:
    dev = locked("dev")

    assert {name: str(r) for name, r in locked(service).items()} == {
        name: str(dev[name]) for name in locked(service)
    }


@pytest.mark.parametrize("service", SERVICES)
def test_locks_cover_what_the_packages_ask_for(service: str) -> None:
    asked = asked_for(f"rueckhalt-{service}", extras={"service"}) - {"rueckhalt-shared"}

    assert asked - set(locked(service)) == set(), "run make lock"


@functools.cache
def packages() -> Mapping[str, list[str]]:
    """Map every installed top-level package to the distributions it comes from."""
    return metadata.packages_distributions()


def undeclared(source: Source, declared: set[str]) -> Iterator[str]:
    """List imports of libraries that the distribution does not ask for."""
    providers = packages()
    for line, name in house.imported(source):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top in house.PACKAGES or top not in providers:
            continue
        if not {canonical(provider) for provider in providers[top]} & declared:
            yield source.at(line, f"imports {top}, which pyproject.toml does not ask for")


def canonical(name: str) -> str:
    """Spell a distribution's name as everybody else does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(distribution: str, *, extras: set[str]) -> set[str]:
    """List what a distribution of ours asks for; for services, what `shared` brings, too."""
    folder = "shared" if distribution == "rueckhalt-shared" else f"services/{distribution[10:]}"
    text = (ROOT / folder / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    optional = project.get("optional-dependencies", {})
    wanted = project["dependencies"] + [one for extra in extras for one in optional.get(extra, [])]
    own = {canonical(Requirement(one).name) for one in wanted}
    return own if folder == "shared" else own | asked_for("rueckhalt-shared", extras=extras)


@pytest.mark.parametrize("package", list(house.PACKAGES))
def test_every_library_in_use_is_asked_for(package: str) -> None:
    asked = asked_for(package.replace("_", "-"), extras={"service", "demo"}) | COMES_ALONG

    assert [f for source in house.sources(package) for f in undeclared(source, asked)] == []


def test_a_library_nobody_asked_for_is_caught() -> None:
    assert list(undeclared(planted("import hypothesis"), {"flask"}))
    assert not list(undeclared(planted("import yaml, os\nfrom . import store"), {"pyyaml"}))


def test_nothing_we_ship_is_under_gpl_or_agpl() -> None:
    shipped = {name: r for service in SERVICES for name, r in locked(service).items()}
    here = [n for n, r in shipped.items() if r.marker is None or r.marker.evaluate()]

    assert {name: licence(name) for name in here if refused(licence(name))} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", False),
        ("LGPL-3.0-only", False),
        ("GNU Lesser General Public License v3 (LGPLv3)", False),
        ("GPL-2.0-or-later OR Apache-2.0", False),
        ("GPL-3.0-only", True),
        ("License :: OSI Approved :: GNU General Public License v2 (GPLv2)", True),
        ("AGPL-3.0", True),
        ("", True),
    ],
)
def test_licences_are_told_apart(text: str, expected: bool) -> None:
    assert refused(text) is expected


def test_the_lock_folder_holds_nothing_else() -> None:
    names = {path.name for path in Path(FOLDER).iterdir() if path.is_file()}

    assert names == {*(f"{name}.txt" for name in LOCKS), "lock.py"}
