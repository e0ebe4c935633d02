# SPDX-License-Identifier: EUPL-1.2
"""Use cases of grants: note what routing says, ask who may open an incident, forget an erased one.

Whoever calls `note` holds the incident locked: the facts of one incident are applied one by one.
"""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import ColumnElement

from rueckhalt_intake.grants import domain, store
from rueckhalt_intake.grants.domain import Fact, Standing
from rueckhalt_shared.database import Transaction

TABLES = store.TABLES


def note(tx: Transaction, incident_id: str, fact: Fact) -> None:
    """A fact from routing: applied wherever it belongs in the order, never refused."""
    before = store.get(tx, incident_id)
    after = domain.apply(before or Standing(), fact)
    if after != before:
        store.put(tx, incident_id, before, after)


def standing_of(tx: Transaction, incident_id: str) -> Standing:
    """How access to an incident stands, and what else routing said."""
    return store.get(tx, incident_id) or Standing()


def urgencies(tx: Transaction, incident_ids: Collection[str]) -> dict[str, str | None]:
    """How urgent each of these incidents is, as far as routing has said."""
    return store.urgencies(tx, incident_ids)


def forget_persons(tx: Transaction, incident_id: str, persons: Collection[str]) -> None:
    """These are no longer known to be in conflict: the source of the incident is forgotten."""
    before = store.get(tx, incident_id)
    if before is not None and not set(before.excluded).isdisjoint(persons):
        left = tuple(each for each in before.excluded if each not in persons)
        store.put(tx, incident_id, before, replace(before, excluded=left))


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident is erased: nobody may open it, and nothing says who could."""
    store.remove(tx, incident_id)


def is_open_to(person: str, incident_id: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """Conditions for a query over incidents: those this person may open."""
    return store.is_open_to(person, incident_id)
