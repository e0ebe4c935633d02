# SPDX-License-Identifier: EUPL-1.2
"""What is done to plans, as rows of the audit log."""

from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

BEGUN, DROPPED, PUBLISHED = "plan.draft_begun", "plan.draft_dropped", "plan.published"
ASKED, AGREED = "plan.emergency_asked", "plan.emergency_published"
ENDED = "plan.emergency_ended"
_EMERGENCIES = (ASKED, AGREED, ENDED)


def note(tx: Transaction, municipality: str, who: str, *, act: str, object: str) -> None:
    """One row about a draft or a version."""
    why = "plan_emergency" if act in _EMERGENCIES else "plan"
    done = Act(municipality=municipality, who=who, act=act, fields="plan", why=why, object=object)
    record(tx, done)
