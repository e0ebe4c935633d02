# SPDX-License-Identifier: EUPL-1.2
"""HTML: the gaps of the plan that counts, as tasks with owner, begin and next reminder."""

from typing import Any

from flask import Blueprint, render_template, request

from rueckhalt_routing.certificates import closing, handlers
from rueckhalt_routing.certificates.closing import Closing
from rueckhalt_routing.certificates.domain import Gap, Standing
from rueckhalt_routing.drafts import labels
from rueckhalt_routing.drafts.showing import WRITE, municipality_of, spoken
from rueckhalt_routing.duty import absences, house
from rueckhalt_routing.duty.house import House, NoPlan
from rueckhalt_routing.persons import handlers as people
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import caller, database, requires

pages = Blueprint("gaps", "rueckhalt_routing", url_prefix="/plan")


@pages.get("/gaps")
@requires(WRITE, "assignment:read")
def show_gaps() -> str:
    """What is missing, from when on, who must close it, and what was closed."""
    municipality = municipality_of(caller(), request.args.get("municipality", ""))
    standing, open_, closed, names = database().read(_look, municipality)
    return render_template(
        "routing/gaps.html",
        standing=standing,
        gaps=open_,
        closed=closed,
        owner=lambda gap: names.get(gap.owner, ("", gap.owner))[1],
        language=spoken(),
        now=database().clock(),
        may_write=WRITE in caller().scopes,
        municipality=municipality,
        **database().read(_ways, municipality, open_),
    )


def _look(
    tx: Transaction, municipality: str
) -> tuple[Standing, list[Gap], list[Gap], dict[str, tuple[str, str]]]:
    open_, closed = handlers.list_gaps(tx, municipality)
    names = people.names(tx, {gap.owner for gap in (*open_, *closed)})
    return handlers.standing(tx, municipality), open_, closed, names


def _ways(tx: Transaction, municipality: str, gaps: list[Gap]) -> dict[str, Any]:
    """What closes each gap, with the words for it."""
    try:
        found: House = house.house_in(tx, municipality)
    except NoPlan:
        return {"closings": {}}
    ways: dict[str, Closing] = closing.closings(gaps, found.plan, absences.coming(tx, found))
    return {
        "closings": ways,
        "offers": lambda way: _offers(way, found),
        "rota_name": dict(found.rotas()).__getitem__,
        "person_name": found.name,
        "is_own": found.municipality == municipality,
    }


def _offers(way: Closing, found: House) -> list[tuple[str, str]]:
    """The parts of a draft that could be changed, with what the button says."""
    roles, rotas = dict(labels.roles()), dict(found.rotas())
    return [
        *((f"roles/{each}", words("gaps.to_role", role=roles[each])) for each in way.roles),
        *((f"rotas/{each}", words("gaps.to_rota", rota=rotas[each])) for each in way.rotas),
    ]
