# SPDX-License-Identifier: EUPL-1.2
"""From a draft to the plan that counts: a second person, a fresh check, or an emergency of 72 h."""

from dataclasses import replace
from datetime import timedelta

from rueckhalt_routing.drafts import handlers, noting, store
from rueckhalt_routing.drafts.domain import (
    EMERGENCY_FOR,
    PUBLISHED,
    ChangedMeanwhile,
    NotReady,
    PlanDraft,
    Reason,
    SamePerson,
    refusals_of,
    warnings_of,
    weak_of,
)
from rueckhalt_routing.drafts.handlers import Editor
from rueckhalt_routing.drafts.opening import Opened, opened
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.handlers import Approval, Version
from rueckhalt_routing.plan.handlers import publish as publish_plan
from rueckhalt_shared.database import Database, Transaction

WORKER = "routing"
CHECK_HOLDS = timedelta(hours=24)
"""A hole in time comes nearer while nobody looks: an older check is no base for publishing."""


def unreadable(draft: PlanDraft, text: Opened) -> tuple[Reason, ...]:
    """Why a draft cannot even be published in an emergency: nobody could decide by it."""
    if text.is_readable and text.plan is not None and text.plan.municipality == draft.municipality:
        return ()
    other_town = text.is_readable
    return (Reason("refused.other_town" if other_town else "refused.unreadable"),)


def refusals(tx: Transaction, draft: PlanDraft) -> tuple[Reason, ...]:
    """Everything that keeps a draft from being published as it should be."""
    text = opened(draft.source)
    if found := unreadable(draft, text):
        return found
    standing = handlers.standing(tx, draft, text.hash)
    if standing.conclusion is None:
        return (Reason("refused.unchecked"),)
    if tx.now - standing.conclusion.proved_at > CHECK_HOLDS:
        return (Reason("refused.old_check"),)
    if standing.is_pending:
        return (Reason("refused.facts_changed"),)
    return refusals_of(standing.conclusion)


def warnings(tx: Transaction, draft: PlanDraft) -> tuple[Reason, ...]:
    """What whoever publishes a draft should know of its table and people; it keeps nobody back."""
    said = handlers.standing(tx, draft, opened(draft.source).hash).conclusion
    return (*weak_of(said), *warnings_of(said)) if said is not None else ()


def is_another(draft: PlanDraft, editor: Editor) -> bool:
    """Is this a second person, who has not worked on the draft?"""
    return editor.alike.isdisjoint(draft.authors)


def publish(tx: Transaction, id: str, editor: Editor, *, version: int) -> Version:
    """The draft counts from now on.

    Raises NoSuchDraft, ChangedMeanwhile, SamePerson, NotReady; then the published plan stays.
    """
    draft = _of_version(tx, id, editor, version)
    if not is_another(draft, editor):
        raise SamePerson("an author of the draft cannot publish it")
    if found := refusals(tx, draft):
        raise NotReady(found)
    return _published(tx, draft, editor, Approval(by=editor.sender), act=noting.PUBLISHED)


def ask_emergency(
    tx: Transaction, id: str, editor: Editor, *, version: int, reason: str
) -> PlanDraft:
    """Ask a second person to publish a draft that is not ready, with a reason.

    Raises NoSuchDraft, ChangedMeanwhile, NotReady where nobody could decide by it.
    """
    draft = _of_version(tx, id, editor, version)
    if found := unreadable(draft, opened(draft.source)):
        raise NotReady(found)
    asked = replace(
        draft, emergency_by=editor.sender, emergency_reason=reason, version=draft.version + 1
    )
    store.save(tx, asked)
    noting.note(tx, draft.municipality, editor.sender, act=noting.ASKED, object=draft.id)
    return asked


def publish_emergency(tx: Transaction, id: str, editor: Editor, *, version: int) -> Version:
    """The second person agrees: the plan counts for 72 hours, marked red.

    Raises NoSuchDraft, ChangedMeanwhile, SamePerson, NotReady.
    """
    draft = _of_version(tx, id, editor, version)
    if draft.emergency_by is None:
        raise NotReady((Reason("refused.not_asked"),))
    if draft.emergency_by in editor.alike:
        raise SamePerson("who has asked for the emergency cannot agree to it")
    if found := unreadable(draft, opened(draft.source)):
        raise NotReady(found)
    approval = Approval(
        by=editor.sender,
        emergency_reason=draft.emergency_reason,
        emergency_until=tx.now + EMERGENCY_FOR,
    )
    return _published(tx, draft, editor, approval, act=noting.AGREED)


def end_emergencies(database: Database) -> bool:
    """The worker's round: where an emergency has ended, the plan before it counts again."""
    for version in database.read(plans.over):
        database.run(_end, version)
    return False


def _end(tx: Transaction, version: Version) -> None:
    """Without a plan before it the town keeps what it has: red is better than nobody."""
    former = plans.last_regular(tx, version)
    if former is None:
        return
    found = plans.version_with_texts(tx, former.id)
    text = opened(found[1]) if found is not None else None
    if text is None or not text.is_readable or text.draft is None:
        return
    approval = Approval(by=former.approver) if former.approver else None
    publish_plan(tx, text.draft, author=former.author, approval=approval)
    noting.note(tx, version.municipality, WORKER, act=noting.ENDED, object=version.id)


def _of_version(tx: Transaction, id: str, editor: Editor, version: int) -> PlanDraft:
    draft = store.get(tx, id, editor.municipalities, for_update=True)
    if draft.state == PUBLISHED or draft.version != version:
        raise ChangedMeanwhile(f"version {draft.version}, {draft.state}")
    return draft


def _published(
    tx: Transaction, draft: PlanDraft, editor: Editor, approval: Approval, *, act: str
) -> Version:
    text = opened(draft.source).draft
    if text is None:
        raise NotReady((Reason("refused.unreadable"),))
    loaded = publish_plan(tx, text, author=draft.authors[-1], approval=approval)
    if not loaded.is_new:
        raise NotReady((Reason("refused.nothing_new"),))
    store.save(tx, replace(draft, state=PUBLISHED, changed_at=tx.now, version=draft.version + 1))
    noting.note(tx, draft.municipality, editor.sender, act=act, object=draft.id)
    return loaded.plan


def in_force(tx: Transaction, municipality: str) -> tuple[Version, Opened] | None:
    """The plan that counts for a municipality, and its text."""
    found = plans.published_with_source(tx, municipality)
    if found is None:
        return None
    version, source = found
    return version, opened(source)
