# SPDX-License-Identifier: EUPL-1.2
"""The people of a plan with the facts of the day: read once a transaction, kept while they hold."""

from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty.domain import Facts
from rueckhalt_routing.duty.roster import Roster
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_shared.database import Transaction

_MOST_KEPT = 64


def roster_of(tx: Transaction, compiled: CompiledPlan, municipality: str) -> Roster:
    """Who is on duty and who is there, by this plan and what is known today."""
    facts = _facts(tx, municipality)
    kept: dict[tuple[str, str], tuple[CompiledPlan, Roster]] = tx.context.setdefault("rosters", {})
    key = (compiled.id, municipality)
    known = kept.get(key)
    if known is not None and known[0] is compiled and known[1].facts is facts:
        return known[1]
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    roster = Roster(compiled.plan, compiled.days, facts)
    kept[key] = (compiled, roster)
    return roster


def _facts(tx: Transaction, municipality: str) -> Facts:
    """Asked once a transaction: a batch of reports asks for the same facts each time."""
    asked: tuple[Transaction, dict[str, Facts]] = tx.context.get("facts_asked") or (tx, {})
    if asked[0] is not tx:
        asked = (tx, {})
    tx.context["facts_asked"] = asked
    if municipality not in asked[1]:
        asked[1][municipality] = duty.facts(tx, municipality)
    return asked[1][municipality]
