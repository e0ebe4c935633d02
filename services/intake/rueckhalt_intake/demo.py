# SPDX-License-Identifier: EUPL-1.2
"""The sample town Musterstadt: its units, and sixty invented incidents over fourteen months."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from rueckhalt_intake.help import handlers as help_handlers
from rueckhalt_intake.help import reading
from rueckhalt_shared.database import Database, Transaction, utcnow
from rueckhalt_shared.demo.client import DemoClient

MUNICIPALITY = "160770999999"
COUNT, DAYS = 60, 425
_SEED = 20171852  # the same sample at every first start

# Form, channel, place and affected group of what happens in town halls, with how often.
_KINDS: tuple[tuple[int, tuple[str, ...], str, str, str], ...] = (
    (16, ("insult",), "in_person", "office_front", "staff_front"),
    (9, ("threat",), "in_person", "office_front", "staff_front"),
    (7, ("insult", "threat"), "phone", "office_back", "staff_back"),
    (6, ("insult",), "email", "online", "staff_back"),
    (5, ("hatepost",), "social_media", "online", "elected_honorary"),
    (4, ("assault",), "in_person", "field_visit", "staff_field"),
    (4, ("trespass",), "in_person", "meeting", "elected_honorary"),
    (3, ("property",), "graffiti", "event", "institution"),
    (2, ("massmail",), "letter", "office_back", "management"),
    (2, ("discrimination",), "in_person", "office_front", "apprentice"),
    (1, ("doxxing", "threat"), "messenger", "home", "elected_fulltime"),
    (1, ("symbol",), "graffiti", "school_kita", "institution"),
)
_MOTIVES = ("unzufriedenheit_entscheidung", "rassistisch", "gegen_amt_mandat", "keine_erkennbar")


def prepare_demo(settings: Any) -> None:
    """Lay down the units of the sample town and its own help, unless they are there already."""
    path = settings.units or settings.data / "units.csv"
    if not path.exists():
        path.write_text(_content("units.csv"), encoding="utf-8")
    database = Database(settings.database_url, "intake")
    try:
        database.run(_enter_help)
    finally:
        database.dispose()


def seed_demo(client: DemoClient) -> None:
    """Post the sample once, as imports: historic and closed, nobody is told."""
    if not client.get("intake", "/v1/incidents?state=closed&page_size=1")["items"]:
        client.post_lines("intake", "/v1/incidents/bulk", list(sample(utcnow())))


def sample(now: datetime) -> Iterator[dict[str, Any]]:
    """Invent the sixty reports, oldest first."""
    chance = random.Random(_SEED)  # noqa: S311 - a sample, no secret
    units = sorted(_units())
    days = sorted(chance.uniform(2, DAYS) for _ in range(COUNT))
    kinds = chance.sample([kind for kind in _KINDS for _ in range(kind[0])], COUNT)
    for number, (age, kind) in enumerate(zip(reversed(days), kinds, strict=True), start=1):
        _, forms, channel, place, group = kind
        registered_at = now - timedelta(days=age)
        yield {
            "municipality": MUNICIPALITY,
            "reference": f"Beispiel {number}",
            "registered_at": registered_at.isoformat(timespec="seconds"),
            "occurred_at": (registered_at - timedelta(days=chance.randrange(4))).date().isoformat(),
            "forms": list(forms),
            "channel": channel,
            "place": place,
            "affected_groups": [group],
            "relation": chance.choice(("citizen", "customer_known", "group")),
            "motives": [chance.choice(_MOTIVES)],
            "danger": [],
            "organisation_unit": chance.choice(units),
            "narrative": f"Erfundenes Beispiel {number}: Niemand hat das erlebt.",
            "reporter": {"role": chance.choice(("affected", "witness", "supervisor"))},
        }


def _enter_help(tx: Transaction) -> None:
    """Somebody of one's own region; the number is one of those kept free for films and books."""
    known = {entry.id for entry in help_handlers.kept_by(tx, MUNICIPALITY)}
    rows = reading.read_rows(_content("hilfe.csv").encode(), owner=MUNICIPALITY)
    new = [replace(each, checked_at=tx.now.date()) for each in rows if each.id not in known]
    help_handlers.take(tx, MUNICIPALITY, new, by="demo")


def _units() -> tuple[str, ...]:
    return tuple(line.split(",")[1] for line in _content("units.csv").splitlines()[1:])


def _content(name: str) -> str:
    return (files("rueckhalt_intake") / "content" / "demo" / name).read_text(encoding="utf-8")
