# SPDX-License-Identifier: EUPL-1.2
"""Control totals: notify misses nothing at a queue that this installation does not have."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from rueckhalt_notify.app import subscriptions
from rueckhalt_shared import contracts, ledger
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.plumbing import ledger_gaps
from rueckhalt_shared.worker import Worker
from tests.support import NOON, sqlite_database

ALL = frozenset({"intake", "routing", "notify", "reporting"})


@pytest.mark.parametrize(
    ("deployed", "missed"),
    [(ALL, set()), (ALL - {"routing"}, {"notify.announce-incidents"})],
)
def test_reports_are_missed_only_where_notify_hears_of_them(
    tmp_path: Path, deployed: frozenset[str], missed: set[str]
) -> None:
    database = sqlite_database(tmp_path, "rueckhalt_notify")
    worker = Worker(
        service="notify",
        database=database,
        bus_url="rkbus:////nowhere",
        subscriptions=subscriptions,
        deployed=deployed,
    )
    stated = contracts.LedgerStated(
        subject="ledger-intake",
        municipality=contracts.INSTALLATION,
        version=1,
        window=1,
        from_at=NOON,
        until_at=NOON + timedelta(minutes=5),
        counts={contracts.IncidentRegistered.type: ledger.fingerprint(["one"])},
        previous=(),
    )
    envelope = contracts.wrap(stated, service="intake", id=ids.uuid7(), time=NOON)

    worker.deliver("notify.keep-ledger", envelope)

    gaps = database.read(lambda tx: list(tx.execute(select(ledger_gaps.c.queue)).scalars()))
    assert set(gaps) == missed
    database.dispose()
