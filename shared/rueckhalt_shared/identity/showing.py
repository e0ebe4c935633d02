# SPDX-License-Identifier: EUPL-1.2
"""What the pages about signing in share: texts, safe ways back, where a request comes from."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from rueckhalt_shared import shell
from rueckhalt_shared.identity import attempts, cookies
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.accounts.domain import Account
from rueckhalt_shared.identity.people import People
from rueckhalt_shared.identity.sessions.domain import device_of
from rueckhalt_shared.keys import PEOPLE, Caller, KeyStore
from rueckhalt_shared.messages import Catalogue
from rueckhalt_shared.pages.forms import FieldError, Form

_catalogue = Catalogue.of_package("rueckhalt_shared.identity")
_LONGEST_NEXT = 500
_FIELDS = {  # which field a text is about; the others are about the whole form
    "wrong_code": "code",
    "refused_again": "proof",
    "not_the_same": "again",
    "old_wrong": "old",
    "weak.": "password",
    "people.bad_name": "name",
    "people.name_taken": "name",
    "people.no_role": "role",
}


def people() -> People:
    """The sign-ins of this installation."""
    found: People = current_app.extensions["rueckhalt"].people
    return found


def accounts_of(who: Caller) -> frozenset[str]:
    """The senders of all accounts of the person who asks; none where no person is linked."""
    if who.person is None:
        return frozenset()
    return people().database.read(accounts.senders_of, who.person)


def name_of(sender: str) -> str:
    """A person by the name of the account, everybody else as rows name them."""
    if not sender.startswith(PEOPLE):
        return sender
    account_id = sender.removeprefix(PEOPLE).partition("/")[0]
    account = people().database.read(accounts.find_by_id, account_id)
    return f"{account.display_name} ({account.name})" if account is not None else sender


def person_called(person: str) -> str:
    """A person of the plan by the name of their account; empty where there is none."""
    return people().database.read(accounts.display_of, person)


def role_of(account_id: str, municipality: str) -> str:
    """The first role an account has in a municipality now; `former` where it has none any more."""
    account = people().database.read(accounts.find_by_id, account_id)
    return role_in(account, municipality)


def role_in(account: Account | None, municipality: str) -> str:
    """The same of an account that was found already."""
    held = account.roles if account is not None else ()
    return next((role for role, place in held if municipality.startswith(place)), "former")


def keys() -> KeyStore:
    """The keys of this installation."""
    found: KeyStore = current_app.extensions["rueckhalt"].keys
    return found


def text(message: str, **values: object) -> str:
    """A text about signing in, in the reader's language."""
    return _catalogue.text(message, shell.language(), **values)


def to(endpoint: str, **values: Any) -> str:
    """The address of a page."""
    return url_for(endpoint, **values)


def page(
    template: str,
    status: int = 200,
    *,
    error: str | None = None,
    typed: Mapping[str, object] | None = None,
    **values: Any,
) -> Response:
    """A page; `error` is the id of a text and shows what was sent again, but no secret."""
    form = Form.blank(**(typed or {}))
    if error is not None:
        told = text(error, seconds=values.get("seconds", ""))
        form = Form.sent(FieldError(_FIELDS.get(error) or _FIELDS.get(error[:5], ""), told))
    html = render_template(
        f"rueckhalt/account/{template}.html",
        text=text,
        to=to,
        form=form,
        **({"next": None, "provider": people().provider is not None} | values),
    )
    return Response(html, status)


def wait_page(template: str, seconds: int, **values: Any) -> Response:
    """Too many attempts: nothing was judged, and when to come again."""
    told = page(template, 429, error="wait", seconds=seconds, **values)
    told.headers["Retry-After"] = str(seconds)
    return told


def form() -> MultiDict[str, str]:
    """The posted form; the shell has checked its token (`pages.csrf`) before any view."""
    return request.form


def go(address: str) -> Response:
    """See other: a form is done, a reload posts nothing again."""
    answer: Response = redirect(address, 303)  # type: ignore[assignment]
    return answer


def way_back(fallback: str) -> str:
    """Where `next` leads, when that is a plain path of this host; else the fallback.

    `//host`, `/\\host`, an encoded line break or another scheme would lead somewhere else.
    """
    wanted = request.values.get("next", "")
    plain = (
        0 < len(wanted) <= _LONGEST_NEXT
        and wanted.startswith("/")
        and wanted[1:2] not in ("/", "\\")
        and wanted.isascii()
        and wanted.isprintable()
        and "\\" not in wanted
    )
    if not plain:
        return fallback
    parts = urlsplit(wanted)
    return fallback if parts.scheme or parts.netloc else wanted


def origin() -> dict[str, str]:
    """Network and device of this request, as sign-ins note them: coarse."""
    return {
        "network": attempts.network_of(request.remote_addr),
        "device": device_of(request.headers.get("User-Agent", "")[:400]),
    }


def network() -> str:
    """The network alone."""
    return attempts.network_of(request.remote_addr)


def session_token() -> str:
    """The session id of this request; inside views that need a person."""
    return cookies.presented() or ""
