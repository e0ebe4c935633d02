# SPDX-License-Identifier: EUPL-1.2
"""Roles of people: what each one may do in a municipality, and why no more than that.

The one table of rights. `tests/identity/rights.csv` shows what follows from it for every route.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rueckhalt_shared.keys import EVERYWHERE, SCOPES

OWN_ACCOUNT, ACCOUNTS, KEYS, AUDIT = "account:self", "account:write", "key:write", "audit:read"
ASK_ERASURE, DECIDE_ERASURE, HOLD = "erasure:ask", "erasure:decide", "hold:set"
ASSIGNED = "incident:assigned"
HELP = "help:write"
OLD_LISTS = "old-list:import"
SEE_DUTY, OWN_DUTY = "duty:read", "duty:own"
PEOPLE_SCOPES = (
    *(OWN_ACCOUNT, ACCOUNTS, KEYS, ASSIGNED, ASK_ERASURE, DECIDE_ERASURE, HOLD, HELP),
    *(SEE_DUTY, OWN_DUTY, OLD_LISTS),
)
"""What only a signed-in person may do; no key carries these.

Erasing takes two persons: one asks, another one decides, and a hold stops both. Who decides holds
a role that no page gives (`administering`), so whoever hands out accounts destroys nothing alone.
Staff sees who is on duty; whoever is responsible enters their own absences and swaps, no others'.
Bringing in an old list writes history, so no role has `incident:import`, which lets a key say any
day of any report: `old-list:import` opens one page, where everything that comes in is closed and
marked as imported, after a look, a fresh second factor and a row of the audit.
The data-protection officer advises and decides nothing (Art. 38(6) GDPR), but may hold.
"""
ALL_SCOPES = (*SCOPES, *PEOPLE_SCOPES)

_FIGURES = frozenset({"stats:internal", "stats:public"})
_INSTALLATION = frozenset({"metrics:read"})
_EVERYWHERE = frozenset({"operator", "platform"})
_MUNICIPALITY = 12  # digits; a shorter key is a parent


@dataclass(frozen=True, slots=True)
class Role:
    """What a role may do, and the reason, for those who review rights."""

    scopes: frozenset[str]
    reason: str


ROLES: dict[str, Role] = {
    "reporter": Role(
        frozenset({"incident:create", SEE_DUTY}),
        "reports, sees again what this account has reported itself, and who is on duty today; "
        "nothing of others",
    ),
    "responsible": Role(
        frozenset(
            {"incident:create", ASSIGNED, "assignment:read", "assignment:take-over", "notice:read"}
            | {SEE_DUTY, OWN_DUTY}
        ),
        "takes over what is assigned to them and reports on behalf of others; an incident opens by "
        "its assignment to this person, not by role, hence no incident:read; enters their own "
        "absences and swaps duties with a colleague who agrees",
    ),
    "plan_owner": Role(
        frozenset(
            {
                *("plan:write", "assignment:read", "contact:write", "notice:read"),
                *(ASK_ERASURE, HOLD, HELP, SEE_DUTY, OLD_LISTS),
            }
        ),
        "keeps the responsibility plan, the contacts and the help directory, and sees where they "
        "failed, except in incidents that accuse them; brings in the list kept so far, which they "
        "hold in their hands anyway; asks for an erasure and holds one up, but "
        "orders none; no content",
    ),
    "leadership": Role(
        frozenset({DECIDE_ERASURE, HOLD, "stats:public", SEE_DUTY}),
        "answers for the municipality as controller (Art. 4(7) GDPR): decides about erasures that "
        "somebody else has asked for, and lifts holds; no content",
    ),
    "municipality_admin": Role(
        frozenset({ACCOUNTS, KEYS, HELP, "contact:write", "stats:public", SEE_DUTY}),
        "lets people and systems in and keeps the help directory; reads neither incidents nor who "
        "is responsible for one",
    ),
    "data_protection_officer": Role(
        frozenset({AUDIT, HOLD, "stats:internal", "stats:public"}),
        "supervises (Art. 39 GDPR): the audit log, erasures and the figures; may hold an erasure "
        "up, but asks for none and decides none (Art. 38(6)); no content",
    ),
    "staff_council": Role(
        frozenset({AUDIT, "stats:public"}),
        "watches over the use of the system (§ 80 BPersVG): the audit log as the second pair of "
        "eyes, published figures only, because exact ones may point at a colleague",
    ),
    "analyst": Role(_FIGURES, "writes the monthly summary: figures, no incidents"),
    "platform": Role(
        frozenset({"stats:public"}), "a Landkreis or state platform: published figures only"
    ),
    "operator": Role(
        frozenset({"metrics:read"}),
        "keeps the machines running: technical figures; accounts come from the command line",
    ),
}


def grants(role: str, municipality: str) -> frozenset[str]:
    """The scopes of a role in a municipality.

    A parent (Landkreis, `*`) has figures of its towns only: a shorter regional key reaches
    everything below it, and cases of a town are nobody's business above it.
    """
    scopes = ROLES[role].scopes if role in ROLES else frozenset()
    if len(municipality) < _MUNICIPALITY:
        scopes &= _FIGURES | _INSTALLATION
    return scopes


def granted(held: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """What somebody with these (role, municipality) pairs may do, by municipality."""
    found: dict[str, frozenset[str]] = {}
    for role, municipality in held:
        found[municipality] = found.get(municipality, frozenset()) | grants(role, municipality)
    return found


def may_be_given(role: str, municipality: str) -> bool:
    """Does this role mean anything there?"""
    everywhere = municipality == EVERYWHERE
    return bool(grants(role, municipality)) and (not everywhere or role in _EVERYWHERE)
