# SPDX-License-Identifier: EUPL-1.2
"""HTML: the deadlines of "Mein Vorfall", for whoever has come in by the seven words."""

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.copies.handlers import REPORTER
from rueckhalt_intake.deadlines.domain import AFFECTED
from rueckhalt_intake.deadlines.doors import Door, asked, calendar_of, clock_at, keep, listed
from rueckhalt_intake.mailbox import visiting
from rueckhalt_intake.mailbox.visiting import BY_CODE, HOUSE
from rueckhalt_shared.web import public

pages = Blueprint("case_deadlines", __name__, url_prefix="/case/deadlines")


@pages.get("")
@public(BY_CODE, whole_house=HOUSE)
def case_list() -> str:
    """The deadlines after what I have reported."""
    return listed(_door(), visiting.visited())


@pages.get("/calendar.ics")
@public(BY_CODE, whole_house=HOUSE)
def case_calendar() -> Response:
    """The same for my calendar."""
    return calendar_of(visiting.visited())


@pages.get("/<string:deadline>/<string:entitled>/<string:offender>")
@public(BY_CODE, whole_house=HOUSE)
def case_clock(deadline: str, entitled: str, offender: str) -> str:
    """Ask since when I know."""
    return asked(_door(), clock_at(visiting.visited(), (deadline, entitled, offender)))


@pages.post("/<string:deadline>/<string:entitled>/<string:offender>")
@public(BY_CODE, whole_house=HOUSE)
def set_case_clock(deadline: str, entitled: str, offender: str) -> AnyResponse:
    """Keep it; recorded."""
    incident = visiting.visited()
    return keep(_door(), incident, clock_at(incident, (deadline, entitled, offender)))


def _door() -> Door:
    return Door(
        endpoints=".case",
        back=url_for("case.show"),
        who=REPORTER,
        why="access",
        sets=frozenset({AFFECTED}),
        layout="intake/public.html",
    )
