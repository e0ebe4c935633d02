# SPDX-License-Identifier: EUPL-1.2
"""HTML: the deadlines of an incident, for whoever is responsible and for whoever reported it.

The same pages behind two doors; each door finds its incidents by its own reach.
"""

from uuid import UUID

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.copies.handlers import REPORTER
from rueckhalt_intake.deadlines.domain import AFFECTED
from rueckhalt_intake.deadlines.doors import Door, asked, calendar_of, clock_at, keep, listed
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.showing import name_of, reach_of
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.web import caller, database, requires

pages = Blueprint("deadlines", __name__, template_folder="templates")
_OWN = "incident:create"


@pages.get("/desk/<uuid:incident_id>/deadlines")
@requires(ASSIGNED)
def desk_list(incident_id: UUID) -> str:
    """The deadlines of an incident somebody is responsible for."""
    return listed(_at_desk(incident_id), _of_mine(incident_id))


@pages.get("/desk/<uuid:incident_id>/deadlines.ics")
@requires(ASSIGNED)
def desk_calendar(incident_id: UUID) -> Response:
    """The same for a calendar."""
    return calendar_of(_of_mine(incident_id))


@pages.get(
    "/desk/<uuid:incident_id>/deadlines/<string:deadline>/<string:entitled>/<string:offender>"
)
@requires(ASSIGNED)
def desk_clock(incident_id: UUID, deadline: str, entitled: str, offender: str) -> str:
    """Ask since when somebody knows."""
    incident = _of_mine(incident_id)
    return asked(_at_desk(incident_id), clock_at(incident, (deadline, entitled, offender)))


@pages.post(
    "/desk/<uuid:incident_id>/deadlines/<string:deadline>/<string:entitled>/<string:offender>"
)
@requires(ASSIGNED)
def set_desk_clock(incident_id: UUID, deadline: str, entitled: str, offender: str) -> AnyResponse:
    """Keep it; recorded."""
    incident = _of_mine(incident_id)
    return keep(_at_desk(incident_id), incident, clock_at(incident, (deadline, entitled, offender)))


@pages.get("/mine/<uuid:incident_id>/deadlines")
@requires(_OWN)
def own_list(incident_id: UUID) -> str:
    """The deadlines after something I have reported."""
    return listed(_at_home(incident_id), _of_own(incident_id))


@pages.get("/mine/<uuid:incident_id>/deadlines.ics")
@requires(_OWN)
def own_calendar(incident_id: UUID) -> Response:
    """The same for my calendar."""
    return calendar_of(_of_own(incident_id))


@pages.get(
    "/mine/<uuid:incident_id>/deadlines/<string:deadline>/<string:entitled>/<string:offender>"
)
@requires(_OWN)
def own_clock(incident_id: UUID, deadline: str, entitled: str, offender: str) -> str:
    """Ask since when I know."""
    incident = _of_own(incident_id)
    return asked(_at_home(incident_id), clock_at(incident, (deadline, entitled, offender)))


@pages.post(
    "/mine/<uuid:incident_id>/deadlines/<string:deadline>/<string:entitled>/<string:offender>"
)
@requires(_OWN)
def set_own_clock(incident_id: UUID, deadline: str, entitled: str, offender: str) -> AnyResponse:
    """Keep it; recorded."""
    incident = _of_own(incident_id)
    return keep(_at_home(incident_id), incident, clock_at(incident, (deadline, entitled, offender)))


def _at_desk(incident_id: UUID) -> Door:
    return Door(
        endpoints=".desk",
        back=url_for("desk.show_incident", incident_id=incident_id),
        who=name_of(caller()),
        why="case_work",
        names={"incident_id": str(incident_id)},
    )


def _at_home(incident_id: UUID) -> Door:
    return Door(
        endpoints=".own",
        back=url_for("copies.show_copy", incident_id=incident_id),
        who=REPORTER,
        why="access",
        names={"incident_id": str(incident_id)},
        sets=frozenset({AFFECTED}),
    )


def _of_mine(incident_id: UUID) -> Incident:
    reach = reach_of(caller()).by_grant_alone
    return database().read(incidents.show_incident, str(incident_id), reach)


def _of_own(incident_id: UUID) -> Incident:
    who = caller()
    reach = Reach(municipalities=who.municipalities, mode=who.mode, sender=who.sender)
    return database().read(incidents.show_incident, str(incident_id), reach)
