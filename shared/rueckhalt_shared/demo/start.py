# SPDX-License-Identifier: EUPL-1.2
"""The start page of `rueckhalt up` and, in the demo, the page of caught mail."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)

from rueckhalt_shared import headers, problems, shell
from rueckhalt_shared.access import COOKIE, check_rules, from_our_page, public
from rueckhalt_shared.demo import sample
from rueckhalt_shared.demo.client import DemoClient
from rueckhalt_shared.identity import mounting as account_pages
from rueckhalt_shared.pages import notes
from rueckhalt_shared.reach import Unasked
from rueckhalt_shared.web import OWN_HOSTS, trust_hosts

if TYPE_CHECKING:
    from rueckhalt_shared.embedding import House

blp = Blueprint("start", __name__)
_SHOWN = 200  # mails on the page; all of them are in messages.json


def start_app(house: "House", rooms: Any = None) -> Flask:
    """The app for everything outside the services' mounts; with `rooms` people sign in here."""
    app = Flask("rueckhalt_shared.demo", static_folder=None, template_folder=None)
    app.wsgi_app = Unasked(app.wsgi_app)  # type: ignore[method-assign]  # as Flask has it
    app.extensions["house"] = house
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config.update(MAX_CONTENT_LENGTH=64 * 1024)
    if house.plan.is_demo:
        app.config["TRUSTED_HOSTS"] = list(OWN_HOSTS)
    problems.install(app, {})
    headers.install(app)
    shell.install(app, house.frame())
    app.register_blueprint(blp)
    if rooms is not None:
        app.extensions["rueckhalt"] = rooms
        trust_hosts(app, rooms.settings)
        account_pages.introduce(app)
        account_pages.install(app)
    if house.plan.is_demo:
        from rueckhalt_shared.pages import gallery  # noqa: PLC0415 - for developers, demo only

        app.register_blueprint(gallery.blp)
    check_rules(app)
    return app


def _house() -> "House":
    house: House = current_app.extensions["house"]
    return house


@blp.get("/")
@public("the way in; in the demo it signs the browser in as the demo user")
def start_page() -> Response:
    """What runs here and where to click."""
    house = _house()
    page = "demo.html" if house.plan.is_demo else "start.html"
    html = render_template(
        f"rueckhalt/{page}",
        ready=house.ready(),
        periods=_periods(),
    )
    response = Response(html)
    if house.plan.is_demo:
        key = house.plan.folder.installation.api_key
        response.set_cookie(COOKIE, key, httponly=True, samesite="Strict", path="/")
    return response


@blp.post("/sample")
@public("demo only, and only from its own start page: posts one made-up incident")
def send_sample() -> Any:
    """Report a made-up incident through the API, as a municipal system would."""
    house = _house()
    if not house.plan.is_demo or not from_our_page():
        abort(403)
    client = DemoClient(house.addresses(), house.plan.folder.installation.api_key)
    accepted = client.post("intake", "/v1/incidents", sample.INCIDENT)
    return notes.leave(
        redirect(url_for("start.start_page"), 303), "demo.sent", number=accepted["id"]
    )


@blp.get("/mail")
@public("demo only: mail that was never sent")
def mail_page() -> str:
    """The caught mail."""
    mails = _mails().all(newest=_SHOWN)[::-1]
    return render_template("rueckhalt/mails.html", mails=mails)


@blp.get("/mail/<int:mail>")
@public("demo only: mail that was never sent")
def one_mail(mail: int) -> str:
    """One caught mail."""
    found = _mails().find(mail)
    if found is None:
        abort(404)
    return render_template("rueckhalt/mail.html", mail=found)


@blp.get("/mail/messages.json")
@public("demo only: mail that was never sent")
def messages() -> Response:
    """All caught mail for scripts, newest last."""
    after = request.args.get("after", 0, type=int)
    body = json.dumps(_mails().all(after=after), ensure_ascii=False)
    return Response(body.encode("utf-8", "replace"), content_type="application/json")


@blp.get("/healthz")
@public("probe of the process, tells nothing")
def healthz() -> dict[str, str]:
    """Is the process alive?"""
    return {"status": "ok"}


def _periods() -> list[str]:
    """This month and the two before it."""
    today = datetime.now(ZoneInfo("Europe/Berlin"))
    months = [today.year * 12 + today.month - 1 - back for back in range(3)]
    return [f"{month // 12}-{month % 12 + 1:02}" for month in months]


def _mails() -> Any:
    catcher = _house().catcher
    if catcher is None:
        abort(404)
    return catcher.mails
