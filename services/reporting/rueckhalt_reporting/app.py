# SPDX-License-Identifier: EUPL-1.2
"""Composition root: the one place where settings become objects."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from rueckhalt_reporting.commands import commands
from rueckhalt_reporting.emergencies import MARKS
from rueckhalt_reporting.erasing import ERASER
from rueckhalt_reporting.facts import consumers
from rueckhalt_reporting.retaining import RETENTION
from rueckhalt_reporting.subscriptions import subscriptions
from rueckhalt_reporting.summaries.domain import NotPublished, StillOpen, UnknownPeriod
from rueckhalt_reporting.summaries.pages import pages
from rueckhalt_reporting.summaries.views import blp as summaries_blp
from rueckhalt_reporting.units import Units
from rueckhalt_shared.contracts.region import InvalidRegionKey
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import sweeping
from rueckhalt_shared.service import Service
from rueckhalt_shared.settings import ServiceSettings
from rueckhalt_shared.web import service_app
from rueckhalt_shared.worker import Loop, Worker

__all__ = ["Settings", "consumers", "create_app", "create_worker", "service"]


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """Reporting needs little beyond what every service needs."""

    units: Path | None = None
    retention: Path | None = None
    retention_daily: bool = True


def create_app(settings: Settings, database: Database) -> Flask:
    """Reporting's web side: it only reads."""
    app = service_app(
        "reporting",
        [summaries_blp],
        settings=settings,
        database=database,
        problems={
            UnknownPeriod: 404,
            StillOpen: 404,
            NotPublished: 404,
            InvalidRegionKey: 404,
        },
        extensions={"units": Units.from_file(settings.units or settings.data / "units.csv")},
        pages=[pages],
    )
    return MARKS.shown_on(app, database, settings.municipality)


def create_worker(settings: Settings, database: Database) -> Worker:
    """The consumer of facts, with the plumbing around it."""
    loops = [sweeping.loop(database, settings, ERASER)]
    if settings.retention_daily and not settings.is_demo:
        daily = RETENTION.daily(settings.retention, name="RUECKHALT_REPORTING_RETENTION")
        loops.append(Loop("retention", daily, every=600.0))
    return Worker(
        service="reporting",
        database=database,
        bus_url=settings.bus_url,
        subscriptions=subscriptions,
        deployed=settings.services,
        loops=loops,
    )


service = Service(
    name="reporting",
    settings=Settings,
    create_app=create_app,
    create_worker=create_worker,
    migrations="rueckhalt_reporting.migrations",
    subscriptions=subscriptions,
    commands=commands,
    eraser=ERASER,
)
