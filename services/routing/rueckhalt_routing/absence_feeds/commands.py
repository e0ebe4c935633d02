# SPDX-License-Identifier: EUPL-1.2
"""`absence feed …` on the command line: calendars that are fetched."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_routing.duty.commands import house_of, run_in, the_actor, town_option
from rueckhalt_routing.proving.choosing import language_option
from rueckhalt_shared.commands.choosing import data_option, settings_of
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, table, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_routing.absence_feeds.domain import Feed
    from rueckhalt_routing.duty.house import House
    from rueckhalt_shared.database import Transaction

_HEAD = ("id", "whose", "host", "state", "read_at", "brought")


@click.group("feed")
def feed() -> None:
    """Calendars at an address (iCalendar) that tell when somebody is away; never why."""


@feed.command("add")
@click.argument("url")
@click.option("--person", default=None, help="Whose calendar it is: a key of the plan.")
@click.option("--unit", default=None, help="The unit that is away as a whole.")
@click.option("--only-out", is_flag=True, help="Only what the calendar marks as out of office.")
@town_option
@data_option
@json_option
@honest
def add_feed(
    *,
    url: str,
    person: str | None,
    unit: str | None,
    only_out: bool,
    municipality: str,
    data: Path | None,
    as_json: bool,
) -> None:
    """Fetch a calendar from now on; "-" reads the address from standard input."""
    from rueckhalt_routing.absence_feeds import handlers  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.app import service  # noqa: PLC0415
    from rueckhalt_routing.duty import reading_ical  # noqa: PLC0415
    from rueckhalt_shared.erasing import tombstones  # noqa: PLC0415
    from rueckhalt_shared.messages import Catalogue  # noqa: PLC0415

    if (person is None) == (unit is None):
        raise unusable("name whose calendar it is: either --person KEY or --unit CODE")
    address = sys.stdin.readline().strip() if url == "-" else url
    how: dict[str, Any] = {
        "kind": "person" if person is not None else "unit",
        "whose": person or unit or "",
        "url": address,
        "counts": reading_ical.OUT if only_out else reading_ical.BUSY,
    }

    def work(tx: "Transaction", house: "House") -> "Feed":
        return handlers.add(tx, house, the_actor(), **how)

    try:
        with house_of(data, municipality) as (database, town):
            tombstones.install(database, settings_of(service, data))  # its key seals the address
            added = run_in(database, town, work)
    except handlers.FeedRefused as refused:
        texts = Catalogue.of_package("rueckhalt_routing")
        raise unusable(f"{refused.field}: {texts.text(refused.message, 'en')}") from None
    told = {"id": added.id, "kind": added.kind, "whose": added.whose, "host": added.host}
    tell(told, [f"{added.id} {added.whose} {added.host}"], as_json=as_json)


@feed.command("list")
@language_option
@town_option
@data_option
@json_option
@honest
def list_feeds(*, lang: str, municipality: str, data: Path | None, as_json: bool) -> None:
    """How each calendar stands; 1 where one cannot be read or names nothing any more."""
    from rueckhalt_routing.absence_feeds import handlers  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.absence_feeds.domain import TROUBLED  # noqa: PLC0415

    with house_of(data, municipality) as (database, town):
        now = database.clock()
        found = [
            _told(each, brought, now, lang)
            for each, brought in run_in(database, town, handlers.coming)
        ]
    lines = table([[each[name] for name in _HEAD] for each in found], _HEAD)
    lines += [f"{each['id']}: {text}" for each in found for text in each["problems"]]
    tell(found, lines, as_json=as_json)
    if any(each["state"] in TROUBLED for each in found):
        raise click.exceptions.Exit(FINDINGS)


@feed.command("remove")
@click.argument("id")
@town_option
@data_option
@json_option
@honest
def remove_feed(*, id: str, municipality: str, data: Path | None, as_json: bool) -> None:
    """Fetch it no longer; what it brought goes."""
    from rueckhalt_routing.absence_feeds import handlers  # noqa: PLC0415 - commands start fast

    _end(handlers.remove, id, municipality, data=data, as_json=as_json)


@feed.command("accept-empty")
@click.argument("id")
@town_option
@data_option
@json_option
@honest
def accept_empty(*, id: str, municipality: str, data: Path | None, as_json: bool) -> None:
    """It is right that the calendar names nothing any more; what it brought goes."""
    from rueckhalt_routing.absence_feeds import handlers  # noqa: PLC0415 - commands start fast

    _end(handlers.accept_empty, id, municipality, data=data, as_json=as_json)


def _end(act: Any, id: str, municipality: str, *, data: Path | None, as_json: bool) -> None:
    def work(tx: "Transaction", house: "House") -> int:
        gone: int = act(tx, house, the_actor(), id)
        return gone

    with house_of(data, municipality) as (database, town):
        gone = run_in(database, town, work)
    tell({"id": id, "removed": gone}, [f"{id}: {gone} absences removed"], as_json=as_json)


def _told(feed: "Feed", brought: int, now: Any, lang: str) -> dict[str, Any]:
    from rueckhalt_routing.absence_feeds.showing import told  # noqa: PLC0415

    return {
        "id": feed.id,
        "kind": feed.kind,
        "whose": feed.whose,
        "host": feed.host,
        "state": feed.light(now),
        "read_at": feed.read_at.isoformat(timespec="minutes") if feed.read_at else "",
        "brought": brought,
        "problems": [told(each, lang) for each in feed.troubles],
    }
