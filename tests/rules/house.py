# SPDX-License-Identifier: EUPL-1.2
"""How the rules see the house: services, rooms and files, read without importing them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ("intake", "routing", "notify", "reporting")
PACKAGES = {
    "rueckhalt_shared": ROOT / "shared" / "rueckhalt_shared",
    **{f"rueckhalt_{s}": ROOT / "services" / s / f"rueckhalt_{s}" for s in SERVICES},
}
ROOM_FILES = ("domain", "handlers", "store", "schemas", "views", "pages", "consumers")


@dataclass(frozen=True)
class Source:
    """One Python file: its module name, where it lies, and what it says."""

    module: str
    path: Path
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """The file's own name without its ending."""
        return self.path.stem

    @property
    def package(self) -> str:
        """The distribution it belongs to: `rueckhalt_intake`."""
        return self.module.partition(".")[0]

    def at(self, line: int, fault: str) -> str:
        """Say where a fault is, so that an editor can jump to it."""
        return f"{self.path}:{line}: {fault}"


def planted(text: str, *, module: str = "rueckhalt_intake.incidents.handlers") -> Source:
    """Make a source that exists only in a test, to see a rule catch it."""
    return Source(module, Path(module.replace(".", "/") + ".py"), text)


def read(package: str, path: Path) -> Source:
    """Read one file of a package."""
    parts = path.relative_to(PACKAGES[package].parent).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    module = ".".join(parts[:-1] if is_package else parts)
    return Source(module, path.relative_to(ROOT), path.read_text(encoding="utf-8"), is_package)


def sources(*packages: str) -> list[Source]:
    """Read all files of some packages, of all five when none is named."""
    return [source for package in packages or PACKAGES for source in _files_of(package)]


@cache
def _files_of(package: str) -> tuple[Source, ...]:
    """Read and parsed once for all rules: no test of them changes a file of the product."""
    return tuple(read(package, path) for path in sorted(PACKAGES[package].rglob("*.py")))


def service_sources() -> list[Source]:
    """Read all files of the four services."""
    return sources(*(f"rueckhalt_{service}" for service in SERVICES))


def rooms() -> list[str]:
    """List the rooms: every package that holds one of the seven files, as a module name."""
    found = {s.module.rpartition(".")[0] for s in sources() if s.name in ROOM_FILES}
    return sorted(found)


def imported(
    source: Source, *, nodes: Iterator[ast.AST] | None = None
) -> Iterator[tuple[int, str]]:
    """List what a file imports, as line and full dotted name."""
    for node in nodes if nodes is not None else ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(source, node)
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def imported_at_start(source: Source) -> Iterator[tuple[int, str]]:
    """List what is imported as soon as the file is: not inside functions, not for types only."""
    return imported(source, nodes=_run_at_start(source.tree.body))


def _run_at_start(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _run_at_start(node.orelse)
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from _run_at_start(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _run_at_start(handler.body)


def _origin(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = source.module.split(".")
    if not source.is_package:
        parts = parts[:-1]
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def calls(source: Source) -> Iterator[ast.Call]:
    """List all calls of a file."""
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """List all functions of a file, inner ones and methods, too."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return (node for node in ast.walk(source.tree) if isinstance(node, kinds))


def tracked() -> list[Path]:
    """List the files of the repository, new ones that are not ignored included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    paths = (ROOT / name for name in listed.decode().split("\0") if name)
    return sorted(path for path in paths if path.is_file())
