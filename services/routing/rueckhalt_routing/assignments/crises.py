# SPDX-License-Identifier: EUPL-1.2
"""Is it a crisis now? Declared by hand for a town or its region, or written into the plan."""

from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.database import Transaction


def is_crisis(tx: Transaction, municipality: str) -> bool:
    """Does a crisis run at this instant?"""
    declared = duty.facts(tx, municipality).crises
    if any(each.start <= tx.now and (each.end is None or tx.now < each.end) for each in declared):
        return True
    try:
        compiled = plans.live_plan(tx, municipality)
    except plans.PlanBroken:
        return False
    return compiled is not None and compiled.plan.calendar.crisis
