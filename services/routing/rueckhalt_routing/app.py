# SPDX-License-Identifier: EUPL-1.2
"""Composition root of routing: the one place where settings become objects."""

from dataclasses import dataclass
from functools import partial

from flask import Flask

from rueckhalt_routing import commands, demo
from rueckhalt_routing.assignments import consumers as _assigning  # noqa: F401 - they register
from rueckhalt_routing.assignments.answers import NobodyNamed, UnknownPerson
from rueckhalt_routing.assignments.auditing import audit
from rueckhalt_routing.assignments.domain import (
    AlreadyClosed,
    NotTaken,
    TakenByAnother,
    UnknownAssignment,
)
from rueckhalt_routing.assignments.escalation import step_due
from rueckhalt_routing.assignments.views import blp as assignments_blp
from rueckhalt_routing.assignments.views import responsible_blp
from rueckhalt_routing.erasing import ERASER
from rueckhalt_routing.persons import consumers as _noting  # noqa: F401 - they register
from rueckhalt_routing.plan.reading import PlanRefused
from rueckhalt_routing.plan.views import blp as plan_blp
from rueckhalt_routing.retention import round_of
from rueckhalt_routing.subscriptions import subscriptions
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_routing.timers.running import run_due
from rueckhalt_routing.webhook.domain import WebhookRefused
from rueckhalt_routing.webhook.sender import HttpSender
from rueckhalt_routing.webhook.sending import send_due
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import sweeping
from rueckhalt_shared.service import Service
from rueckhalt_shared.settings import BadSettings, ServiceSettings, secret
from rueckhalt_shared.web import service_app
from rueckhalt_shared.worker import Loop, Worker

PROBLEMS: dict[type[Exception], int] = {
    UnknownAssignment: 404,
    TakenByAnother: 409,
    AlreadyClosed: 409,
    NotTaken: 409,
    UnknownPerson: 422,
    NobodyNamed: 422,
    PlanRefused: 422,
}


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """What routing knows beyond what every service knows."""

    catch_all: str = "auffang"
    webhook_url: str = ""
    webhook_secret: str = secret("")
    webhook_networks: tuple[str, ...] = ()
    retention_months: int = 36

    def __post_init__(self) -> None:
        """Raises BadSettings."""
        if not 0 <= self.retention_months <= 1200:
            told = "must be 0 (never) to 1200 months"
            raise BadSettings([f"RUECKHALT_ROUTING_RETENTION_MONTHS: {told}"])


def create_database(settings: Settings) -> Database:
    """The database; its context carries what handlers must know of this installation."""
    context = {
        "plans": {},
        "catch_all": settings.catch_all,
        "webhook": bool(settings.webhook_url),
        "base_url": settings.base_url.rstrip("/"),
    }
    return Database(settings.database_url, "routing", context=context)


def create_app(settings: Settings, database: Database) -> Flask:
    """The API."""
    return service_app(
        "routing",
        [assignments_blp, responsible_blp, plan_blp],
        settings=settings,
        database=database,
        problems=PROBLEMS,
    )


def create_worker(settings: Settings, database: Database) -> Worker:
    """Consumers, relay, timers, the auditor, and the webhook where there is one."""
    timers = partial(run_due, works={ESCALATE: step_due})
    loops = [
        Loop("timers", timers, every=1.0, signal="timers"),
        Loop("auditor", audit, every=60.0),
        sweeping.loop(database, settings, ERASER),
    ]
    retention = round_of(settings.retention_months, settings.services)
    if retention is not None and not settings.is_demo:
        loops.append(Loop("retention", retention, every=600.0))
    if settings.webhook_url:
        sending = partial(send_due, sender=create_sender(settings))
        loops.append(Loop("webhook", sending, signal="webhook"))
    return Worker(
        service="routing",
        database=database,
        bus_url=settings.bus_url,
        subscriptions=subscriptions,
        deployed=settings.services,
        loops=loops,
    )


def create_sender(settings: Settings) -> HttpSender:
    """The way to the other system; a bad address or secret stops the start."""
    try:
        return HttpSender(
            settings.webhook_url,
            settings.webhook_secret,
            allowed=settings.webhook_networks,
            only_here=settings.is_demo,
        )
    except WebhookRefused as error:
        told = f"RUECKHALT_ROUTING_WEBHOOK_URL, …_SECRET or …_NETWORKS: {error}"
        raise BadSettings([told]) from error


service = Service(
    name="routing",
    settings=Settings,
    create_app=create_app,
    create_worker=create_worker,
    create_database=create_database,
    migrations="rueckhalt_routing.migrations",
    subscriptions=subscriptions,
    commands=commands.routing,
    eraser=ERASER,
    prepare_demo=demo.prepare_demo,
)
