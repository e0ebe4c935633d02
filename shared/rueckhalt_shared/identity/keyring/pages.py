# SPDX-License-Identifier: EUPL-1.2
"""The keys of a municipality's systems: list, new, rotate, revoke; a secret is shown once."""

import re
from datetime import timedelta

from flask import Blueprint, Response, request

from rueckhalt_shared.access import caller, requires
from rueckhalt_shared.identity.roles import KEYS
from rueckhalt_shared.identity.showing import form, go, keys, page, people, to
from rueckhalt_shared.keys import InvalidKey, Key
from rueckhalt_shared.problems import Problem

pages = Blueprint("keyring", __name__, url_prefix="/account/keys")
OFFERED = (
    "incident:create",
    "contact:write",
    "stats:public",
    "metrics:read",
)
"""What a page may give to a key. Scopes that open content, erase or write history are left out, and
so is every new one: only `rueckhalt key new` gives them, so that nobody reaches by way of a key
what their role does not open."""
_SENDER = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


@pages.get("")
@requires(KEYS, fresh=True)
def list_keys() -> Response:
    """All keys of the municipality, and a form for a new one."""
    return _list()


@pages.post("")
@requires(KEYS, fresh=True)
def new_key() -> Response:
    """Make a key and show it once."""
    given, scopes = form(), request.form.getlist("scope")
    sender, place = given.get("sender", "").strip(), given.get("municipality", "")
    known = place in caller().municipalities and set(scopes) <= set(OFFERED) and scopes
    days = given.get("days", "365")
    if not known or not _SENDER.fullmatch(sender) or not _is_a_year_at_most(days):
        return _list(422, error="keys.invalid")
    if not _may_speak_for(sender):
        return _list(422, error="keys.too_many")
    try:
        plain = keys().create(
            sender=sender,
            scopes=scopes,
            municipalities=[place],
            mode="test" if given.get("mode") == "test" else "live",
            lifetime=timedelta(days=int(days)),
            signed=given.get("signed") == "yes",
            by=caller().account or "",
        )
    except InvalidKey:
        return _list(422, error="keys.too_many")
    return page("new-key", plain=plain)


def _may_speak_for(sender: str) -> bool:
    """A sender sees what it reported, and its references are its own.

    So nobody here gets a name that a key of another municipality has, or one that opens content.
    """
    places = set(caller().municipalities)
    others = [key for key in keys().list() if key.sender == sender]
    return all(set(k.municipalities) <= places and set(k.scopes) <= set(OFFERED) for k in others)


@pages.post("/<key_id>")
@requires(KEYS, fresh=True)
def change_key(key_id: str) -> Response:
    """Rotate or revoke: the pressed button says which."""
    action, found = form().get("action", ""), _find(key_id)
    if action == "revoke":
        keys().revoke(found.id, by=caller().account or "")
    if action == "rotate":
        if not found.is_live(people().database.clock()):
            return _list(422, error="keys.ended")
        if not set(found.scopes) <= set(OFFERED):
            return _list(422, error="keys.by_command")
        try:
            return page("new-key", plain=keys().rotate(found.id, by=caller().account or ""))
        except InvalidKey:
            return _list(422, error="keys.too_many")
    return go(to("keyring.list_keys"))


def _is_a_year_at_most(days: str) -> bool:
    return days.isdecimal() and len(days) < 4 and 1 <= int(days) <= 366


def _reachable() -> list[Key]:
    """Keys of the own municipalities only; one that reaches further is the command line's."""
    places = set(caller().municipalities)
    return [key for key in keys().list() if set(key.municipalities) <= places]


def _find(key_id: str) -> Key:
    for key in _reachable():
        if key.id == key_id:
            return key
    raise Problem(404, "No such key", "There is no such key in your municipality.")


def _list(status: int = 200, *, error: str | None = None) -> Response:
    now = people().database.clock()
    return page(
        "keys",
        status,
        error=error,
        typed={"days": 365},
        keys=[(key, key.is_live(now)) for key in reversed(_reachable())],
        choices=[(scope, scope) for scope in OFFERED],
        choices_of_place=[(place, place) for place in caller().municipalities],
    )
