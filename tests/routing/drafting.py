# SPDX-License-Identifier: EUPL-1.2
"""Drafts of Musterstadt's plan in the hand of a test."""

from rueckhalt_routing.certificates.concluding import concluded
from rueckhalt_routing.drafts import editing, handlers
from rueckhalt_routing.drafts.domain import PlanDraft
from rueckhalt_routing.drafts.handlers import Editor
from rueckhalt_routing.drafts.opening import opened
from rueckhalt_shared.database import Database
from tests.routing.town import ARS
from tests.support import FakeClock

DAVID = Editor(sender="person:david/1", name="David Dorn", municipalities=(ARS,))
EVA = Editor(sender="person:eva/1", name="Eva Engel", municipalities=(ARS,))


def begun(database: Database, *, clock: FakeClock, editor: Editor = DAVID) -> str:
    """A checked draft of the plan that counts; answers its id."""
    draft = begin(database, editor)
    check(database, draft.id, clock)
    return draft.id


def begin(database: Database, editor: Editor = DAVID, name: str = "Probe") -> PlanDraft:
    """A draft of the plan that counts."""
    given = {"municipality": ARS, "name": name}
    draft = database.run(handlers.begin_from_published, editor, **given)
    assert draft is not None
    return draft


def get(database: Database, id: str, editor: Editor = DAVID) -> PlanDraft:
    """The draft as it is now."""
    return database.read(handlers.find, id, editor)


def check(database: Database, id: str, clock: FakeClock) -> None:
    """Let the proof run over a draft."""
    draft = get(database, id)
    text = opened(draft.source)
    assert text.draft is not None
    basis = database.read(handlers.basis_of, draft, text.draft)
    database.run(handlers.keep_check, draft, text.hash, concluded(basis, now=clock()))


def change(database: Database, id: str, edit: handlers.Edit, editor: Editor = DAVID) -> PlanDraft:
    """Change the document of a draft."""
    version = get(database, id).version
    return database.run(handlers.edit, id, editor, edit, version=version)


def without(code: str) -> handlers.Edit:
    """The change that deletes a rule."""
    return lambda document: editing.without_rule(document, code)
