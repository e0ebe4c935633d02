# SPDX-License-Identifier: EUPL-1.2
"""Composition root: the one place where settings become objects."""

from collections.abc import Callable, Collection

from flask import Flask
from sqlalchemy import inspect

from rueckhalt_intake import commands, demo
from rueckhalt_intake.anchors import consumers as anchors
from rueckhalt_intake.codelists.views import blp as codes_blp
from rueckhalt_intake.deadlines import handlers as deadlines
from rueckhalt_intake.deadlines.reminding import remind
from rueckhalt_intake.deadlines.working_days import places_of
from rueckhalt_intake.emergencies import MARKS
from rueckhalt_intake.erasure import asking
from rueckhalt_intake.erasure import consumers as _counting  # noqa: F401 - they register
from rueckhalt_intake.erasure.domain import NoSuchHold, NoSuchOrder, OnHold
from rueckhalt_intake.erasure.handlers import ERASER
from rueckhalt_intake.erasure.ordering import Ordering
from rueckhalt_intake.erasure.shredding import Shredding, watch
from rueckhalt_intake.erasure.views import blp as erasure_blp
from rueckhalt_intake.evidence import forgetting as evidence
from rueckhalt_intake.evidence.domain import NoSuchAttachment
from rueckhalt_intake.evidence.sandbox import Sandbox
from rueckhalt_intake.evidence.scanning import Clamd, Scanning
from rueckhalt_intake.guidance.handlers import NoSuchCard
from rueckhalt_intake.help.handlers import NoSuchEntry
from rueckhalt_intake.help.posters import NoPoster
from rueckhalt_intake.inbound import handlers as inbound
from rueckhalt_intake.inbound.keeping import Entrance
from rueckhalt_intake.inbound.opening import looked_at as postboxes_looked_at
from rueckhalt_intake.inbound.opening import postbox_loops
from rueckhalt_intake.inbound.sweeping import Sweeping
from rueckhalt_intake.incidents import consumers, handlers, store
from rueckhalt_intake.incidents.domain import (
    AlreadyClosed,
    ChangedMeanwhile,
    Erased,
    NoSuchIncident,
)
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.views import blp as incidents_blp
from rueckhalt_intake.mailbox.asking import ask as ask_after
from rueckhalt_intake.mailbox.brake import AlmostSame
from rueckhalt_intake.mailbox.codes import Codes
from rueckhalt_intake.mailbox.line import Line
from rueckhalt_intake.old_lists import handlers as old_lists
from rueckhalt_intake.old_lists.domain import NoSuchList
from rueckhalt_intake.old_lists.keeping import OldLists
from rueckhalt_intake.old_lists.working import Working
from rueckhalt_intake.open311 import checking as open311
from rueckhalt_intake.open311.asking import Calling
from rueckhalt_intake.open311.pulling import Pulling
from rueckhalt_intake.open311.reading import read_lists
from rueckhalt_intake.open311.views import blp as open311_blp
from rueckhalt_intake.papers.printing import PressBusy
from rueckhalt_intake.report import handlers as drafting
from rueckhalt_intake.report.keeping import Drafts
from rueckhalt_intake.retention.domain import BadClasses
from rueckhalt_intake.retention.reading import read_classes
from rueckhalt_intake.retention.running import daily
from rueckhalt_intake.rooms import PAGES
from rueckhalt_intake.settings import Settings
from rueckhalt_intake.strict import checking as strict_checking
from rueckhalt_intake.strict import rights
from rueckhalt_intake.strict.choosing import Strictness
from rueckhalt_intake.strict.domain import Rule
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_intake.strict.keeping import keep_role_keys
from rueckhalt_intake.strict.reading import read_rules
from rueckhalt_intake.subscriptions import subscriptions
from rueckhalt_intake.tidings.handing_over import HandingOver
from rueckhalt_intake.towns import Towns
from rueckhalt_intake.units import Units
from rueckhalt_intake.vault import checking
from rueckhalt_intake.vault.master_key import MasterKeyRefused
from rueckhalt_intake.vault.opening import keys_database, open_vault, stands
from rueckhalt_intake.vault.sealing import SealedStrictly, Vault
from rueckhalt_intake.vault.sweeping import KeySweep
from rueckhalt_intake.waves.domain import Limits, NoSuchReport
from rueckhalt_intake.waves.gauge import Gauge
from rueckhalt_intake.waves.views import blp as waves_blp
from rueckhalt_shared.audit import rounds
from rueckhalt_shared.audit import views as audit
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing import sweeping, tombstones
from rueckhalt_shared.keys import TIDINGS
from rueckhalt_shared.pages.audit import pages_of
from rueckhalt_shared.service import Service
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.web import service_app
from rueckhalt_shared.worker import Loop, Worker

__all__ = ["Settings", "consumers", "create_app", "create_worker", "service"]


def create_app(settings: Settings, database: Database) -> Flask:
    """Intake's web side; refuses to start without the right master key."""
    reception = reception_of(settings, database)
    _keep_calendar(settings, database)
    database.context[rights.ASSIGNING] = "routing" in settings.services
    app = service_app(
        "intake",
        [incidents_blp, codes_blp, erasure_blp, waves_blp, open311_blp, audit.blp],
        settings=settings,
        database=database,
        problems={
            handlers.ReferenceTaken: 422,
            handlers.ReferenceElsewhere: 422,
            Erased: 410,
            ChangedMeanwhile: 409,
            AlreadyClosed: 409,
            OnHold: 409,
            SealedStrictly: 409,
            NoSuchIncident: 404,
            NoSuchOrder: 404,
            NoSuchHold: 404,
            NoSuchReport: 404,
            NoSuchAttachment: 404,
            NoSuchCard: 404,
            NoSuchEntry: 404,
            NoSuchList: 404,
            NoPoster: 503,
            PressBusy: 503,
            asking.NoSuchRequest: 404,
            asking.NotYours: 403,
            **audit.PROBLEMS,
        },
        extensions={
            "reception": reception,
            "bulk_bytes": settings.bulk_bytes,
            "evidence_bytes": settings.evidence_bytes,
            "scanner": settings.scanner,
            "sandbox": Sandbox(),
            "tidings": settings.tells_reporters,
            "ordering": ordering_of(settings, database),
            "role_keys": role_keys_of(settings, database),
            "towns": towns_of(settings),
            "drafts": drafts_of(settings, database),
            "line": Line(vault_of(settings, database)),
            "almost_same": AlmostSame(),
            "entrance": entrance_of(settings, database),
        },
        pages=[
            *PAGES,
            pages_of("audit_pages", "/audit", lambda: database),
        ],
    )
    return MARKS.shown_on(app, database, settings.municipality)


def create_worker(settings: Settings, database: Database) -> Worker:
    """Relay, consumers and intake's own rounds."""
    vault = vault_of(settings, database)
    _keep_calendar(settings, database)
    database.context[anchors.IDENTITY_URL] = settings.identity_url
    lists, reception = OldLists(database, vault), reception_of(settings, database)
    sweep = KeySweep(vault.keys, lambda keys: database.read(_used_keys, keys))

    def keep_keys(_: Database) -> bool:
        vault.pool.top_up()
        return sweep.run()

    loops = [
        Loop("keys", keep_keys, every=60.0),
        Loop("role-keys", keep_role_keys(settings, role_keys_of(settings, database)), every=60.0),
        Loop("answers", _forget_answers, every=3600.0),
        Loop("shredding", Shredding(vault).run, every=1.0),
        Loop("receipts", watch, every=60.0),
        Loop("scanning", Scanning(vault, _scanner_of(settings)).run, every=5.0),
        Loop("drafts", drafts_of(settings, database).sweep, every=3600.0),
        Loop("arrivals", Sweeping(vault).run, every=300.0),
        Loop("old-list-sweep", lists.sweep, every=3600.0),
        Loop(old_lists.SIGNAL, Working(lists, reception).run, every=5.0),
        Loop("open311", pulling_of(settings, database).run, every=30.0),
        Loop("aftercare", ask_after, every=300.0),
        Loop(
            "tidings", HandingOver(vault, settings.way_to_notify).run, every=5.0, signal="tidings"
        ),
        Loop("deadlines", remind, every=60.0),
        *postbox_loops(settings, entrance_of(settings, database), towns_of(settings)),
        sweeping.loop(database, settings, ERASER),
        *rounds.loops(database, settings),
    ]
    if settings.retention_daily and not settings.is_demo:
        loops.append(Loop("retention", _daily(settings, database), every=600.0))
    if "routing" in settings.services:
        loops.append(Loop("unassigned", _announce_again, every=5.0))
    return Worker(
        service="intake",
        database=database,
        bus_url=settings.bus_url,
        subscriptions=subscriptions,
        deployed=settings.services,
        loops=loops,
    )


def reception_of(settings: Settings, database: Database) -> Reception:
    """Where this process receives reports."""
    return Reception(
        vault=vault_of(settings, database),
        units=Units.from_file(settings.units or settings.data / "units.csv"),
        known_ags=settings.ars_of_ags,
        base_url=settings.base_url.rstrip("/"),
        routing_deployed="routing" in settings.services,
        strict=Strictness(rules_of(settings), role_keys_of(settings, database)),
        gauge=Gauge(Limits(network=settings.hourly_network, system=settings.hourly_system)),
    )


def towns_of(settings: Settings) -> Towns:
    """The towns the public pages serve; raises BadTowns."""
    return Towns.of(
        settings.towns or settings.data / "towns.csv",
        must_exist=settings.towns is not None,
        ars=settings.municipality,
        name=settings.municipality_name,
    )


def drafts_of(settings: Settings, database: Database) -> Drafts:
    """Where this process keeps drafts; the salt of the seven words hangs on the vault."""
    vault = vault_of(settings, database)
    salt = bytes.fromhex(vault.mark_of("seven words"))[:16]
    return Drafts(database, vault, Codes(salt))


def entrance_of(settings: Settings, database: Database) -> Entrance:
    """Where mails and entries from elsewhere come in, to wait for a person."""
    return Entrance(
        database,
        vault_of(settings, database),
        is_scanned=bool(settings.scanner),
        most=settings.evidence_bytes,
        mode="demo" if settings.is_demo else "live",
    )


def _used_keys(tx: Transaction, keys: Collection[str]) -> set[str]:
    found = store.key_ids(tx, keys) | drafting.key_ids(tx, keys) | inbound.key_ids(tx, keys)
    return found | evidence.used_keys(tx, keys) | old_lists.key_ids(tx, keys)


def _scanner_of(settings: Settings) -> Clamd | None:
    return Clamd(settings.scanner) if settings.scanner else None


def _keep_calendar(settings: Settings, database: Database) -> None:
    """Where deadlines end, and on which days the house is shut."""
    database.context[deadlines.PLACES] = places_of(towns_of(settings))
    database.context[deadlines.CLOSING_DAYS] = settings.closed_on


def ordering_of(settings: Settings, database: Database) -> Ordering:
    """Where this process takes orders to erase."""
    tombstones.install(database, settings)
    reception = reception_of(settings, database)
    return Ordering(database=database, reception=reception, deployed=settings.services)


def _daily(settings: Settings, database: Database) -> Callable[[Database], bool]:
    try:
        read_classes(settings.retention)
    except BadClasses as error:
        raise BadSettings([f"RUECKHALT_INTAKE_RETENTION: {error}"]) from None
    return daily(ordering_of(settings, database), lambda: read_classes(settings.retention))


def vault_of(settings: Settings, database: Database) -> Vault:
    """The one vault of this process, shared by web and worker."""
    if "vault" not in database.context:
        database.context["vault"] = open_vault(
            keys_database(settings.keys_url, beside=database),
            given=settings.kek,
            previous=settings.kek_previous,
            path=settings.kek_path,
            holds_reports=inspect(database.engine).has_table(store.incidents.name)
            and database.read(store.holds_reports),
            pool=settings.key_pool,
        )
        database.context[rights.CONTEXT] = RoleKeys(database.context["vault"])
    vault: Vault = database.context["vault"]
    return vault


def checks(settings: Settings, database: Database) -> dict[str, dict[str, str]]:
    """Do the master keys and the key store fit, and is anything left on an older one?"""
    if not stands(settings.keys_url, database):
        if not database.read(store.holds_reports):
            return postboxes_looked_at(settings)
        told = "there are sealed reports, but no key store: restore it from the same backup"
        return {"keys": {"status": "failed", "reason": told}}
    try:
        vault = vault_of(settings, database)
    except MasterKeyRefused as error:
        return {"keys": {"status": "failed", "reason": str(error)}}
    try:
        newest = database.read(store.newest_keys, limit=checking.LOOKED_AT)
        role_keys = role_keys_of(settings, database)
        return {
            "keys": checking.looked_at(vault, newest),
            "open311": open311.looked_at(
                database, read_lists(settings.open311, beside=settings.data)
            ),
            "strict": strict_checking.looked_at(role_keys, rules_of(settings)),
            **postboxes_looked_at(settings),
        }
    finally:
        vault.keys.dispose()


def pulling_of(settings: Settings, database: Database) -> Pulling:
    """Whoever looks through the lists of others; raises BadLists."""
    calling = Calling(settings.open311_networks, only_here=settings.is_demo)
    lists = read_lists(settings.open311, beside=settings.data)
    return Pulling(lists, entrance_of(settings, database), calling)


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """What makes a report strict here; raises BadRules."""
    path = settings.strict or settings.data / "strict.yaml"
    return read_rules(path, must_exist=settings.strict is not None)


def role_keys_of(settings: Settings, database: Database) -> RoleKeys:
    """The role keys of this process's key store."""
    vault_of(settings, database)
    role_keys: RoleKeys = database.context[rights.CONTEXT]
    return role_keys


def _announce_again(database: Database) -> bool:
    if not database.read(handlers.is_anybody_unassigned):
        return False
    return database.run(handlers.announce_again)


def _forget_answers(database: Database) -> bool:
    database.run(handlers.forget_answers)
    return False


service = Service(
    name="intake",
    settings=Settings,
    create_app=create_app,
    create_worker=create_worker,
    migrations="rueckhalt_intake.migrations",
    subscriptions=subscriptions,
    commands=commands.intake,
    checks=checks,
    eraser=ERASER,
    prepare_demo=demo.prepare_demo,
    seed_demo=demo.seed_demo,
    calls={"notify": TIDINGS},
)
