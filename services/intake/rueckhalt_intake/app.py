# SPDX-License-Identifier: EUPL-1.2
"""Composition root: the one place where settings become objects."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import inspect

from rueckhalt_intake import commands, demo
from rueckhalt_intake.anchors import consumers as anchors
from rueckhalt_intake.codelists.views import blp as codes_blp
from rueckhalt_intake.copies.pages import pages as copies
from rueckhalt_intake.desk.pages import pages as desk_pages
from rueckhalt_intake.erasure import asking
from rueckhalt_intake.erasure import consumers as _counting  # noqa: F401 - they register
from rueckhalt_intake.erasure.domain import NoSuchHold, NoSuchOrder, OnHold
from rueckhalt_intake.erasure.handlers import ERASER
from rueckhalt_intake.erasure.ordering import Ordering
from rueckhalt_intake.erasure.pages import pages as erasures
from rueckhalt_intake.erasure.shredding import Shredding, watch
from rueckhalt_intake.erasure.views import blp as erasure_blp
from rueckhalt_intake.incidents import consumers, handlers, store
from rueckhalt_intake.incidents.domain import (
    AlreadyClosed,
    ChangedMeanwhile,
    Erased,
    NoSuchIncident,
)
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.views import blp as incidents_blp
from rueckhalt_intake.retention.domain import BadClasses
from rueckhalt_intake.retention.pages import pages as retention
from rueckhalt_intake.retention.reading import read_classes
from rueckhalt_intake.retention.running import daily
from rueckhalt_intake.settings import Settings
from rueckhalt_intake.strict import checking as strict_checking
from rueckhalt_intake.strict import rights
from rueckhalt_intake.strict.choosing import Strictness
from rueckhalt_intake.strict.domain import Rule
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_intake.strict.keeping import keep_role_keys
from rueckhalt_intake.strict.pages import pages as strict_pages
from rueckhalt_intake.strict.reading import read_rules
from rueckhalt_intake.subscriptions import subscriptions
from rueckhalt_intake.units import Units
from rueckhalt_intake.vault import checking
from rueckhalt_intake.vault.master_key import MasterKeyRefused
from rueckhalt_intake.vault.opening import keys_database, open_vault, stands
from rueckhalt_intake.vault.sealing import SealedStrictly, Vault
from rueckhalt_intake.vault.sweeping import KeySweep
from rueckhalt_intake.waves.domain import Limits, NoSuchReport
from rueckhalt_intake.waves.gauge import Gauge
from rueckhalt_intake.waves.pages import pages as wave_pages
from rueckhalt_intake.waves.views import blp as waves_blp
from rueckhalt_shared.audit import rounds
from rueckhalt_shared.audit import views as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import sweeping, tombstones
from rueckhalt_shared.pages.audit import pages_of
from rueckhalt_shared.service import Service
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.web import service_app
from rueckhalt_shared.worker import Loop, Worker

__all__ = ["Settings", "consumers", "create_app", "create_worker", "service"]


def create_app(settings: Settings, database: Database) -> Flask:
    """Intake's web side; refuses to start without the right master key."""
    reception = reception_of(settings, database)
    database.context[rights.ASSIGNING] = "routing" in settings.services
    return service_app(
        "intake",
        [incidents_blp, codes_blp, erasure_blp, waves_blp, audit.blp],
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
            asking.NoSuchRequest: 404,
            asking.NotYours: 403,
            **audit.PROBLEMS,
        },
        extensions={
            "reception": reception,
            "bulk_bytes": settings.bulk_bytes,
            "ordering": ordering_of(settings, database),
            "role_keys": role_keys_of(settings, database),
        },
        pages=[
            desk_pages,
            strict_pages,
            wave_pages,
            copies,
            erasures,
            retention,
            pages_of("audit_pages", "/audit", lambda: database),
        ],
    )


def create_worker(settings: Settings, database: Database) -> Worker:
    """Relay, consumers and intake's own rounds."""
    vault = vault_of(settings, database)
    database.context[anchors.IDENTITY_URL] = settings.identity_url
    sweep = KeySweep(vault.keys, lambda keys: database.read(store.key_ids, keys))

    def keep_keys(_: Database) -> bool:
        vault.pool.top_up()
        return sweep.run()

    loops = [
        Loop("keys", keep_keys, every=60.0),
        Loop("role-keys", keep_role_keys(settings, role_keys_of(settings, database)), every=60.0),
        Loop("answers", _forget_answers, every=3600.0),
        Loop("shredding", Shredding(vault).run, every=1.0),
        Loop("receipts", watch, every=60.0),
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
            return {}
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
            "strict": strict_checking.looked_at(role_keys, rules_of(settings)),
        }
    finally:
        vault.keys.dispose()


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
)
