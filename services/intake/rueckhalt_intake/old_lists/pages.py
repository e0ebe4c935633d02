# SPDX-License-Identifier: EUPL-1.2
"""`/old-lists`: an old list is uploaded, looked at, and comes in on a person's word.

Nothing comes in by the upload. Whoever says the word shows the second factor; what lies here in
between is sealed, and goes when the list is in, is dropped, or a day has passed.
"""

import io
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake import towns
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.old_lists import handlers, showing
from rueckhalt_intake.old_lists.domain import LOOKED, Waiting
from rueckhalt_intake.old_lists.handlers import TooManyLists
from rueckhalt_intake.old_lists.keeping import OldLists
from rueckhalt_intake.old_lists.reading import MOST_BYTES
from rueckhalt_intake.old_lists.schemas import UploadSchema
from rueckhalt_shared.identity.roles import OLD_LISTS
from rueckhalt_shared.pages import csrf, forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import WholeRequest, caller, database, extension, requires

pages = Blueprint("old_lists", __name__, url_prefix="/old-lists", template_folder="templates")
_LIST, _ONE = "intake/old_lists.html", "intake/old_list.html"
_EXEMPT = "raises the limit before its form is read, and asks for the token by itself"
_AROUND = 64 * 1024  # the token and the lines around the file


@pages.get("")
@requires(OLD_LISTS)
def list_lists() -> str:
    """What was brought here lately, and the form for another one."""
    return render_template(_LIST, form=Form.blank(), **_around())


@csrf.exempt(_EXEMPT)
@pages.post("")
@requires(OLD_LISTS)
def upload() -> AnyResponse:
    """Take a list to be looked at; nothing of it comes in yet."""
    here = cast(WholeRequest, request)
    here.max_content_length = MOST_BYTES + _AROUND
    here.file_stream = io.BytesIO  # in memory: a form's file never lies on the disk in clear
    try:
        if not csrf.is_ours():
            return _refused("", words("report.came_late"), 409)
        number = _kept(forms.read(UploadSchema()))
    except RequestEntityTooLarge:
        return _refused("file", words("old_lists.bad.too_large", most=MOST_BYTES >> 20), 413)
    except forms.Invalid as bad:
        return bad.page(_LIST, **_around())
    except TooManyLists:
        return _refused("", words("old_lists.too_many", most=handlers.MOST_WAITING), 409)
    return redirect(url_for(".show_list", list_id=number), 303)


@pages.get("/<uuid:list_id>")
@requires(OLD_LISTS)
def show_list(list_id: UUID) -> str:
    """How far it is, and what was found."""
    waiting = _mine(list_id)
    found = _kept_here().found(waiting)
    return render_template(
        _ONE,
        waiting=waiting,
        town=_name(waiting.municipality),
        found=found,
        bad=showing.bad(found) if found else "",
        faults=showing.faults(found) if found else [],
        headings=showing.headings(found) if found else [],
        may_come_in=waiting.state == LOOKED,
    )


@pages.post("/<uuid:list_id>")
@requires(OLD_LISTS, fresh=True)
def bring_in(list_id: UUID) -> AnyResponse:
    """The word: the worker brings all of it in."""
    database().run(handlers.bring_in, _mine(list_id), by=caller().sender)
    return redirect(url_for(".show_list", list_id=list_id), 303)


@pages.post("/<uuid:list_id>/drop")
@requires(OLD_LISTS)
def drop(list_id: UUID) -> AnyResponse:
    """Forget it; what of it is in stays in."""
    _kept_here().drop(_mine(list_id))
    return notes.leave(redirect(url_for(".list_lists"), 303), "old_lists.dropped")


def _kept(body: dict[str, Any]) -> str:
    places = caller().municipalities
    town = body["town"] or (places[0] if len(places) == 1 else "")
    if town not in places:
        raise forms.wrong(town="old_lists.which_town")
    file = request.files.get("file")
    content = file.stream.read() if file is not None else b""
    if not content:
        raise forms.wrong(file="old_lists.no_file")
    return _kept_here().arrive(
        content, town, scheme=body["scheme"] or None, by=caller().sender, mode=caller().mode
    )


def _refused(field: str, told: str, status: int) -> Response:
    form = Form(errors=(FieldError(field, told),))
    return Response(render_template(_LIST, form=form, **_around()), status)


def _around() -> dict[str, Any]:
    places = caller().municipalities
    found = database().read(handlers.list_of, places)
    return {
        "lists": [(each, _name(each.municipality)) for each in found],
        "towns": [(place, _name(place)) for place in places],
        "schemes": showing.schemes(),
        "fields": showing.columns(),
    }


def _mine(list_id: UUID) -> Waiting:
    return database().read(handlers.find, str(list_id), caller().municipalities)


def _name(ars: str) -> str:
    town = towns.known().find(ars)
    return town.name if town is not None else ars


def _kept_here() -> OldLists:
    return OldLists(database(), cast(Reception, extension("reception")).vault)
