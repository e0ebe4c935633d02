# SPDX-License-Identifier: EUPL-1.2
"""Composition root of notify: the one place where settings become objects."""

from flask import Flask

from rueckhalt_notify import commands, demo, keeping
from rueckhalt_notify.answers import pages as answer_pages
from rueckhalt_notify.contacts import views as contact_views
from rueckhalt_notify.contacts.handlers import UnknownContact
from rueckhalt_notify.contacts.sheet import UnreadableSheet
from rueckhalt_notify.delivery.letter import mailbox
from rueckhalt_notify.delivery.mailers import ConsoleMailer, Mailer, Relay, Simulated, SmtpMailer
from rueckhalt_notify.delivery.reaching import reach
from rueckhalt_notify.delivery.sender import Letterhead, Sender
from rueckhalt_notify.emergencies import MARKS
from rueckhalt_notify.erasing import ERASER
from rueckhalt_notify.heads import consumers as _heads  # noqa: F401 - they register
from rueckhalt_notify.heads import handlers as heads
from rueckhalt_notify.heads.posting import Posting
from rueckhalt_notify.notices import consumers as _consumers  # noqa: F401 - they register
from rueckhalt_notify.notices import views
from rueckhalt_notify.notices.domain import Policy
from rueckhalt_notify.notices.resending import NoContactLeft, NothingToResend, UnknownNotice
from rueckhalt_notify.retaining import RETENTION
from rueckhalt_notify.settings import Settings
from rueckhalt_notify.subscriptions import subscriptions
from rueckhalt_notify.tidings import views as tidings
from rueckhalt_notify.tidings.handlers import Erased
from rueckhalt_notify.tidings.posting import Posting as TidingsPosting
from rueckhalt_notify.vault import opening
from rueckhalt_notify.vault.master_key import Source
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import sweeping, tombstones
from rueckhalt_shared.service import Service
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.web import service_app
from rueckhalt_shared.worker import Loop, Worker

PROBLEMS: dict[type[Exception], int] = {
    UnknownContact: 404,
    UnknownNotice: 404,
    UnreadableSheet: 422,
    NothingToResend: 409,
    NoContactLeft: 409,
    Erased: 410,
}


_DEMO_OFFICER = "datenschutz@musterstadt.example"


def create_database(settings: Settings) -> Database:
    """The database; its context carries what handlers must know of this installation."""
    policy = Policy(
        is_demo=settings.is_demo,
        announce_to=settings.incidents_to,
        language=settings.language,
        max_level=settings.max_level,
    )
    database = Database(settings.database_url, "notify", context={"policy": policy})
    source = Source(
        given=settings.kek, previous=settings.kek_previous, path=settings.data / "notify.kek"
    )
    opening.install(database, source)
    return database


def create_app(settings: Settings, database: Database) -> Flask:
    """The API and the answer pages; refuses to start without the right master key."""
    opening.vault_of(database).unlock()
    tombstones.install(database, settings)  # whose notices are hidden is marked with its key
    app = service_app(
        "notify",
        [contact_views.blp, views.blp, tidings.blp],
        settings=settings,
        database=database,
        problems=PROBLEMS,
        pages=[answer_pages.blp],
    )
    return MARKS.shown_on(app, database, settings.municipality)


def create_worker(settings: Settings, database: Database) -> Worker:
    """Consumers, relay and the sender; refuses to start without the right master key."""
    opening.vault_of(database).unlock()
    sender = create_sender(settings)
    loops = [
        Loop("senders", sender.run, every=1.0, signal="senders"),
        Loop("audit-letters", create_posting(settings).run, every=60.0),
        Loop("tidings", create_tidings(settings).run, every=5.0, signal="tidings"),
        Loop("sealing", keeping.seal_clear, every=60.0),
        sweeping.loop(database, settings, ERASER),
    ]
    if settings.retention_daily and not settings.is_demo:
        daily = RETENTION.daily(settings.retention, name="RUECKHALT_NOTIFY_RETENTION")
        loops.append(Loop("retention", daily, every=600.0))
    return Worker(
        service="notify",
        database=database,
        bus_url=settings.bus_url,
        subscriptions=subscriptions,
        deployed=settings.services,
        loops=loops,
    )


def create_sender(settings: Settings) -> Sender:
    """The way out of the house."""
    letterhead = Letterhead(
        sender=mailbox(settings.sender_name, settings.sender),
        domain=settings.sender.partition("@")[2],
        base_url=settings.base_url.rstrip("/"),
    )
    return Sender(Simulated(create_mailer(settings)), letterhead)


def create_posting(settings: Settings) -> Posting:
    """The way of the audit's heads out of the house, over a connection of its own."""
    return Posting(
        mailer=create_mailer(settings),
        to=settings.audit_to or ((_DEMO_OFFICER,) if settings.is_demo else ()),
        sender=mailbox(settings.sender_name, settings.sender),
        domain=settings.sender.partition("@")[2],
        language=settings.language,
    )


def create_tidings(settings: Settings) -> TidingsPosting:
    """The way of mails to whoever reported, from a sender of their own where one is set."""
    sender = settings.tidings_sender or settings.sender
    return TidingsPosting(
        mailer=Simulated(create_mailer(settings, sender=sender)),
        sender=mailbox(settings.sender_name, sender),
        domain=sender.partition("@")[2],
        link=settings.start_page,
    )


def create_mailer(settings: Settings, *, sender: str = "") -> Mailer:
    """SMTP, or the console."""
    if settings.mail_via == "console":
        return ConsoleMailer()
    relay = Relay(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
        authorities=settings.smtp_authorities,
        timeout=settings.smtp_timeout,
        sender=sender or settings.sender,
    )
    return SmtpMailer(relay)


def check(settings: Settings, database: Database) -> dict[str, dict[str, str]]:
    """The master key, the mail server, and heads of the audit that nobody gets."""
    found = {"keys": _keys(database)} | check_mail_server(settings)
    no_address = "smtp" in found and not settings.audit_to
    if no_address and database.read(heads.waiting_since) is not None:
        told = "heads of the audit wait for an address: RUECKHALT_NOTIFY_AUDIT_TO"
        found["audit"] = {"status": "degraded", "reason": told}
    return found


def check_mail_server(settings: Settings) -> dict[str, dict[str, str]]:
    """The mail server, where real mail would go to one."""
    if settings.is_demo or settings.mail_via != "smtp":
        return {}
    return {"smtp": reach(create_mailer(settings), f"{settings.smtp_host}:{settings.smtp_port}")}


def _keys(database: Database) -> dict[str, str]:
    try:
        opening.vault_of(database).look()
    except BadSettings as error:
        return {"status": "failed", "reason": str(error)}
    return {"status": "ok"}


service = Service(
    name="notify",
    settings=Settings,
    create_app=create_app,
    create_worker=create_worker,
    create_database=create_database,
    migrations="rueckhalt_notify.migrations",
    subscriptions=subscriptions,
    commands=commands.notify,
    checks=check,
    eraser=ERASER,
    prepare_demo=demo.prepare_demo,
)
