# SPDX-License-Identifier: EUPL-1.2
"""Notices over HTTP: "Wurde benachrichtigt?", and sending one again."""

from dataclasses import asdict
from typing import Any

from flask import url_for

from rueckhalt_notify.delivery import handlers as delivery
from rueckhalt_notify.delivery.domain import Attempt
from rueckhalt_notify.notices import resending
from rueckhalt_notify.notices.domain import Sight
from rueckhalt_notify.notices.schemas import (
    NoticePageSchema,
    NoticeQuerySchema,
    NoticeSchema,
    NoticeWithAttemptsSchema,
)
from rueckhalt_shared.messages import Catalogue
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import Blueprint, caller, database, requires

blp = Blueprint("notices", __name__, url_prefix="/v1/notices")
_catalogue = Catalogue.of_package("rueckhalt_notify")


@blp.get("")
@requires("notice:read")
@blp.arguments(NoticeQuerySchema, location="query")
@blp.response(200, NoticePageSchema)
def list_notices(query: dict[str, Any]) -> Any:
    """List notices, the newest first; a person without the contacts in hand their own."""
    size = query.pop("page_size")
    filters = {"subject" if name == "incident" else name: each for name, each in query.items()}
    found = database().read(resending.list_notices, sight=_sight(), limit=size, **filters)
    headers = {}
    if len(found) == size:
        more = query | {"before": found[-1].id, "page_size": size}
        following = url_for("notices.list_notices", **more, _external=True)
        headers["Link"] = f'<{following}>; rel="next"'
    return {"items": found}, headers


@blp.get("/<uuid:notice_id>")
@requires("notice:read")
@blp.response(200, NoticeWithAttemptsSchema)
def show_notice(notice_id: Any) -> dict[str, Any]:
    """Show a notice with every attempt."""
    notice = database().read(resending.get, str(notice_id), sight=_sight())
    tried = database().read(delivery.attempts_of, notice.id)
    owner = {"person": notice.person, "partner": notice.partner}
    return asdict(notice) | owner | {"tried": [_explained(attempt) for attempt in tried]}


@blp.post("/<uuid:notice_id>/resend")
@requires("contact:write")
@blp.response(201, NoticeSchema)
def resend_notice(notice_id: Any) -> Any:
    """Send a finished notice once more, as a notice of its own."""
    again = database().run(resending.resend, str(notice_id), sight=_sight())
    return again, {"Location": url_for("notices.show_notice", notice_id=again.id)}


def _sight() -> Sight:
    who = caller()
    return Sight(
        municipalities=who.municipalities,
        is_person=who.account is not None,
        person=who.person,
        keeps_contacts="contact:write" in who.scopes,
    )


def _explained(attempt: Attempt) -> dict[str, Any]:
    sentence = _catalogue.text(f"failure.{attempt.outcome or 'under_way'}", language())
    return asdict(attempt) | {"explanation": sentence}
