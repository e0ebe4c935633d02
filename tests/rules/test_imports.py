# SPDX-License-Identifier: EUPL-1.2
"""Who may import whom: services apart, rooms in order, the domain pure, the broker in one place."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules import house
from tests.rules.house import PACKAGES, ROOT, SERVICES, Source, planted

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"
BROKER_FILES = {"pipe", "transport"}
BROKER_LIBRARIES = {"kombu", "amqp"}
HEAVY = {"scipy", "numpy", "typst", "holidays", "phonenumbers"}
WEB_FILES = {"domain", "handlers", "store", "schemas", "views", "pages"}


def contracts() -> list[dict[str, object]]:
    """Read the contracts of import-linter from the root pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[dict[str, object]] = settings["tool"]["importlinter"]["contracts"]
    return listed


def lint_imports(*folders: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter with our contracts, on copies of the packages if folders are given."""
    command = [str(LINT_IMPORTS), "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    path = os.pathsep.join(str(folder) for folder in folders)
    return subprocess.run(
        command,
        cwd=folders[0] if folders else ROOT,
        env=os.environ | ({"PYTHONPATH": path} if path else {}),
        capture_output=True,
        text=True,
        check=False,
    )


def impure(source: Source, modules: dict[str, Source]) -> Iterator[str]:
    """List what a pure file knows beyond the standard library and pure files of its service."""
    for line, name in house.imported(source):
        if name.partition(".")[0] in sys.stdlib_module_names:
            continue
        own = modules.get(name) or modules.get(name.rpartition(".")[0])
        if own is None or own.package != source.package or own.package == "rueckhalt_shared":
            yield source.at(line, f"imports {name}")
        elif own.name not in {"domain", "__init__"} and any(impure(own, modules)):
            yield source.at(line, f"imports {name}, which knows more than the standard library")


def broker_imports(source: Source) -> Iterator[str]:
    """List imports of broker libraries outside the modules that may know them."""
    if source.package == "rueckhalt_shared" and source.name.split("_")[0] in BROKER_FILES:
        return
    for line, name in house.imported(source):
        if name.partition(".")[0] in BROKER_LIBRARIES:
            yield source.at(line, f"imports {name}: only pipe.py and transport*.py may")


def foreign_stores(source: Source) -> Iterator[str]:
    """List imports of another room's store; its handlers are the door."""
    room = source.module.rpartition(".")[0]
    for line, name in house.imported(source):
        owner, _, rest = name.partition(".store")
        is_store = owner != name and (not rest or rest.startswith("."))
        if is_store and name.startswith("rueckhalt_") and owner != room:
            yield source.at(line, f"imports {name}: ask that room's handlers")


def heavy_imports(source: Source) -> Iterator[str]:
    """List libraries that cost seconds or many MB and are imported when the file is."""
    for line, name in house.imported_at_start(source):
        if name.partition(".")[0] in HEAVY:
            yield source.at(line, f"imports {name} at start; import it where it is used")


def loaded_by(modules: list[str]) -> set[str]:
    """Import modules in a fresh interpreter and list the top-level packages that came with them."""
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
    code += "print(*{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", code, *modules]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def test_import_contracts_hold() -> None:
    result = lint_imports()

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("room_file", "line"),
    [
        ("domain", "from rueckhalt_intake.incidents import store"),
        ("store", "from rueckhalt_intake.incidents import handlers"),
        ("handlers", "import rueckhalt_reporting"),
    ],
)
def test_a_planted_import_breaks_a_contract(tmp_path: Path, room_file: str, line: str) -> None:
    for name, folder in PACKAGES.items():
        shutil.copytree(folder, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "rueckhalt_intake" / "incidents" / f"{room_file}.py"
    file.write_text(file.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")

    result = lint_imports(tmp_path)

    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


def test_every_room_is_listed_in_the_contract_of_layers() -> None:
    layers = next(contract for contract in contracts() if contract["type"] == "layers")

    assert layers["containers"] == house.rooms()


def test_the_domain_knows_the_standard_library_only() -> None:
    modules = {source.module: source for source in house.sources()}
    pure = [s for s in modules.values() if s.name == "domain" or ".proof." in s.module + "."]

    assert [fault for source in pure for fault in impure(source, modules)] == []


def shared_code(source: Source) -> Iterator[str]:
    """List what the verifier of certificates imports of the house: it must believe nobody."""
    for line, name in house.imported(source):
        if name.partition(".")[0] not in sys.stdlib_module_names:
            yield source.at(line, f"imports {name}: a second opinion shares no code")


def test_the_verifier_and_the_prover_share_no_code() -> None:
    proof = [s for s in house.sources("rueckhalt_routing") if ".proof." in s.module]
    [verifier] = [source for source in proof if source.name == "verify"]
    users = [
        s.at(line, name) for s in proof for line, name in house.imported(s) if "verify" in name
    ]

    assert list(shared_code(verifier)) == []
    assert users == []


def test_a_verifier_that_asks_the_prover_is_caught() -> None:
    line = "from rueckhalt_routing.proof.covering import volume"

    assert list(shared_code(planted(line, module="rueckhalt_routing.proof.verify")))


@pytest.mark.parametrize(
    "line", ["import flask", "from rueckhalt_shared import contracts", "from . import store"]
)
def test_an_impure_domain_is_caught(line: str) -> None:
    room = "rueckhalt_intake.incidents"
    store = planted("import sqlalchemy", module=f"{room}.store")
    domain = planted(line, module=f"{room}.domain")

    assert list(impure(domain, {store.module: store}))


def test_no_room_reads_the_store_of_another() -> None:
    known = set(house.rooms())
    rooms = [s for s in house.service_sources() if s.module.rpartition(".")[0] in known]

    assert [fault for source in rooms for fault in foreign_stores(source)] == []


def test_reading_a_foreign_store_is_caught() -> None:
    assert list(foreign_stores(planted("from rueckhalt_intake.mailbox import store")))
    assert list(foreign_stores(planted("from rueckhalt_intake.mailbox.store import find")))
    assert not list(foreign_stores(planted("from rueckhalt_intake.incidents import store")))
    assert not list(foreign_stores(planted("from rueckhalt_intake.incidents.store import find")))


def test_only_pipe_and_transport_know_the_broker() -> None:
    assert [fault for source in house.sources() for fault in broker_imports(source)] == []


def test_a_broker_import_in_a_handler_is_caught() -> None:
    assert list(broker_imports(planted("def send():\n    from kombu import Producer")))
    assert not list(broker_imports(planted("import kombu", module="rueckhalt_shared.pipe")))


@pytest.mark.parametrize("service", SERVICES)
def test_web_code_never_loads_the_broker(service: str) -> None:
    files = house.sources(f"rueckhalt_{service}")
    modules = [source.module for source in files if source.name in WEB_FILES]

    loaded = loaded_by(["rueckhalt_shared.web", *modules])

    assert not loaded & BROKER_LIBRARIES


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_heavy_is_loaded_at_start(service: str) -> None:
    loaded = loaded_by([f"rueckhalt_{service}.app"])

    assert not loaded & HEAVY


def test_nothing_heavy_is_imported_at_the_top_of_a_file() -> None:
    assert [fault for source in house.sources() for fault in heavy_imports(source)] == []


def test_a_heavy_import_is_caught_at_the_top_and_allowed_inside() -> None:
    assert list(heavy_imports(planted("try:\n    import scipy.optimize\nexcept ImportError: ...")))
    assert not list(heavy_imports(planted("def audit():\n    from scipy import optimize")))


def test_the_published_language_needs_marshmallow_only() -> None:
    loaded = loaded_by(["rueckhalt_shared.contracts"]) - set(sys.stdlib_module_names)

    foreign = {name for name in loaded if not name.startswith("_")}
    assert foreign - loaded_by(["marshmallow"]) == {"rueckhalt_shared"}
