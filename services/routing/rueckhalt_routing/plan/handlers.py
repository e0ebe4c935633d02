# SPDX-License-Identifier: EUPL-1.2
"""Publish a plan, and find the one that counts for a municipality. Compiled once a version."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rueckhalt_routing.persons import handlers as people
from rueckhalt_routing.plan import store
from rueckhalt_routing.plan.checking import plan_of, read_plan
from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.files import format_of, read_entries
from rueckhalt_routing.plan.matrix import document_of, expand, read_document
from rueckhalt_routing.plan.reading import Entry
from rueckhalt_routing.plan.store import PlanVersion
from rueckhalt_routing.plan.writing import to_yaml
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.contracts.region import LENGTHS
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_MOST_KEPT = 64
Version = PlanVersion
"""One version of a plan, as other rooms know it."""


class PlanBroken(Exception):
    """The published plan cannot be read any more."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A plan that may be published: read, checked, not stored."""

    plan: Plan
    source: str
    document: str
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """In which line of the file a part of the plan begins, as `roles.hvb`."""

    @property
    def hash(self) -> str:
        """What tells two versions apart: the whole plan, without its comments."""
        return hashlib.sha256(self.document.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What became of a loaded plan."""

    plan: PlanVersion
    is_new: bool


def draft_of(text: str) -> Draft:
    """Read and check a plan. Raises PlanRefused with every problem found."""
    plan, document = read_plan(text)
    return Draft(plan=plan, source=text, document=document)


def draft_of_document(document: str) -> Draft:
    """A plan from the document it is kept by. Raises PlanRefused."""
    plan = plan_of(read_document(document))
    return Draft(plan=plan, source=document, document=document)


def _lines(root: Entry) -> dict[str, int]:
    found = {}
    for section, entry in root.value.items():
        found[section] = entry.line
        if isinstance(entry.value, dict):
            found |= {f"{section}.{name}": child.line for name, child in entry.value.items()}
        elif section in ("persons", "partners"):
            found |= {f"persons.{item.value['key'].value}": item.line for item in entry.value}
    return found


def draft_of_file(name: str, content: bytes, *, base: Mapping[str, Any] | None = None) -> Draft:
    """Read and check a plan file of any format; its source is kept as YAML. Raises PlanRefused."""
    root = expand(read_entries(name, content, base))
    plan, document = plan_of(root), document_of(root)
    is_yaml = base is None and format_of(name) == "yaml"
    source = content.decode("utf-8-sig") if is_yaml else to_yaml(document)
    return Draft(plan=plan, source=source, document=document, lines=_lines(root))


@dataclass(frozen=True, kw_only=True)
class Approval:
    """The second person behind a publication, and the emergency if it is one."""

    by: str
    emergency_reason: str | None = None
    emergency_until: datetime | None = None


def publish(
    tx: Transaction,
    draft: Draft,
    *,
    author: str,
    dry_run: bool = False,
    approval: Approval | None = None,
) -> Loaded:
    """Publish the draft as a new version; the same plan again is the same version."""
    plan = draft.plan
    known = store.published(tx, [plan.municipality])
    is_regular = known is not None and known.emergency_until is None
    if known is not None and is_regular and known.hash == draft.hash:
        return Loaded(plan=known, is_new=False)
    version = PlanVersion(
        id=ids.uuid7(),
        municipality=plan.municipality,
        version=store.newest(tx, plan.municipality) + 1,
        state=store.PUBLISHED,
        title=plan.title,
        hash=draft.hash,
        author=author,
        published_at=tx.now,
        approver=approval.by if approval else None,
        emergency_reason=approval.emergency_reason if approval else None,
        emergency_until=approval.emergency_until if approval else None,
    )
    compiled = compile_plan(plan, id=version.id, version=version.version)
    if not dry_run:
        tx.context.pop("plans_asked", None)
        store.retire(tx, plan.municipality)
        store.add(tx, version, source=draft.source, document=draft.document)
        people.keep(tx, plan.municipality, list(compiled.members.values()))
    return Loaded(plan=version, is_new=True)


def is_published(tx: Transaction, municipality: str, source: str) -> bool:
    """Is exactly this text the published plan? Spares reading it again at every start."""
    known = store.published(tx, [municipality])
    return known is not None and store.texts(tx, known.id)[0] == source


def live_plan(tx: Transaction, municipality: str) -> CompiledPlan | None:
    """The plan that counts for a municipality: its own, else its nearest parent's.

    Raises PlanBroken if that plan cannot be read.
    """
    version = _published(tx, municipality)
    return _compiled(tx, version) if version is not None else None


def every_published(tx: Transaction) -> list[PlanVersion]:
    """The published plan of each municipality that has one of its own."""
    return store.every_published(tx)


def draft_of_version(tx: Transaction, id: str) -> Draft:
    """A version as it would be proved. Raises PlanBroken."""
    compiled = plan_of_version(tx, id)
    if compiled is None:
        raise PlanBroken(id)
    source, document = store.texts(tx, id)
    return Draft(plan=compiled.plan, source=source, document=document)


def plan_of_version(tx: Transaction, id: str) -> CompiledPlan | None:
    """The plan as it was when an incident was decided. Raises PlanBroken."""
    kept = _kept(tx)
    if id in kept:
        return kept[id]
    version = store.find(tx, id)
    return _compiled(tx, version) if version is not None else None


def published_with_source(tx: Transaction, municipality: str) -> tuple[PlanVersion, str] | None:
    """The version that counts for a municipality, own or inherited, and its text as given."""
    version = published_version(tx, municipality)
    return (version, store.texts(tx, version.id)[0]) if version is not None else None


def version_with_texts(tx: Transaction, id: str) -> tuple[PlanVersion, str, str] | None:
    """A version, its text as given, and the document it counts by."""
    version = store.find(tx, id)
    return (version, *store.texts(tx, version.id)) if version is not None else None


def history(tx: Transaction, municipality: str, *, limit: int = 50) -> list[PlanVersion]:
    """The versions of a municipality, the newest first."""
    return store.history(tx, municipality, limit=limit)


def published_version(tx: Transaction, municipality: str) -> PlanVersion | None:
    """The version that counts for a municipality, own or inherited, without its text."""
    return _published(tx, municipality)


def over(tx: Transaction) -> list[PlanVersion]:
    """The plans that count although their emergency has ended."""
    return store.over(tx)


def last_regular(tx: Transaction, version: PlanVersion) -> PlanVersion | None:
    """The newest version before this one that was published without an emergency."""
    return store.last_regular(tx, version)


def ancestors(municipality: str) -> list[str]:
    """The regional key and those above it, the nearest first."""
    return [municipality[:n] for n in reversed(LENGTHS) if n <= len(municipality)]


def _published(tx: Transaction, municipality: str) -> PlanVersion | None:
    """Looked up once a transaction: a batch of reports asks for the same plan each time."""
    remembered: tuple[Transaction, dict[str, PlanVersion | None]]
    remembered = tx.context.get("plans_asked") or (tx, {})
    if remembered[0] is not tx:
        remembered = (tx, {})
    tx.context["plans_asked"] = remembered
    found = remembered[1]
    if municipality not in found:
        found[municipality] = store.published(tx, ancestors(municipality))
    return found[municipality]


def _compiled(tx: Transaction, version: PlanVersion) -> CompiledPlan:
    kept = _kept(tx)
    if version.id not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[version.id] = _read(tx, version)
    return kept[version.id]


def _read(tx: Transaction, version: PlanVersion) -> CompiledPlan:
    try:
        plan = plan_of(read_document(store.texts(tx, version.id)[1]))
        plan = replace(plan, municipality=version.municipality)
        return compile_plan(plan, id=version.id, version=version.version)
    except Exception as error:
        log.error(
            "published plan is broken",
            municipality=version.municipality,
            version=version.version,
            exc_info=error,
        )
        raise PlanBroken(version.id) from error


def _kept(tx: Transaction) -> dict[str, CompiledPlan]:
    plans: dict[str, CompiledPlan] = tx.context.setdefault("plans", {})
    return plans
