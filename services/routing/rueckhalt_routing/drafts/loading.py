# SPDX-License-Identifier: EUPL-1.2
"""A plan file as a checked draft: whoever brings it by command is its author, another publishes."""

from collections.abc import Sequence

from rueckhalt_routing.certificates.concluding import concluded
from rueckhalt_routing.drafts import handlers, publishing
from rueckhalt_routing.drafts.domain import Reason
from rueckhalt_routing.drafts.handlers import Editor
from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_shared.database import Database


def load_draft(
    database: Database, text: Draft, *, name: str, by: str
) -> tuple[str, Sequence[Reason]]:
    """The id of the new draft, and what keeps it from being published. The proof takes a second."""
    town = text.plan.municipality
    editor = Editor(sender=by, name=by, municipalities=(town,))
    given = {"municipality": town, "name": name, "source": text.source}
    draft = database.run(handlers.begin, editor, **given)
    basis = database.read(handlers.basis_of, draft, text)
    said = concluded(basis, now=database.clock())
    database.run(handlers.keep_check, draft, text.hash, said)
    return draft.id, database.read(publishing.refusals, draft)
