# SPDX-License-Identifier: EUPL-1.2
"""Reading summaries. Each works inside one open transaction and writes nothing."""

from dataclasses import replace

from rueckhalt_reporting.facts import handlers as facts
from rueckhalt_reporting.rollups import handlers as rollups
from rueckhalt_reporting.summaries import domain
from rueckhalt_reporting.summaries.domain import Band, Period, Summary, View
from rueckhalt_shared.database import Transaction


def summarise(tx: Transaction, period: Period, region: str, *, view: View) -> Summary:
    """The figures of a period; raises `domain.StillOpen` and `domain.NotPublished`."""
    if view == "public":
        totals = rollups.totals(tx, region, period.months)
        return domain.public(period, region, totals, now=tx.now)
    counts = rollups.counts(tx, region, period.months)
    histogram = {int(edge): n for edge, n in counts.get(domain.MINUTES, {}).items()}
    median = domain.median(histogram, facts.MINUTE_EDGES)
    return replace(domain.internal(period, region, counts, now=tx.now), median_minutes=median)


def last_bands(tx: Transaction, municipality: str, *, count: int) -> list[tuple[Period, Band]]:
    """The last closed months with the band everyone may see, newest first."""
    periods = domain.last_closed_months(tx.now, count)
    summaries = (summarise(tx, period, municipality, view="public") for period in periods)
    return [
        (summary.period, summary.total) for summary in summaries if isinstance(summary.total, Band)
    ]
