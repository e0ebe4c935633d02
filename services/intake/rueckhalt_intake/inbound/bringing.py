# SPDX-License-Identifier: EUPL-1.2
"""Saved mails that somebody brings in by a form; held in memory up to the limit, never on disk."""

from io import BytesIO
from typing import IO, Any, cast

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from rueckhalt_intake import towns
from rueckhalt_intake.evidence.domain import AT_ONCE
from rueckhalt_intake.evidence.receiving import Refused
from rueckhalt_intake.evidence.sealing import TooLarge
from rueckhalt_intake.inbound import letters, showing
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.pages import csrf
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import WholeRequest, caller

_AROUND = 64 * 1024
_MEBIBYTE = 1024 * 1024
_TOO_LARGE = 413


class _Bounded(BytesIO):
    """Bytes in memory, no more than one upload may have."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, content: Any, /) -> int:
        if self.tell() + len(content) > self._most:
            raise TooLarge
        return super().write(content)


def brought() -> tuple[int, int]:
    """The mails of this request: how many are new, how many were here before; raises Refused."""
    here, most = cast(WholeRequest, request), showing.entrance().most
    here.max_content_length = most + _AROUND
    here.file_stream = lambda: _Bounded(most)
    try:
        is_ours = csrf.is_ours()
    except (RequestEntityTooLarge, TooLarge):
        raise Refused(413, words("evidence.too_large", most=most // _MEBIBYTE)) from None
    if not is_ours:
        raise Refused(409, words("report.came_late"))
    found = [each for each in request.files.getlist("files") if each.filename]
    if not found:
        raise Refused(422, words("evidence.nothing"))
    if len(found) > AT_ONCE:
        raise Refused(422, words("evidence.too_many_at_once", most=AT_ONCE))
    if any(_is_empty(each.stream) for each in found):
        raise Refused(422, words("evidence.empty"))
    town = _town()
    taken = [showing.entrance().take(letters.told_of(each.stream.read(), town)) for each in found]
    new = sum(each.is_new for each in taken)
    return new, len(taken) - new


def _is_empty(stream: IO[bytes]) -> bool:
    first = stream.read(1)
    stream.seek(0)
    return not first


def around() -> dict[str, Any]:
    """What the form needs."""
    return {"towns": list(_mine().items()), "most": showing.entrance().most // _MEBIBYTE}


def told(refused: Refused) -> Form:
    """What is wrong, at its field; files have to be chosen again, the town stays."""
    kept = {"town": [request.form["town"]]} if _was_read(refused) else {}
    field = "town" if refused.told == words("phone.which_town") else "files"
    return Form(kept, (FieldError(field, refused.told),))


def _was_read(refused: Refused) -> bool:
    """A form that was too large was not read to its end; asking again would raise again."""
    return refused.status != _TOO_LARGE and "town" in request.form


def _mine() -> dict[str, str]:
    """The towns somebody is responsible in, by key, with their names as far as they have one."""
    known = towns.known()
    found = {place: known.find(place) for place in caller().where(ASSIGNED)}
    return {place: town.name if town is not None else place for place, town in found.items()}


def _town() -> str:
    mine, chosen = _mine(), request.form.get("town")
    if chosen is None and len(mine) == 1:
        return next(iter(mine))
    if chosen is None or chosen not in mine:
        raise Refused(422, words("phone.which_town"))
    return chosen
