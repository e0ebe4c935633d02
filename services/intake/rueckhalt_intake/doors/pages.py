# SPDX-License-Identifier: EUPL-1.2
"""`/`: the doors of the public pages. A door whose room is not there is not shown."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake import towns
from rueckhalt_shared.headers import cookie_name
from rueckhalt_shared.web import public

pages = Blueprint("doors", __name__, template_folder="templates")
_OPEN = "whoever was attacked finds help without an account"
_DOORS = (
    ("danger", "/danger"),
    ("cards", "/cards"),
    ("help", "/help"),
    ("report", "/report"),
    ("papers", "/papers"),
    ("case", "/case"),
)


@dataclass(frozen=True)
class Door:
    """A way on from the start page; its texts are `doors.<name>` and `doors.<name>_more`."""

    name: str
    href: str
    is_here: bool


@pages.app_context_processor
def _around() -> dict[str, Any]:
    """What `intake/public.html` asks for."""
    return {"doors": doors, "town_here": towns.asked_for}


def doors() -> list[Door]:
    """The doors whose rooms are there."""
    there = {rule.rule for rule in current_app.url_map.iter_rules()}
    root, here = request.script_root, request.path
    return [Door(n, root + path, here.startswith(path)) for n, path in _DOORS if path in there]


@pages.get("/")
@public(_OPEN)
def start() -> Response:
    """The doors; in a house of several towns first the question which one."""
    if not towns.known().served:
        return Response(render_template("intake/doors_closed.html"), 503)
    if towns.asked_for() is None:
        return Response(render_template("intake/towns.html", towns=towns.known().served))
    return Response(render_template("intake/doors.html"))


@pages.get("/towns")
@public(_OPEN)
def list_towns() -> Response:
    """The towns to choose from, also for whoever has chosen already."""
    return Response(render_template("intake/towns.html", towns=towns.known().served))


@pages.get("/at/<string:ars>")
@public(_OPEN)
def choose_town(ars: str) -> AnyResponse:
    """The address a poster or the town's own page links to; remembered until the browser closes."""
    town = towns.known().find(ars)
    if town is None:
        served = towns.known().served
        return Response(render_template("intake/towns.html", towns=served, unknown=ars[:20]), 404)
    answer = redirect(url_for(".start"), 303)
    answer.set_cookie(
        cookie_name(towns.COOKIE),
        town.ars,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer
