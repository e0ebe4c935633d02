# SPDX-License-Identifier: EUPL-1.2
"""Use cases: a crisis is declared and ended by hand; somebody leaves. Each stands in the audit."""

from dataclasses import replace
from datetime import datetime

from rueckhalt_routing.duty import handlers, store
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.entries import Crisis, Departure
from rueckhalt_routing.duty.house import House, UnknownKey
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.contracts import PersonDeactivated, ids
from rueckhalt_shared.database import Transaction


class CrisisGoesOn(Exception):
    """A crisis has been declared here already."""


class LeavesLater(Exception):
    """Who leaves on a day to come has it in the plan (`until`), where the proof sees it."""


class NoCrisis(Exception):
    """There is no crisis here that could be ended."""


def declare(tx: Transaction, town: str, actor: Actor, *, reason: str = "") -> Crisis:
    """From now on it is a crisis in this town. Raises CrisisGoesOn."""
    if going_on(tx, [town], now=tx.now) is not None:
        raise CrisisGoesOn(town)
    crisis = Crisis(
        id=ids.uuid7(),
        municipality=town,
        start_at=tx.now,
        reason=reason,
        declared_by=actor.name,
    )
    store.add_crisis(tx, crisis)
    actor.record(tx, "crisis.declared", municipality=town, object=crisis.id)
    handlers.changed(tx, town)
    return crisis


def end(tx: Transaction, town: str, actor: Actor) -> Crisis:
    """The crisis of this town is over. Raises NoCrisis."""
    crisis = going_on(tx, [town], now=tx.now)
    if crisis is None:
        raise NoCrisis(town)
    ended = replace(crisis, end_at=tx.now, ended_by=actor.name)
    store.save_crisis(tx, ended)
    actor.record(tx, "crisis.ended", municipality=town, object=crisis.id)
    handlers.changed(tx, town)
    return ended


def going_on(
    tx: Transaction, towns: list[str] | None = None, *, town: str = "", now: datetime
) -> Crisis | None:
    """The crisis of these regions, or of a town and those above it, that goes on."""
    for crisis in store.crises_of(tx, towns or plans.ancestors(town)):
        if crisis.start_at <= now and (crisis.end_at is None or crisis.end_at > now):
            return crisis
    return None


def leave(tx: Transaction, house: House, actor: Actor, *, person: str, at: datetime) -> Departure:
    """Somebody has left before a new plan says so. Raises UnknownKey and LeavesLater."""
    if at > tx.now:
        raise LeavesLater(person)
    gone = Departure(
        municipality=house.municipality,
        person=house.known(person),
        left_at=at,
        noted_by=actor.name,
    )
    store.keep_departure(tx, gone)
    actor.record(tx, "person.left", municipality=house.municipality, object=person)
    tx.publish(
        PersonDeactivated(
            subject=house.compiled.members[person].id, municipality=house.municipality, at=at
        )
    )
    handlers.changed(tx, house.municipality)
    return gone


def stay(tx: Transaction, house: House, actor: Actor, *, person: str) -> None:
    """Somebody stays after all. Raises UnknownKey."""
    if not store.remove_departure(tx, house.municipality, person):
        raise UnknownKey("person", person)
    actor.record(tx, "person.stays", municipality=house.municipality, object=person)
    handlers.changed(tx, house.municipality)
