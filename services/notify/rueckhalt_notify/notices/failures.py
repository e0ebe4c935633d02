# SPDX-License-Identifier: EUPL-1.2
"""Says that a notice did not reach anybody: in the same transaction, never quietly."""

from rueckhalt_notify.notices.domain import Notice
from rueckhalt_shared.contracts import NoticeFailed
from rueckhalt_shared.database import Transaction


def tell_failed(
    tx: Transaction, notice: Notice, *, failure: str, contacts_left: int, channel: str = "mail"
) -> None:
    """`final` when no contact of the person is left for this."""
    tx.publish(
        NoticeFailed(
            subject=notice.subject,
            municipality=notice.municipality,
            mode=notice.mode,
            notice=notice.id,
            assignment=notice.assignment,
            person=notice.person,
            partner=notice.partner,
            channel=channel,
            failure=failure,
            final=contacts_left == 0,
            contacts_left=contacts_left,
        )
    )
