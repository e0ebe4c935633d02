# SPDX-License-Identifier: EUPL-1.2
"""The tables of what changes daily. Persons and rotas are named by their key in the plan."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from rueckhalt_routing.tables import metadata
from rueckhalt_shared.database import UtcDateTime

absences = Table(
    "absences",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("person", String(64), nullable=False),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("source", String(8), nullable=False),  # page | csv | ical | command | feed
    Column("import_uid", String(64)),  # a hash: what a calendar calls its entry is nobody's
    Column("noted_by", String(200), nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("feed", String(36)),  # the calendar that brings it each time it is fetched
    UniqueConstraint("municipality", "person", "import_uid"),
)
Index("ix_absences_municipality_end_at", absences.c.municipality, absences.c.end_at)
rota_changes = Table(
    "rota_changes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("rota", String(64), nullable=False),
    Column("kind", String(9), nullable=False),  # swap | override | emergency
    Column("state", String(9), nullable=False),  # asked | agreed | refused | withdrawn | lapsed
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("person", String(64), nullable=False),
    Column("instead_of", String(64)),
    Column("back_start_at", UtcDateTime),
    Column("back_end_at", UtcDateTime),
    Column("giver_agreed_at", UtcDateTime),
    Column("taker_agreed_at", UtcDateTime),
    Column("noted_by", String(200), nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("asked_by", String(64)),
    Column("reminded_hours", Integer),
)
Index("ix_rota_changes_municipality_end_at", rota_changes.c.municipality, rota_changes.c.end_at)
crises = Table(
    "crises",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False, index=True),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime),
    Column("reason", String(200), nullable=False),
    Column("declared_by", String(200), nullable=False),
    Column("ended_by", String(200)),
)
departures = Table(
    "departures",
    metadata,
    Column("municipality", String(12), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("left_at", UtcDateTime, nullable=False),
    Column("noted_by", String(200), nullable=False),
)
duty_states = Table(
    "duty_states",
    metadata,
    Column("municipality", String(12), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("stamp", String(36), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
ical_feeds = Table(
    "ical_feeds",
    metadata,
    Column("municipality", String(12), primary_key=True),
    Column("person", String(64), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_at", UtcDateTime, nullable=False),
)
