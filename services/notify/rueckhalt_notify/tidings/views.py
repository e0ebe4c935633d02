# SPDX-License-Identifier: EUPL-1.2
"""HTTP in, for intake alone: a neutral mail to whoever reported. No address is ever given back."""

from typing import Any

from rueckhalt_notify.tidings import handlers
from rueckhalt_notify.tidings.schemas import TakenSchema, TidingSchema
from rueckhalt_notify.tidings.store import Tiding
from rueckhalt_shared.keys import TIDINGS
from rueckhalt_shared.web import Blueprint, FieldProblem, caller, database, requires, settings

blp = Blueprint("tidings", __name__, url_prefix="/v1/tidings")


@blp.post("")
@requires(TIDINGS)
@blp.arguments(TidingSchema)
@blp.response(202, TakenSchema)
def send_tiding(body: dict[str, Any]) -> Tiding:
    """Keep it and send it once; the same id again changes nothing."""
    who = caller()
    if not who.reaches(body["municipality"]):
        raise FieldProblem("municipality", "is not within this key's reach")
    if who.mode != ("demo" if settings().is_demo else "live"):
        raise FieldProblem("mode", "keys of this mode write to nobody")
    told = {name: str(body[name]) for name in ("id", "incident", "municipality", "language")}
    now = database().clock()
    asked = Tiding(**told, state="waiting", attempts=0, created_at=now)
    return database().run(handlers.take, asked, body["address"])
