# SPDX-License-Identifier: EUPL-1.2
"""Who enters what changes daily, for whom they may, and that it is recorded."""

from dataclasses import dataclass

from rueckhalt_routing.duty import entries
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who enters something: as whom it is noted, and for whom it may be; None: for everybody."""

    name: str
    only: str | None = None
    me: str | None = None
    """Their key in the plan, if it names them."""
    source: str = entries.PAGE

    def may(self, person: str) -> bool:
        """May they enter something about this person?"""
        return self.only is None or self.only == person

    def record(
        self, tx: Transaction, act: str, *, municipality: str, object: str | None = None
    ) -> None:
        """Write the act into the audit of its municipality."""
        done = Act(
            municipality=municipality,
            who=self.name,
            act=act,
            fields="duty",
            why="duty",
            object=object,
        )
        record(tx, done)
