# SPDX-License-Identifier: EUPL-1.2
"""How the plan stands: light, gaps and certificate, for those who watch over it by machine."""

import json
from typing import Any

from rueckhalt_routing.certificates import handlers
from rueckhalt_routing.certificates.domain import Gap, Standing
from rueckhalt_routing.certificates.schemas import StandingQuerySchema, StandingSchema
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.web import Blueprint, Problem, caller, database, requires, settings

blp = Blueprint(
    "standing", __name__, url_prefix="/v1/plan", description="The proof of the plan in force"
)


@blp.get("/standing")
@requires("plan:write", "assignment:read")
@blp.arguments(StandingQuerySchema, location="query")
@blp.response(200, StandingSchema)
def show_standing(query: dict[str, Any]) -> Any:
    """Show the light of the plan that counts, its gaps and its certificate."""
    municipality = query.get("municipality") or settings().municipality
    if not caller().reaches(municipality):
        raise Problem(404, "No plan", "No plan counts for this municipality.", kind="no-plan")
    standing, gaps = database().read(_both, municipality)
    return told(municipality, standing, gaps, query["lang"])


def told(
    municipality: str, standing: Standing, gaps: list[Gap], language: str = "de"
) -> dict[str, Any]:
    """The answer; the certificate as it was signed."""
    known = standing.certificate
    return {
        "municipality": municipality,
        "light": standing.light,
        "reasons": list(standing.reasons),
        "plan_version": known and known.plan_version,
        "proved_at": known and known.proved_at,
        "valid_until": known.valid_until if known and known.document else None,
        "is_pending": standing.is_pending,
        "worst_minutes": dict(known.worst) if known else {},
        "gaps": [_gap(gap, language) for gap in gaps],
        "certificate": json.loads(known.document) if known and known.document else None,
    }


def _both(tx: Transaction, municipality: str) -> tuple[Standing, list[Gap]]:
    return handlers.standing(tx, municipality), handlers.list_gaps(tx, municipality)[0]


def _gap(gap: Gap, language: str) -> dict[str, Any]:
    return {
        "id": gap.id,
        "kind": gap.hole.kind,
        "told": gap.hole.words(language),
        "from_at": gap.hole.from_at,
        "until_at": gap.hole.until_at,
        "owner": gap.owner,
        "found_at": gap.found_at,
        "closed_at": gap.closed_at,
    }
