# SPDX-License-Identifier: EUPL-1.2
"""Composition root of routing: the one place where settings become objects."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from flask import Flask

from rueckhalt_routing import commands, demo
from rueckhalt_routing.absence_feeds import keeping as feed_keeping
from rueckhalt_routing.absence_feeds import pages as absence_feed_pages
from rueckhalt_routing.absence_feeds.fetching import HttpFetcher
from rueckhalt_routing.absence_feeds.handlers import WAKES as FEEDS_WAKE
from rueckhalt_routing.absence_feeds.running import fetch_due
from rueckhalt_routing.assignments import consumers as _assigning  # noqa: F401 - they register
from rueckhalt_routing.assignments.answers import NobodyNamed, UnknownPerson
from rueckhalt_routing.assignments.auditing import Auditor
from rueckhalt_routing.assignments.domain import (
    AlreadyClosed,
    ChangedMeanwhile,
    NotOffered,
    NotTaken,
    TakenByAnother,
    UnknownAssignment,
)
from rueckhalt_routing.assignments.falling_due import step_due
from rueckhalt_routing.assignments.offering import ConsentNeeded, UnknownReceiver
from rueckhalt_routing.assignments.pages import pages as case_pages
from rueckhalt_routing.assignments.views import blp as assignments_blp
from rueckhalt_routing.assignments.views import responsible_blp
from rueckhalt_routing.certificates import running as standing
from rueckhalt_routing.certificates.pages import pages as gap_pages
from rueckhalt_routing.certificates.views import blp as standing_blp
from rueckhalt_routing.drafts import calendar_pages as _calendar  # noqa: F401 - they register
from rueckhalt_routing.drafts import chain_pages as _chains  # noqa: F401 - they register
from rueckhalt_routing.drafts import house_pages as _house  # noqa: F401 - they register
from rueckhalt_routing.drafts import people_pages as _people  # noqa: F401 - they register
from rueckhalt_routing.drafts import publishing_pages as _publishing  # noqa: F401 - they register
from rueckhalt_routing.drafts import role_pages as _roles  # noqa: F401 - they register
from rueckhalt_routing.drafts import rota_pages as _rotas  # noqa: F401 - they register
from rueckhalt_routing.drafts import rule_pages as _rules  # noqa: F401 - they register
from rueckhalt_routing.drafts.domain import NoSuchDraft
from rueckhalt_routing.drafts.editing import NoSuchPart
from rueckhalt_routing.drafts.pages import pages as draft_pages
from rueckhalt_routing.drafts.publishing import end_emergencies
from rueckhalt_routing.drills.pages import pages as drill_pages
from rueckhalt_routing.duty import (
    absence_pages,
    crisis_pages,
    feed_pages,
    swap_pages,
    today_pages,
)
from rueckhalt_routing.duty import pages as duty_pages
from rueckhalt_routing.duty.following import follow_up
from rueckhalt_routing.duty.handlers import CHANGED as FACTS_CHANGED
from rueckhalt_routing.duty.house import NoPlan, UnknownKey
from rueckhalt_routing.duty.keeping import forget_over
from rueckhalt_routing.duty.pacing import Pace
from rueckhalt_routing.erasing import ERASER
from rueckhalt_routing.persons import consumers as _noting  # noqa: F401 - they register
from rueckhalt_routing.plan.reading import PlanRefused
from rueckhalt_routing.plan.views import blp as plan_blp
from rueckhalt_routing.plan_pages import trying_pages as _trying  # noqa: F401 - they register
from rueckhalt_routing.plan_pages.marking import red_mark
from rueckhalt_routing.plan_pages.pages import pages as plan_pages
from rueckhalt_routing.retention import round_of
from rueckhalt_routing.subscriptions import subscriptions
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_routing.timers.running import run_due
from rueckhalt_routing.timers.watching import ClockWatch
from rueckhalt_routing.webhook.domain import WebhookRefused
from rueckhalt_routing.webhook.sender import HttpSender
from rueckhalt_routing.webhook.sending import send_due
from rueckhalt_shared.audit import rounds
from rueckhalt_shared.audit import views as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import sweeping, tombstones
from rueckhalt_shared.line_addresses import HERE, AddressRefused, networks
from rueckhalt_shared.pages.audit import pages_of
from rueckhalt_shared.pages.frame import show_alarm
from rueckhalt_shared.service import Service
from rueckhalt_shared.settings import BadSettings, ServiceSettings, secret
from rueckhalt_shared.web import service_app
from rueckhalt_shared.worker import Loop, Worker

PROBLEMS: dict[type[Exception], int] = {
    UnknownAssignment: 404,
    TakenByAnother: 409,
    AlreadyClosed: 409,
    NotTaken: 409,
    NotOffered: 409,
    ChangedMeanwhile: 409,
    UnknownReceiver: 422,
    ConsentNeeded: 422,
    UnknownPerson: 422,
    NobodyNamed: 422,
    PlanRefused: 422,
    NoPlan: 404,
    UnknownKey: 404,
    NoSuchDraft: 404,
    NoSuchPart: 404,
    **audit.PROBLEMS,
}
PAGES = (
    duty_pages,
    absence_pages,
    absence_feed_pages,
    swap_pages,
    crisis_pages,
    feed_pages,
    today_pages,
)


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """What routing knows beyond what every service knows."""

    catch_all: str = "auffang"
    webhook_url: str = ""
    webhook_secret: str = secret("")
    webhook_networks: tuple[str, ...] = ()
    feed_minutes: int = 30
    feed_networks: tuple[str, ...] = ()
    retention_months: int = 36
    heartbeat: Path | None = None

    def __post_init__(self) -> None:
        """Raises BadSettings."""
        if not 0 <= self.retention_months <= 1200:
            told = "must be 0 (never) to 1200 months"
            raise BadSettings([f"RUECKHALT_ROUTING_RETENTION_MONTHS: {told}"])
        if not 5 <= self.feed_minutes <= 1440:
            raise BadSettings(["RUECKHALT_ROUTING_FEED_MINUTES: must be 5 to 1440 minutes"])
        try:
            networks(self.feed_networks)
        except AddressRefused as error:
            raise BadSettings([f"RUECKHALT_ROUTING_FEED_NETWORKS: {error}"]) from error


def create_database(settings: Settings) -> Database:
    """The database; its context carries what handlers must know of this installation."""
    context = {
        "plans": {},
        "catch_all": settings.catch_all,
        "webhook": bool(settings.webhook_url),
        "base_url": settings.base_url.rstrip("/"),
        "feed_networks": HERE if settings.is_demo else settings.feed_networks,
    }
    return Database(settings.database_url, "routing", context=context)


def create_app(settings: Settings, database: Database) -> Flask:
    """The API."""
    tombstones.install(database, settings)  # addresses of calendars are sealed with its key
    app = service_app(
        "routing",
        [assignments_blp, responsible_blp, plan_blp, standing_blp, audit.blp],
        settings=settings,
        database=database,
        problems=PROBLEMS,
        pages=[
            plan_pages,
            draft_pages,
            gap_pages,
            case_pages,
            drill_pages,
            *(each.pages for each in PAGES),
            pages_of("audit_pages", "/audit", lambda: database),
        ],
        extensions={"feed_pace": Pace()},
    )
    show_alarm(app, red_mark)
    return app


def create_worker(settings: Settings, database: Database) -> Worker:
    """Consumers, relay, timers, the auditor, and the webhook where there is one."""
    watch = ClockWatch()
    timers = partial(run_due, works={ESCALATE: step_due}, watch=watch)
    fetcher = HttpFetcher(allowed=settings.feed_networks, only_here=settings.is_demo)
    feeds = partial(fetch_due, fetcher=fetcher, every=timedelta(minutes=settings.feed_minutes))
    auditor = Auditor(watch, settings.heartbeat or settings.data / "routing.heartbeat")
    loops = [
        Loop("timers", timers, every=1.0, signal="timers"),
        Loop("auditor", auditor.sweep, every=60.0),
        Loop("emergencies", end_emergencies, every=60.0),
        Loop("duty", forget_over, every=3600.0),
        Loop("swaps", follow_up, every=60.0),
        Loop("absence-feeds", feeds, every=60.0, signal=FEEDS_WAKE),
        Loop("old-feeds", feed_keeping.forget_former, every=3600.0),
        Loop("proof", standing.Proving(database.clock).run, every=1.0, signal=FACTS_CHANGED),
        Loop("gaps", standing.remind, every=60.0),
        Loop("old-proofs", standing.forget, every=3600.0),
        sweeping.loop(database, settings, ERASER),
        *rounds.loops(database, settings),
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
    except (AddressRefused, WebhookRefused) as error:
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
