# SPDX-License-Identifier: EUPL-1.2
"""Who may open a strict report at all; the passphrase comes on top."""

from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.domain import Erased, Incident, NoSuchIncident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.keys import Caller

CONTEXT = "role_keys"  # where the database object carries them


def openable(tx: Transaction, incident_id: str, caller: Caller) -> Incident:
    """An incident the caller may open; raises NoSuchIncident for every other, erased ones too."""
    reach = Reach(municipalities=caller.municipalities, mode=caller.mode, sender=None)
    try:
        incident = incidents.show_incident(tx, incident_id, reach)
    except Erased:
        raise NoSuchIncident(f"no incident {incident_id}") from None
    if not may_open(tx, incident, caller):
        raise NoSuchIncident(f"no incident {incident_id}")
    return incident


def may_open(tx: Transaction, incident: Incident, caller: Caller) -> bool:
    """A signed-in person, responsible in that municipality, who holds the role key.

    `caller.municipalities` are those in which their roles give them the scope of the view. Whom
    the report keeps out (the accused, the reporter) never opens it, key or no key.
    """
    if caller.account is None or incident.municipality not in caller.municipalities:
        return False
    if caller.person is not None and caller.person in incident.coded.excluded:
        return False
    if incident.mode != caller.mode:
        return False
    role_keys: RoleKeys = tx.context[CONTEXT]
    return role_keys.holds(caller.account, incident.key_id)
