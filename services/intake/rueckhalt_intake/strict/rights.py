# SPDX-License-Identifier: EUPL-1.2
"""Who may open a strict report at all; the passphrase comes on top."""

from rueckhalt_intake.incidents import erasing as kept
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.domain import Erased, Incident, NoSuchIncident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.showing import reach_of
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.keys import Caller

CONTEXT = "role_keys"  # where the database object carries them
ASSIGNING = "routing_assigns"  # likewise: does routing say who is asked?


def reach_to_open(tx: Transaction, caller: Caller) -> Reach:
    """The strict reports a caller may open as far as routing says; the role key comes on top.

    Without routing nobody is assigned, and the role key alone decides.
    """
    if tx.context.get(ASSIGNING, True):
        return reach_of(caller).by_grant_alone
    return Reach(municipalities=caller.municipalities, mode=caller.mode, sender=None)


def openable(tx: Transaction, incident_id: str, caller: Caller) -> Incident:
    """An incident the caller may open; raises NoSuchIncident for every other, erased ones too."""
    try:
        incident = incidents.show_incident(tx, incident_id, reach_to_open(tx, caller))
    except Erased:
        raise NoSuchIncident(f"no incident {incident_id}") from None
    if not may_open(tx, incident, caller):
        raise NoSuchIncident(f"no incident {incident_id}")
    return incident


def may_open(tx: Transaction, incident: Incident, caller: Caller) -> bool:
    """A signed-in person, responsible in that municipality, who holds the role key.

    Whether the incident is assigned to them is asked by `reach_to_open`.

    `caller.municipalities` are those in which their roles give them the scope of the view. Whom
    the report keeps out (the accused, the reporter) never opens it, key or no key.
    """
    if caller.account is None or incident.municipality not in caller.municipalities:
        return False
    if kept.is_kept_from(tx, incident, caller.person):
        return False
    if incident.mode != caller.mode:
        return False
    role_keys: RoleKeys = tx.context[CONTEXT]
    return role_keys.holds(caller.account, incident.key_id)
