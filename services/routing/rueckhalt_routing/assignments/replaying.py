# SPDX-License-Identifier: EUPL-1.2
"""Past cases as they were decided by: coded facts, without the incidents they belong to."""

from datetime import datetime

from rueckhalt_routing.assignments import store
from rueckhalt_routing.assignments.cases import Case, from_document
from rueckhalt_routing.assignments.domain import Sight
from rueckhalt_shared.database import Transaction

_MOST = 10_000
_NOBODYS = ("test", "drill")


def past_cases(tx: Transaction, municipality: str, since: datetime, *, sight: Sight) -> list[Case]:
    """One case for each assignment since then that the asker may see, as it was decided last.

    Trials and drills happened to nobody, and would weigh as much as what did.
    """
    without = [mode for mode in _NOBODYS if mode != sight.mode]
    kept = store.cases_since(tx, municipality, since, sight, limit=_MOST, without=without)
    return [from_document(each) for each in kept]
