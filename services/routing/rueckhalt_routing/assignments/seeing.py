# SPDX-License-Identifier: EUPL-1.2
"""Which assignments the caller of a request may know of, and for whom they act."""

from typing import Any
from uuid import UUID

from rueckhalt_routing.assignments import showing
from rueckhalt_routing.assignments.domain import Sight
from rueckhalt_shared.keys import EVERYWHERE
from rueckhalt_shared.web import caller, database

AUDITS = "plan:write"
"""Who keeps the plan may see how it was applied."""


def sight_of_caller(*, acts: bool = False) -> Sight:
    """A test key sees and moves test assignments only: a test never ends a real alarm.

    Whoever keeps the plan sees all assignments but acts on their own only.
    """
    who = caller()
    return Sight(
        municipalities=None if EVERYWHERE in who.municipalities else who.municipalities,
        mode="test" if who.mode == "test" else None,
        is_person=who.account is not None,
        person=who.person,
        audits=AUDITS in who.scopes and not acts,
    )


def explained(id: UUID, *, is_theirs: bool) -> dict[str, Any]:
    """Why this person, in codes; that an auditor has opened another's case is recorded."""
    sight, is_auditor = sight_of_caller(), AUDITS in caller().scopes
    by = caller().sender if is_auditor and not is_theirs else None
    return database().run(showing.explained, str(id), sight=sight, is_auditor=is_auditor, by=by)


def actor() -> str | None:
    """The person of the plan who acts; none for a system, which acts for whoever leads."""
    who = caller()
    return who.person if who.account is not None else None
