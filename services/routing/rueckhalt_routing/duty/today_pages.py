# SPDX-License-Identifier: EUPL-1.2
"""`/today`: who is responsible today, for everybody, as far as the plan lets it be seen."""

from typing import Any

from flask import Blueprint, render_template

from rueckhalt_routing.duty import showing, today
from rueckhalt_routing.duty.house import NoPlan, house_in
from rueckhalt_routing.duty.pictures import picture_of
from rueckhalt_shared import reach
from rueckhalt_shared.problems import Problem
from rueckhalt_shared.web import database, public, settings

pages = Blueprint("today_pages", "rueckhalt_routing", url_prefix="/today")
_ALLOWED = "the plan itself says what of today's duty anybody may see"


@pages.get("")
@public(_ALLOWED)
def show_today() -> str:
    """Roles, hours and contact; names only where the plan says so."""
    return render_template("routing/today.html", **_said())


@pages.get("/card")
@public(_ALLOWED)
def show_today_card() -> str:
    """The same as a sheet of paper for a public wall, with the address as a QR code."""
    address = f"{settings().base_url.rstrip('/')}/today"
    return render_template(
        "routing/today_card.html", address=address, picture=picture_of(address), **_said()
    )


def _said() -> dict[str, Any]:
    now, town = database().clock(), settings().municipality
    reach.be([town])  # whoever asks: the installation's own plan, and those above it
    try:
        house = database().read(house_in, town)
        found = today.today_of(house, now)
    except NoPlan:
        found = None
    if found is None:
        raise Problem(404, "Not found", "There is nothing here.", kind="not-found")
    roles = [(showing.role_words(each.role), each.name) for each in found.roles]
    return {"today": found, "roles": roles, "at": showing.at_words(now)}
