# SPDX-License-Identifier: EUPL-1.2
"""Who hears by mail of a swap or a duty that was set: what happened, never whose duty it is."""

from collections.abc import Iterable

from rueckhalt_routing.duty.entries import ASKED, RotaChange
from rueckhalt_shared.contracts import Recipient, SwapChanged, ids
from rueckhalt_shared.database import Transaction

REMINDED, SET = "reminded", "set"
_OPEN = (ASKED, REMINDED)


def tell(
    tx: Transaction,
    change: RotaChange,
    whom: Iterable[str | None],
    *,
    state: str,
    but: str | None = None,
) -> None:
    """Tell these people, each once, but not whoever has just done it."""
    keys = dict.fromkeys(key for key in whom if key is not None and key != but)
    people = (ids.person_id(change.municipality, key) for key in keys)
    tx.publish(
        SwapChanged(
            subject=change.id,
            municipality=change.municipality,
            state=state,
            from_at=change.start_at,
            until_at=change.end_at,
            answer_by=change.lapses_at if state in _OPEN else None,
            recipients=tuple(Recipient(person=person, part="told") for person in people),
        )
    )
