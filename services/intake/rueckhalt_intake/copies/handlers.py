# SPDX-License-Identifier: EUPL-1.2
"""Use cases: list what somebody has reported, and take the complete copy of one report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rueckhalt_intake.erasure import asking
from rueckhalt_intake.erasure import handlers as erasure
from rueckhalt_intake.erasure.domain import Hold
from rueckhalt_intake.erasure.requests import Request
from rueckhalt_intake.incidents import erasing as incidents
from rueckhalt_intake.incidents import handlers as reported
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.audit import recording
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

REPORTER = asking.REPORTER
_SEEN = ("incident.opened", "arrival.opened", "copy.given")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """All that is kept about one report; `seen` are rows of the audit: who looked when and why."""

    incident: Incident
    seen: Sequence[dict[str, Any]]
    requests: Sequence[Request]
    holds: Sequence[Hold]
    is_source_forgotten: bool


def list_own(tx: Transaction, reach: Reach, *, limit: int) -> list[Incident]:
    """What the sender of this reach has reported, newest first, without its texts."""
    return reported.list_incidents(tx, reach, state=None, cursor=None, limit=limit)


def take(tx: Transaction, incident_id: str, reach: Reach, *, who: str, vault: Vault) -> Taken:
    """The copy of one report; that it was taken is recorded first. Raises NoSuchIncident, Erased.

    The texts of a strict report are not in it: they open to the holders of the role key only.

    `who` is REPORTER for the person itself: an account in the row would outlive its erasure.
    """
    incident = incidents.find_locked(tx, incident_id, reach)
    before = recording.acts_about(tx, incident.municipality, incident.id)
    given = Act(
        municipality=incident.municipality,
        who=who,
        act="copy.given",
        fields="case" if vault.is_strict(incident.key_id) else "narrative identity",
        why="access",
        incident=incident.id,
    )
    record(tx, given)
    return Taken(
        incident=incident,
        seen=[row for row in before if row["act"] in _SEEN],
        requests=asking.of_incident(tx, incident.id),
        holds=[h for h in erasure.list_holds(tx, incident.id, reach) if h.lifted_at is None],
        is_source_forgotten=erasure.is_source_forgotten(tx, incident.id),
    )
