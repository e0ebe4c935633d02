# SPDX-License-Identifier: EUPL-1.2
"""Composition root: the one place where settings become objects."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import inspect

from rueckhalt_intake import commands, demo
from rueckhalt_intake.codelists.views import blp as codes_blp
from rueckhalt_intake.desk.pages import pages as desk_pages
from rueckhalt_intake.erasure import consumers as _counting  # noqa: F401 - they register
from rueckhalt_intake.erasure.domain import NoSuchHold, NoSuchOrder, OnHold
from rueckhalt_intake.erasure.handlers import ERASER
from rueckhalt_intake.erasure.ordering import Ordering
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
from rueckhalt_intake.retention.reading import read_classes
from rueckhalt_intake.retention.running import daily
from rueckhalt_intake.settings import Settings
from rueckhalt_intake.subscriptions import subscriptions
from rueckhalt_intake.units import Units
from rueckhalt_intake.vault.opening import keys_database, open_vault
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_intake.vault.sweeping import KeySweep
from rueckhalt_shared.audit import views as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import sweeping, tombstones
from rueckhalt_shared.service import Service
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.web import service_app
from rueckhalt_shared.worker import Loop, Worker

__all__ = ["Settings", "consumers", "create_app", "create_worker", "service"]


def create_app(settings: Settings, database: Database) -> Flask:
    """Intake's web side; refuses to start without the right master key."""
    reception = reception_of(settings, database)
    return service_app(
        "intake",
        [incidents_blp, codes_blp, erasure_blp, audit.blp],
        settings=settings,
        database=database,
        pages=[desk_pages],
        problems={
            handlers.ReferenceTaken: 422,
            handlers.ReferenceElsewhere: 422,
            Erased: 410,
            ChangedMeanwhile: 409,
            AlreadyClosed: 409,
            OnHold: 409,
            NoSuchIncident: 404,
            NoSuchOrder: 404,
            NoSuchHold: 404,
            **audit.PROBLEMS,
        },
        extensions={
            "reception": reception,
            "bulk_bytes": settings.bulk_bytes,
            "ordering": ordering_of(settings, database),
        },
    )


def create_worker(settings: Settings, database: Database) -> Worker:
    """Relay, consumers and intake's own rounds."""
    vault = vault_of(settings, database)
    sweep = KeySweep(vault.keys, lambda keys: database.read(store.key_ids, keys))

    def keep_keys(_: Database) -> bool:
        vault.pool.top_up()
        return sweep.run()

    loops = [
        Loop("keys", keep_keys, every=60.0),
        Loop("answers", _forget_answers, every=3600.0),
        Loop("shredding", Shredding(vault).run, every=1.0),
        Loop("receipts", watch, every=60.0),
        sweeping.loop(database, settings, ERASER),
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
            path=settings.data / "intake.kek",
            holds_reports=inspect(database.engine).has_table(store.incidents.name)
            and database.read(store.holds_reports),
            pool=settings.key_pool,
        )
    vault: Vault = database.context["vault"]
    return vault


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
    eraser=ERASER,
    prepare_demo=demo.prepare_demo,
    seed_demo=demo.seed_demo,
)
