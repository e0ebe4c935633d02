# SPDX-License-Identifier: EUPL-1.2
"""`/report-by-phone`: somebody of the municipality writes down what a caller says."""

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake import towns
from rueckhalt_intake.report import domain
from rueckhalt_intake.report.holding import drafts, hold
from rueckhalt_intake.report.schemas import ByPhoneSchema
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.pages import forms
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import caller, requires

pages = Blueprint("by_phone", __name__, url_prefix="/report-by-phone", template_folder="templates")
PAGE = "intake/by_phone.html"


@pages.get("")
@requires(ASSIGNED)
def ask() -> AnyResponse:
    """What to say to the caller before the first question, and for which town it is."""
    here, mine = towns.asked_for(), _mine()
    preset = here.ars if here is not None and here.ars in mine else None
    return Response(render_template(PAGE, form=Form.blank(town=preset), towns=list(mine.items())))


@pages.post("")
@requires(ASSIGNED)
def begin() -> AnyResponse:
    """The same questions as on the page, with the one whether the affected person agrees."""
    mine = _mine()
    try:
        town = _town(forms.read(ByPhoneSchema()).get("town"), mine)
    except forms.Invalid as bad:
        return bad.page(PAGE, towns=list(mine.items()))
    token = drafts().begin(town, {"by_phone": True, "answers": {}})
    return hold(redirect(url_for("report.ask", step=domain.DANGER), 303), token)


def _mine() -> dict[str, str]:
    """The towns this person is responsible in, by key, with their names as far as they have one."""
    known = towns.known()
    found = {place: known.find(place) for place in caller().municipalities}
    return {place: town.name if town is not None else place for place, town in found.items()}


def _town(chosen: str | None, mine: dict[str, str]) -> str:
    """The town that was chosen, or the only one; raises Invalid."""
    if chosen is None and len(mine) == 1:
        return next(iter(mine))
    here = towns.asked_for()
    if chosen is None and here is not None and here.ars in mine:
        return here.ars
    if chosen is None or chosen not in mine:
        raise forms.wrong(town="phone.which_town")
    return chosen
