# SPDX-License-Identifier: EUPL-1.2
"""HTTP in, HTTP out: what was set aside, and what it is."""

from typing import Any

from rueckhalt_intake.waves import handlers
from rueckhalt_intake.waves.schemas import (
    DecidedSchema,
    DecisionSchema,
    WaitingPageSchema,
    WaitingQuerySchema,
)
from rueckhalt_intake.waves.showing import LOOK, looker_of, shown
from rueckhalt_shared.web import Blueprint, caller, database, requires, vary

blp = Blueprint("waves", __name__, url_prefix="/v1/set-aside", description="Waves of reports")


@blp.get("")
@requires(LOOK)
@blp.arguments(WaitingQuerySchema, location="query")
@blp.response(200, WaitingPageSchema)
def list_waiting(query: dict[str, Any]) -> dict[str, Any]:
    """List reports above the limits of a flood that nobody has looked at, oldest first."""
    size = query["page_size"]
    found = database().read(handlers.list_waiting, looker_of(caller()), limit=size + 1)
    vary("Authorization")
    return {"items": [shown(each) for each in found[:size]], "more": len(found) > size}


@blp.post("/decisions")
@requires(LOOK)
@blp.arguments(DecisionSchema)
@blp.response(200, DecidedSchema)
def decide(body: dict[str, Any]) -> dict[str, Any]:
    """Say of reports that they are part of a wave, or released: reports like any other."""
    ids = [str(each) for each in body["incidents"]]
    looker = looker_of(caller())
    decided = database().run(handlers.decide, ids, looker, decision=body["decision"])
    return {"decided": decided}
