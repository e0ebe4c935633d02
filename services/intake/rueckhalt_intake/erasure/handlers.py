# SPDX-License-Identifier: EUPL-1.2
"""Use cases of erasure. Each works inside one open transaction; whoever opened it commits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from rueckhalt_intake.erasure import domain, requests, store
from rueckhalt_intake.erasure.domain import Hold, OnHold, Order
from rueckhalt_intake.evidence import forgetting as evidence
from rueckhalt_intake.incidents import erasing as incidents
from rueckhalt_intake.incidents.domain import ChangedMeanwhile, Incident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.units import Units
from rueckhalt_shared.audit import recording
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.contracts import IncidentErasureOrdered, IncidentHoldChanged
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import carrying_out, tombstones
from rueckhalt_shared.erasing.carrying_out import Eraser, Leftover
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state

log = get_logger(__name__)
OWN = "intake"
REPLAYED = "replay"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody wants erased, and why."""

    scope: str
    reason: str
    ordered_by: str
    expected: tuple[str, ...]  # the services that have to confirm it


def erasable(tx: Transaction, incident_id: str, reach: Reach) -> Incident:
    """The incident, if nothing stands in the way; raises OnHold, Erased, NoSuchIncident."""
    incident = incidents.find_locked(tx, incident_id, reach)
    if hold := live_hold(tx, incident_id):
        raise OnHold(hold)
    return incident


def order_case(
    tx: Transaction, incident_id: str, reach: Reach, wanted: Wanted, *, request: str | None = None
) -> Order:
    """Erase a whole case: rows now, the key right after, everybody else by the event.

    Where a person asked for it by a `request`, only while that is open; raises ChangedMeanwhile.
    """
    incident = erasable(tx, incident_id, reach)
    _still_asked(tx, request)
    order = _ordered(tx, incident, wanted)
    recording.unlink(tx, incident.id)
    tombstones.bury(tx, incident.id)
    _drop_rows(tx, incident, order.id)
    carrying_out.finish_inbox(tx, incident.id)
    _announce(tx, incident, order, version=incident.version + 1)
    return order


def order_source(
    tx: Transaction,
    before: Incident,
    after: Incident,
    wanted: Wanted,
    *,
    units: Units,
    request: str | None = None,
) -> Order:
    """Forget who reported: the incident lives on under a new key; the old one is shredded."""
    incidents.lock(tx, before.id)
    if hold := live_hold(tx, before.id):
        raise OnHold(hold)
    _still_asked(tx, request)
    order = _ordered(tx, before, wanted)
    for key_id in evidence.keys_of(tx, before.id, of_source=True):
        store.shred_later(tx, key_id, order.id)
    incidents.forget_source(tx, before, after, units=units)
    requests.drop(tx, before.id)  # the reporter may have asked
    store.shred_later(tx, before.key_id, order.id)
    _announce(tx, before, order, version=after.version)
    return order


def order_attachment(
    tx: Transaction,
    incident_id: str,
    reach: Reach,
    wanted: Wanted,
    *,
    attachment_id: str,
    request: str | None = None,
) -> Order:
    """Erase one file: its row now, its key right after; raises OnHold, NoSuchAttachment.

    Where a person asked for it by a `request`, only while that is open; raises ChangedMeanwhile.
    """
    incident = erasable(tx, incident_id, reach)
    _still_asked(tx, request)
    key_id = evidence.forget_one(tx, incident.id, attachment_id)
    requests.drop_of_file(tx, attachment_id)
    order = _ordered(tx, incident, wanted)
    store.shred_later(tx, key_id, order.id)
    _announce(tx, incident, order, version=incident.version)
    return order


def _still_asked(tx: Transaction, request: str | None) -> None:
    """Nobody has declined it meanwhile: whoever declines holds the incident locked, as we do."""
    if request is not None and not requests.is_open(tx, request):
        raise ChangedMeanwhile


def erase_restored(tx: Transaction, incident_id: str, municipality: str | None) -> None:
    """A restored backup has brought back what was erased: it goes again, whatever holds it."""
    found = incidents.whoever_asks(tx, incident_id)
    if found is not None:
        _drop_rows(tx, found, f"{REPLAYED}-{uuid4().hex[:24]}")


def note_receipt(tx: Transaction, order_id: str, service: str, at: datetime) -> None:
    """A service has erased; the last receipt completes the order."""
    order = store.add_receipt(tx, order_id, service, at)
    if order is None:
        log.warning("receipt of an unknown order", object=order_id, producer=service)
    elif not order.missing:
        store.complete(tx, order_id)


def note_shredded(tx: Transaction, key_id: str, order_id: str) -> None:
    """The key is gone: that is intake's own receipt."""
    store.shredded(tx, key_id)
    if not store.is_awaiting_key(tx, order_id) and not order_id.startswith(REPLAYED):
        note_receipt(tx, order_id, OWN, tx.now)


def watch(tx: Transaction) -> list[Order]:
    """Say aloud which orders miss a receipt after their time; answers them."""
    waiting = store.unfinished(tx)
    late = [order for order in waiting if order.state(tx.now) == "overdue"]
    for order in late:
        log.error("erasure not confirmed", object=order.id, services=list(order.missing))
    told = f"{len(late)} orders to erase miss a receipt: rueckhalt erasures list"
    note_state(tx, "erasures", "overdue" if late else "up", told if late else None)
    return late


def show_order(tx: Transaction, order_id: str, municipalities: Sequence[str], mode: str) -> Order:
    """One order with its receipts; raises NoSuchOrder."""
    return store.get(tx, order_id, municipalities, mode)


def list_orders(
    tx: Transaction, municipalities: Sequence[str], mode: str | None, *, limit: int
) -> list[Order]:
    """The newest orders, each with its receipts."""
    return store.newest(tx, municipalities, mode, limit=limit)


def set_hold(
    tx: Transaction, incident_id: str, reach: Reach, *, ground: str, reason: str, by: str
) -> Hold:
    """Keep an incident from being erased."""
    incident = incidents.find_locked(tx, incident_id, reach)
    hold = Hold(
        id=str(uuid4()),
        incident_id=incident.id,
        municipality=incident.municipality,
        mode=incident.mode,
        ground=ground,
        reason=reason,
        set_by=by,
        set_at=tx.now,
    )
    store.add_hold(tx, hold)
    _record(tx, hold, "hold.set", by, why=ground, object=hold.id)
    _tell_held(tx, hold)
    return hold


def lift_hold(
    tx: Transaction,
    hold_id: str,
    *,
    municipalities: Sequence[str],
    mode: str | None,
    reason: str,
    by: str,
) -> Hold:
    """The incident may be erased again; lifting it twice changes nothing. Raises NoSuchHold."""
    hold = store.get_hold(tx, hold_id, municipalities, mode)
    if hold.lifted_at is not None:
        return hold
    lifted = replace(hold, lifted_by=by, lifted_at=tx.now, lift_reason=reason)
    store.lift(tx, lifted)
    _record(tx, lifted, "hold.lifted", by, why=hold.ground, object=hold.id)
    _tell_held(tx, lifted)
    return lifted


def list_holds(tx: Transaction, incident_id: str, reach: Reach) -> list[Hold]:
    """Every hold of an incident, lifted ones included."""
    return store.holds_of(tx, incidents.find(tx, incident_id, reach).id)


def is_source_forgotten(tx: Transaction, incident_id: str) -> bool:
    """Was it ordered before to forget who reported?"""
    return store.exists(tx, tombstones.mark_of(tx, incident_id), domain.SOURCE)


def live_hold(tx: Transaction, incident_id: str) -> Hold | None:
    """The first hold that stands in the way."""
    return next((h for h in store.holds_of(tx, incident_id) if h.lifted_at is None), None)


def _ordered(tx: Transaction, incident: Incident, wanted: Wanted) -> Order:
    order = Order(
        id=str(uuid4()),
        mark=tombstones.mark_of(tx, incident.id),
        municipality=incident.municipality,
        mode=incident.mode,
        ordered_at=tx.now,
        due_at=tx.now + domain.RECEIPTS_WITHIN,
        receipts={},
        **vars(wanted),
    )
    store.add(tx, order)
    _record(tx, incident, "erasure.ordered", wanted.ordered_by, why=order.reason, object=order.id)
    return order


def _record(
    tx: Transaction, about: Incident | Hold, act: str, who: str, *, why: str, object: str
) -> None:
    incident = about.incident_id if isinstance(about, Hold) else about.id
    done = Act(
        municipality=about.municipality,
        who=who,
        act=act,
        fields="case",
        why=why,
        incident=incident,
        object=object,
    )
    record(tx, done)


def _drop_rows(tx: Transaction, incident: Incident, order_id: str) -> None:
    for key_id in evidence.keys_of(tx, incident.id):
        store.shred_later(tx, key_id, order_id)
    incidents.erase(tx, incident)
    store.drop_holds(tx, incident.id)
    requests.drop(tx, incident.id)
    store.shred_later(tx, incident.key_id, order_id)


def _tell_held(tx: Transaction, changed: Hold) -> None:
    """Whether anything holds it now; the ground and the reason are nobody's business outside."""
    tx.publish(
        IncidentHoldChanged(
            subject=changed.incident_id,
            municipality=changed.municipality,
            mode=changed.mode,
            held=live_hold(tx, changed.incident_id) is not None,
        )
    )


def _announce(tx: Transaction, incident: Incident, order: Order, *, version: int) -> None:
    tx.publish(
        IncidentErasureOrdered(
            subject=incident.id,
            municipality=incident.municipality,
            mode=incident.mode,
            version=version,
            order=order.id,
            scope=order.scope,
            due_at=order.due_at,
        )
    )
    carrying_out.leave(tx, Leftover(order.id, incident.id, order.scope))
    tx.wake("shredding")


ERASER = Eraser(case=erase_restored, held=incidents.held, tables=(*incidents.TABLES, *store.TABLES))
