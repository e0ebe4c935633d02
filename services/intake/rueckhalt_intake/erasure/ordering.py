# SPDX-License-Identifier: EUPL-1.2
"""Gives an order to erase: what must be made ready outside the transaction, then the use case."""

from dataclasses import dataclass

from rueckhalt_intake.erasure import handlers
from rueckhalt_intake.erasure.domain import ATTACHMENT, SOURCE, Order
from rueckhalt_intake.erasure.handlers import Wanted
from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_shared.database import Database


@dataclass(frozen=True, kw_only=True)
class Ordering:
    """Where orders are given; `deployed` are the services whose receipts count."""

    database: Database
    reception: Reception
    deployed: frozenset[str]

    def give(
        self,
        incident_id: str,
        reach: Reach,
        *,
        scope: str,
        reason: str,
        by: str,
        request: str | None = None,
    ) -> Order:
        """Erase; raises OnHold, Erased, NoSuchIncident, ChangedMeanwhile, Unavailable.

        With `request` only while nobody has declined that one.
        """
        wanted = Wanted(
            scope=scope,
            reason=reason,
            ordered_by=by,
            expected=tuple(sorted(self.deployed)),
        )
        if scope != SOURCE:
            return self.database.run(
                handlers.order_case, incident_id, reach, wanted, request=request
            )
        before = self.database.read(handlers.erasable, incident_id, reach)
        after = erasing.without_source(self.reception, before)
        units = self.reception.units
        return self.database.run(
            handlers.order_source, before, after, wanted, units=units, request=request
        )

    def give_for_file(
        self,
        incident_id: str,
        attachment_id: str,
        reach: Reach,
        *,
        reason: str,
        by: str,
        request: str | None = None,
    ) -> Order:
        """Erase one file of evidence; raises OnHold, Erased, NoSuchIncident, NoSuchAttachment.

        With `request` only while nobody has declined that one; raises ChangedMeanwhile.
        """
        expected = tuple(sorted(self.deployed))
        wanted = Wanted(scope=ATTACHMENT, reason=reason, ordered_by=by, expected=expected)
        return self.database.run(
            handlers.order_attachment,
            incident_id,
            reach,
            wanted,
            attachment_id=attachment_id,
            request=request,
        )
