# SPDX-License-Identifier: EUPL-1.2
"""`/gallery` of the demo: every part of the shell, for those who write pages. It stores nothing."""

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from rueckhalt_shared.access import public
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import told
from rueckhalt_shared.problems import Problem

blp = Blueprint("gallery", __name__, url_prefix="/gallery")
_WHY = "demo only: shows the parts of pages and keeps nothing"
_ROWS = 12
_PROBLEMS = frozenset({400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503})
_SHOWN = 4


class SampleSchema(Schema):
    """One field of each kind."""

    name = fields.String(required=True, validate=validate.Length(max=80))
    email = fields.Email()
    text = fields.String(required=True, validate=validate.Length(max=500))
    unit = fields.String(validate=validate.OneOf(["a", "b", "c"]))
    choice = fields.String(required=True, validate=validate.OneOf(["yes", "no", "unsure"]))
    several = fields.List(fields.String(validate=validate.OneOf(["one", "two", "three"])))
    day = fields.Date(required=True)
    password = fields.String()
    code = fields.String(validate=validate.Regexp(r"\d{6}", error="gallery.code_wrong"))
    agreed = fields.Boolean(required=True)


@blp.get("")
@public(_WHY)
def show_gallery() -> str:
    """All parts, with an empty form."""
    return _page(Form.blank(unit="b", several=["two"]))


@blp.post("")
@public(_WHY)
def send_gallery() -> Response:
    """Answers 422 with an error summary, or goes back with a note."""
    try:
        forms.read(SampleSchema())
    except forms.Invalid as bad:
        return bad.page("rueckhalt/gallery.html", **_context())
    return notes.leave(redirect(url_for("gallery.show_gallery"), 303), "gallery.sent")


@blp.get("/confirm")
@public(_WHY)
def ask_first() -> str:
    """The step before something that cannot be undone."""
    return render_template(
        "rueckhalt/confirm.html",
        heading=told("gallery.confirm"),
        lead=told("gallery.confirm_lead"),
        action=url_for("gallery.confirmed"),
        fields={"thing": "7"},
        button=told("gallery.confirm_button"),
        back=url_for("gallery.show_gallery"),
    )


@blp.post("/confirm")
@public(_WHY)
def confirmed() -> Response:
    """Yes."""
    return notes.leave(redirect(url_for("gallery.show_gallery"), 303), "gallery.sent")


@blp.get("/rows")
@public(_WHY)
def show_rows() -> str:
    """The rows of the list: a fragment for htmx, the whole page for everybody else."""
    template = "rueckhalt/gallery_rows.html"
    if not request.headers.get("HX-Request"):
        return _page(Form.blank())
    return render_template(template, **_context())


@blp.get("/problem/<int:status>")
@public(_WHY)
def show_problem(status: int) -> str:
    """How an error is told; anything but an error is one as well."""
    raise Problem(status if status in _PROBLEMS else 404)


def _page(form: Form) -> str:
    return render_template("rueckhalt/gallery.html", form=form, **_context())


def _context() -> dict[str, object]:
    wanted = request.args.get("like", "").strip().lower()[:40]
    names = [f"{told('gallery.row')} {number}" for number in range(1, _ROWS + 1)]
    found = [name for name in names if wanted in name.lower()]
    page = max(request.args.get("page", 1, type=int), 1)
    last = max(-(-len(found) // _SHOWN), 1)
    page = min(page, last)
    return {
        "like": wanted,
        "rows": found[(page - 1) * _SHOWN : page * _SHOWN],
        "page": page,
        "pages": last,
    }
