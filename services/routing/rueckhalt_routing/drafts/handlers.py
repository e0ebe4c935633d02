# SPDX-License-Identifier: EUPL-1.2
"""Use cases of drafts: begin, change, check, sign, drop. Publishing stands in `publishing`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files

from rueckhalt_routing.certificates import handlers as certificates
from rueckhalt_routing.certificates.concluding import Basis
from rueckhalt_routing.certificates.domain import Around, Conclusion, Standing, standing_of
from rueckhalt_routing.drafts import editing, noting, store
from rueckhalt_routing.drafts.domain import (
    OPEN,
    ChangedMeanwhile,
    NoSuchDraft,
    PlanDraft,
)
from rueckhalt_routing.drafts.opening import Opened, opened, written
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.reading import Problem
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction

Edit = Callable[[editing.Document], editing.Document]
_MOST = 100


class NewProblems(Exception):
    """A change would make the plan unreadable; nothing was stored."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} new problems")


@dataclass(frozen=True, kw_only=True)
class Editor:
    """Whoever works on drafts: as whom, where, and under which accounts of the same person."""

    sender: str
    name: str
    municipalities: tuple[str, ...]
    accounts: frozenset[str] = frozenset()

    @property
    def alike(self) -> frozenset[str]:
        """Every sender that is this person: two accounts do not make two persons."""
        return self.accounts | {self.sender}


def begin(
    tx: Transaction,
    editor: Editor,
    *,
    municipality: str,
    name: str,
    source: str,
    based_on: str | None = None,
) -> PlanDraft:
    """Keep a new draft, whatever its text is worth."""
    draft = PlanDraft(
        id=ids.uuid7(),
        municipality=municipality,
        name=name,
        source=source,
        based_on=based_on,
        authors=(editor.sender,),
        created_at=tx.now,
        changed_at=tx.now,
    )
    store.add(tx, draft)
    noting.note(tx, municipality, editor.sender, act=noting.BEGUN, object=draft.id)
    return draft


def begin_from_published(
    tx: Transaction, editor: Editor, *, municipality: str, name: str
) -> PlanDraft | None:
    """A draft with the text of the plan that counts; None where none does."""
    found = plans.published_with_source(tx, municipality)
    if found is None:
        return None
    version, source = found
    given = {"municipality": municipality, "name": name, "source": source}
    return begin(tx, editor, **given, based_on=version.id)


def from_default(municipality: str) -> str:
    """The text a new plan begins with: the default matrix, and one person to be replaced."""
    content = files("rueckhalt_routing") / "content" / "plan.beginning.yaml"
    return content.read_text("utf-8").replace("{municipality}", municipality)


def find(tx: Transaction, id: str, editor: Editor) -> PlanDraft:
    """A draft somebody still works on; raises NoSuchDraft."""
    draft = store.get(tx, id, editor.municipalities)
    if draft.state != OPEN:
        raise NoSuchDraft(f"draft {id} is {draft.state}")
    return draft


def list_drafts(tx: Transaction, editor: Editor) -> list[PlanDraft]:
    """What is being worked on, newest change first."""
    return store.open_drafts(tx, editor.municipalities, limit=_MOST)


def base_of(tx: Transaction, draft: PlanDraft) -> Opened | None:
    """The plan a draft began with, else the one that counts now; None where there is none."""
    found = plans.version_with_texts(tx, draft.based_on) if draft.based_on else None
    if found is not None:
        return opened(found[1])
    live = plans.published_with_source(tx, draft.municipality)
    return opened(live[1]) if live is not None else None


def rewrite(tx: Transaction, id: str, editor: Editor, *, source: str, version: int) -> PlanDraft:
    """Keep this text, right or wrong: nothing that somebody has typed is lost.

    Raises NoSuchDraft, ChangedMeanwhile.
    """
    return _saved(tx, _locked(tx, id, editor, version), editor, source)


def edit(tx: Transaction, id: str, editor: Editor, change: Edit, *, version: int) -> PlanDraft:
    """Change the document of a draft. Raises NoSuchDraft, ChangedMeanwhile, NewProblems,
    NoSuchPart; then nothing is stored."""
    draft = _locked(tx, id, editor, version)
    before = opened(draft.source)
    source = written(change(before.document))
    known = {(each.field, each.code, each.value) for each in before.problems}
    known |= {
        (each.field.removeprefix("matrix:"), each.code, each.value) for each in before.problems
    }
    new = tuple(
        each for each in opened(source).problems if (each.field, each.code, each.value) not in known
    )
    if new:
        raise NewProblems(new)
    return _saved(tx, draft, editor, source)


def drop(tx: Transaction, id: str, editor: Editor, *, version: int) -> None:
    """Throw a draft away. Raises NoSuchDraft, ChangedMeanwhile."""
    draft = _locked(tx, id, editor, version)
    store.remove(tx, draft)
    noting.note(tx, draft.municipality, editor.sender, act=noting.DROPPED, object=draft.id)


def keep_check(tx: Transaction, draft: PlanDraft, hash: str, said: Conclusion) -> None:
    """Keep what the proof has said about a text of a draft."""
    store.keep_check(tx, draft.municipality, hash, said)


def basis_of(tx: Transaction, draft: PlanDraft, text: plans.Draft) -> Basis:
    """What a proof of this text would be made of today."""
    return certificates.basis_of(tx, draft.municipality, text)


def standing(tx: Transaction, draft: PlanDraft, hash: str) -> Standing:
    """How exactly this text of a draft stands, by the proof and the light of a plan in force."""
    said = store.check_of(tx, draft.municipality, hash) if hash else None
    changed_at = duty.changed_above(tx, draft.municipality)
    is_old = said is not None and changed_at is not None and changed_at > said.proved_at
    around = Around(pending_since=changed_at if is_old else None)
    return replace(standing_of(said, now=tx.now, around=around), is_pending=is_old)


def _locked(tx: Transaction, id: str, editor: Editor, version: int) -> PlanDraft:
    draft = store.get(tx, id, editor.municipalities, for_update=True)
    if draft.state != OPEN:
        raise NoSuchDraft(f"draft {id} is {draft.state}")
    if draft.version != version:
        raise ChangedMeanwhile(f"version {draft.version}, not {version}")
    return draft


def _saved(tx: Transaction, draft: PlanDraft, editor: Editor, source: str) -> PlanDraft:
    """A change ends what was asked for the text before it: an emergency is asked for anew."""
    authors = tuple(dict.fromkeys((*draft.authors, editor.sender)))
    changed = replace(
        draft,
        source=source,
        authors=authors,
        changed_at=tx.now,
        version=draft.version + 1,
        emergency_by=None,
        emergency_reason=None,
    )
    store.save(tx, changed)
    return changed
