# SPDX-License-Identifier: EUPL-1.2
"""HTTP in, HTTP out: order an erasure, look at its receipts, set and lift holds."""

from typing import Any, cast
from uuid import UUID

from flask import url_for

from rueckhalt_intake.erasure import handlers
from rueckhalt_intake.erasure.ordering import Ordering
from rueckhalt_intake.erasure.schemas import (
    EraseSchema,
    HoldSchema,
    HoldShownSchema,
    HoldsSchema,
    LiftSchema,
    OrderSchema,
    OrdersSchema,
)
from rueckhalt_intake.erasure.showing import hold_shown, order_shown
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_shared.web import Blueprint, caller, database, extension, requires

blp = Blueprint("erasure", __name__, url_prefix="/v1", description="Erasure")
ERASE, HOLD = "incident:erase", "incident:hold"
_MOST = 200


def reach() -> Reach:
    """Every incident of the key's municipalities, whoever has reported it."""
    return Reach(municipalities=caller().municipalities, mode=caller().mode, sender=None)


@blp.post("/incidents/<uuid:incident_id>/erasure")
@requires(ERASE)
@blp.arguments(EraseSchema)
@blp.response(202, OrderSchema)
def erase_incident(body: dict[str, Any], incident_id: UUID) -> Any:
    """Erase an incident, or who reported it, in every service."""
    ordering = cast(Ordering, extension("ordering"))
    order = ordering.give(str(incident_id), reach(), by=caller().sender, **body)
    location = url_for("erasure.show_order", order_id=order.id)
    return order_shown(order, database().clock()), {"Location": location}


@blp.get("/erasures/<uuid:order_id>")
@requires(ERASE)
@blp.response(200, OrderSchema)
def show_order(order_id: UUID) -> dict[str, Any]:
    """Show which services have confirmed an order."""
    who = caller()
    found = database().read(handlers.show_order, str(order_id), who.municipalities, who.mode)
    return order_shown(found, database().clock())


@blp.get("/erasures")
@requires(ERASE)
@blp.response(200, OrdersSchema)
def list_orders() -> dict[str, Any]:
    """List the newest orders."""
    who, now = caller(), database().clock()
    found = database().read(handlers.list_orders, who.municipalities, who.mode, limit=_MOST)
    return {"items": [order_shown(order, now) for order in found]}


@blp.post("/incidents/<uuid:incident_id>/holds")
@requires(HOLD)
@blp.arguments(HoldSchema)
@blp.response(201, HoldShownSchema)
def set_hold(body: dict[str, Any], incident_id: UUID) -> dict[str, Any]:
    """Keep an incident from being erased."""
    by = caller().sender
    return hold_shown(database().run(handlers.set_hold, str(incident_id), reach(), by=by, **body))


@blp.get("/incidents/<uuid:incident_id>/holds")
@requires(HOLD, ERASE)
@blp.response(200, HoldsSchema)
def list_holds(incident_id: UUID) -> dict[str, Any]:
    """List the holds of an incident."""
    found = database().read(handlers.list_holds, str(incident_id), reach())
    return {"items": [hold_shown(hold) for hold in found]}


@blp.post("/holds/<uuid:hold_id>/lift")
@requires(HOLD)
@blp.arguments(LiftSchema)
@blp.response(200, HoldShownSchema)
def lift_hold(body: dict[str, Any], hold_id: UUID) -> dict[str, Any]:
    """Lift a hold."""
    who = caller()
    lifted = database().run(
        handlers.lift_hold,
        str(hold_id),
        municipalities=who.municipalities,
        mode=who.mode,
        reason=body["reason"],
        by=who.sender,
    )
    return hold_shown(lifted)
