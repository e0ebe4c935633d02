# SPDX-License-Identifier: EUPL-1.2
"""Pages by cursor: the next page starts after the last row shown, whatever came in meanwhile."""

from collections.abc import Sequence
from uuid import UUID

from flask import request, url_for

from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.store import Cursor
from rueckhalt_shared.contracts.instants import read_instant, spell_instant
from rueckhalt_shared.problems import FieldProblem


def cursor_of(text: str | None) -> Cursor | None:
    """The cursor in a page's address; raises FieldProblem."""
    if text is None:
        return None
    at, _, incident_id = text.partition("_")
    try:
        return Cursor(read_instant(at), str(UUID(incident_id)))
    except ValueError:
        raise FieldProblem("before", "take it from the Link of the page before") from None


def spelled(last: Incident) -> str:
    """The cursor behind the last incident of a page."""
    return f"{spell_instant(last.registered_at)}_{last.id}"


def linked(found: Sequence[Incident], size: int) -> dict[str, str]:
    """The Link header of a page; empty on the last one."""
    if len(found) <= size:
        return {}
    asked = request.args.to_dict() | {"before": spelled(found[size - 1])}
    address = url_for("incidents.list_incidents", **asked)  # type: ignore[arg-type]
    return {"Link": f'<{address}>; rel="next"'}
