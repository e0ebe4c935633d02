# SPDX-License-Identifier: EUPL-1.2
"""The deletion classes of notify: links of mails, notices with all that hangs on them."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files

from rueckhalt_notify.answers import erasing as answers
from rueckhalt_notify.delivery import erasing as delivery
from rueckhalt_notify.erasing import HOLDS
from rueckhalt_notify.notices import ageing
from rueckhalt_notify.notices import erasing as notices
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing.retaining import Aged, Kind, Retention

LINKS, NOTICES = "links", "notices"
# A link acts for 72 hours, and for as long again its page shows what came of the answer.
_LINKS_AT_LEAST = 7


def _old_links(tx: Transaction, until: datetime, after: str, limit: int) -> list[Aged]:
    found = delivery.old_links(tx, until, after, limit)
    incidents = ageing.incidents_of(tx, [notice for notice, _ in found])
    return [Aged(notice, incidents[notice], since) for notice, since in found]


def _forget_links(tx: Transaction, aged: Sequence[Aged]) -> None:
    delivery.forget_links(tx, [each.id for each in aged])


def _drop_notices(tx: Transaction, aged: Sequence[Aged]) -> None:
    ids = [each.id for each in aged]
    answers.erase(tx, ids)
    delivery.erase(tx, ids)
    notices.drop(tx, ids)


def _drop_responsibilities(tx: Transaction, aged: Sequence[Aged]) -> None:
    notices.drop_responsibilities(tx, [each.id for each in aged])


RETENTION = Retention(
    default=files("rueckhalt_notify") / "content" / "loeschkonzept.yaml",
    kinds=(
        Kind(class_=LINKS, scope="link", unit="days", find=_old_links, drop=_forget_links),
        Kind(class_=NOTICES, scope="notice", unit="days", find=ageing.finished, drop=_drop_notices),
        Kind(
            class_=NOTICES,
            scope="responsibility",
            unit="days",
            find=ageing.closed,
            drop=_drop_responsibilities,
        ),
    ),
    holds=HOLDS,
    tables=("notices", "attempts", "answers", "responsibilities", "conflicts"),
    least={LINKS: _LINKS_AT_LEAST},
)
