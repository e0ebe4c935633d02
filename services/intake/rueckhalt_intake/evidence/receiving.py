# SPDX-License-Identifier: EUPL-1.2
"""Takes files out of a form while it streams in: sealed at once, cut off where there is too much.

The view that calls this is exempt from the look at the token, which would read the form under
the small limit of other pages; the token is asked for here.
"""

from datetime import datetime
from typing import cast

from flask import Response, after_this_request, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from rueckhalt_intake.evidence import domain
from rueckhalt_intake.evidence.domain import PENDING, UNSCANNED, Attachment, safe_name
from rueckhalt_intake.evidence.handlers import Arrived
from rueckhalt_intake.evidence.kinds import kind_of
from rueckhalt_intake.evidence.sealing import SealingFile, TooLarge
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_shared.pages import csrf
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import WholeRequest, database, extension

EXEMPT = "raises the limit before its form is read, and asks for the token by itself"
_AROUND = 64 * 1024  # the token and the lines between the files
_MEBIBYTE = 1024 * 1024


class Refused(Exception):
    """The files cannot be taken; nothing of them was kept."""

    def __init__(self, status: int, told: str) -> None:
        super().__init__(told)
        self.status = status
        self.told = told


def arrived(incident: Incident, *, source: str) -> list[Arrived]:
    """The files of this request, sealed and ready to be kept; raises Refused."""
    desk = cast(Reception, extension("reception"))
    most = int(extension("evidence_bytes"))
    here = cast(WholeRequest, request)
    here.max_content_length = most + _AROUND
    here.file_stream = lambda: _closed_at_the_end(SealingFile(desk.vault, incident.id, most=most))
    too_large = words("evidence.too_large", most=most // _MEBIBYTE)
    try:
        is_ours = csrf.is_ours()
    except (RequestEntityTooLarge, TooLarge):
        raise Refused(413, too_large) from None
    if not is_ours:
        raise Refused(409, words("report.came_late"))
    found = [each for each in request.files.getlist("files") if each.filename]
    if not found:
        raise Refused(422, words("evidence.nothing"))
    if len(found) > domain.AT_ONCE:
        raise Refused(422, words("evidence.too_many_at_once", most=domain.AT_ONCE))
    return [_arrived(each, incident, source=source) for each in found]


def _closed_at_the_end(sealed: SealingFile) -> SealingFile:
    """Nothing stays on the disk, also of a form that broke off in the middle."""

    @after_this_request
    def close(answer: Response) -> Response:
        sealed.close()
        return answer

    return sealed


def _arrived(told: FileStorage, incident: Incident, *, source: str) -> Arrived:
    sealed = cast(SealingFile, told.stream)
    if not sealed.size:
        raise Refused(422, words("evidence.empty"))
    is_scanned, now = bool(extension("scanner")), database().clock()
    return made(sealed, told.filename or "", source=source, is_scanned=is_scanned, now=now)


def made(
    sealed: SealingFile, name: str, *, source: str, is_scanned: bool, now: datetime
) -> Arrived:
    """The row of a file that was sealed."""
    harmless = safe_name(name)
    kind, media_type = kind_of(sealed.head, harmless)
    attachment = Attachment(
        id=sealed.id,
        incident_id=sealed.incident_id,
        key_id=sealed.key.id,
        source=source,
        kind=kind,
        size=sealed.size,
        chunks=sealed.chunks,
        state=PENDING if is_scanned else UNSCANNED,
        received_at=now,
        label=sealed.label(harmless, media_type),
    )
    return Arrived(attachment=attachment, sealed=sealed)
