# SPDX-License-Identifier: EUPL-1.2
"""The page shell: what all pages share. How to write a page: CONTRIBUTING.md, "a page"."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, Response
from jinja2 import ChoiceLoader, PackageLoader

from rueckhalt_shared.contracts.instants import read_instant
from rueckhalt_shared.messages import Catalogue
from rueckhalt_shared.pages import assets, csrf, errors, leaving, notes, switching, words
from rueckhalt_shared.pages.frame import (
    Account,
    Frame,
    account,
    alarm,
    frame,
    show_account,
    show_alarm,
)
from rueckhalt_shared.pages.leaving import onward
from rueckhalt_shared.pages.words import language, tag_of, told
from rueckhalt_shared.version import version

__all__ = [
    "Account",
    "Frame",
    "csrf",
    "frame",
    "install",
    "language",
    "local_day",
    "local_hour",
    "local_time",
    "notes",
    "onward",
    "show_account",
    "show_alarm",
    "told",
]

_BERLIN = ZoneInfo("Europe/Berlin")


def install(app: Flask, around: Frame, *, package: str = "") -> None:
    """Give the app the shared templates beside its own; `package` holds its own texts."""
    own = app.jinja_loader
    shared = PackageLoader("rueckhalt_shared", "templates")
    app.jinja_loader = ChoiceLoader([own, shared]) if own else shared
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        language=language,
        language_tag=lambda: tag_of(language()),
        told=told,
        local_day=local_day,
        local_hour=local_hour,
        local_time=local_time,
        words=words.words,
        frame=frame,
        account=account,
        alarm=alarm,
        asset=assets.asset,
        csrf_token=csrf.token,
        language_form=switching.is_kept,
        kept_form=switching.kept_form,
        take_note=notes.take,
        version=version,
    )
    app.extensions["rueckhalt_frame"] = around
    if package:
        app.extensions["rueckhalt_catalogue"] = Catalogue.of_package(package)
    app.extensions["rueckhalt_error_page"] = errors.page_of
    for each in (words, csrf, notes):
        each.install(app)
    app.after_request(_tell_fragments_apart)
    app.register_blueprint(assets.blp)
    app.register_blueprint(leaving.blp)


def local_time(instant: datetime | str) -> str:
    """An instant (or its RFC 3339 text) by German clocks, in the reader's language."""
    at = read_instant(instant) if isinstance(instant, str) else instant
    return told("time.at", at=at.astimezone(_BERLIN))


def local_hour(instant: datetime) -> str:
    """The hour of an instant that is known to the hour, by German clocks."""
    return told("time.hour", at=instant.astimezone(_BERLIN))


def local_day(instant: datetime) -> str:
    """The day of an instant by German clocks."""
    return told("time.day", at=instant.astimezone(_BERLIN))


def _tell_fragments_apart(response: Response) -> Response:
    """A fragment for htmx and the whole page have one address: caches must tell them apart."""
    if response.mimetype == "text/html":
        response.vary.add("HX-Request")
    return response
