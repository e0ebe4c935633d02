# SPDX-License-Identifier: EUPL-1.2
"""The worker's round of calendars: claimed in one commit, fetched outside, noted in another."""

from datetime import UTC, timedelta

from rueckhalt_routing.absence_feeds import handlers
from rueckhalt_routing.absence_feeds.domain import Trouble
from rueckhalt_routing.absence_feeds.fetching import Fetcher, NotFetched
from rueckhalt_routing.absence_feeds.handlers import BATCH, Wanted
from rueckhalt_routing.absence_feeds.reading import read, troubles_of
from rueckhalt_routing.duty.absence_files import FileRefused
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


def fetch_due(database: Database, fetcher: Fetcher, *, every: timedelta) -> bool:
    """Fetch what is due; true when more may be due now."""
    claimed = database.run(handlers.claim, every)
    for wanted in claimed:
        _fetch(database, fetcher, wanted, every)
    database.run(handlers.note_standing)
    return len(claimed) == BATCH


def _fetch(database: Database, fetcher: Fetcher, wanted: Wanted, every: timedelta) -> None:
    feed = wanted.feed
    known = (feed.etag, feed.modified) if wanted.may_be_same else (None, None)
    try:
        got = fetcher.fetch(wanted.url, etag=known[0], modified=known[1])
        if got.body is None:
            database.run(handlers.note_same, wanted, every)
            return
        found = read(got.body, wanted, now=database.clock().astimezone(UTC))
    except NotFetched as away:
        database.run(handlers.note_failed, wanted, [away.trouble], every)
    except FileRefused as refused:
        database.run(handlers.note_failed, wanted, troubles_of(refused), every)
    except Unavailable:
        raise
    except Exception as error:  # of one calendar: all others are fetched all the same
        log.error("absence feed cannot be read", subject_id=feed.id, exc_info=error)
        database.run(handlers.note_failed, wanted, [Trouble(code="broken", field="url")], every)
    else:
        marks = (got.etag, got.modified)
        changed = database.run(handlers.note_read, wanted, found, marks=marks, every=every)
        if changed:
            log.info("absences taken from a calendar", subject_id=feed.id, count=changed)
