# SPDX-License-Identifier: EUPL-1.2
"""The accounts of a municipality: list, add, roles, first link, close."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from rueckhalt_shared.access import caller, requires
from rueckhalt_shared.identity import roles
from rueckhalt_shared.identity.accounts.domain import (
    LINK_MINUTES,
    Account,
    BadName,
    NameTaken,
    NoSuchAccount,
    UnknownRole,
)
from rueckhalt_shared.identity.administering import handlers
from rueckhalt_shared.identity.administering.domain import (
    GuardedAccount,
    Held,
    OwnAccount,
    SharedAccount,
    may_be_offered,
)
from rueckhalt_shared.identity.roles import ACCOUNTS
from rueckhalt_shared.identity.showing import form, go, page, people, text, to
from rueckhalt_shared.problems import Problem

pages = Blueprint("people", __name__, url_prefix="/account/people")
OFFERED = tuple(role for role in roles.ROLES if may_be_offered(role))
_FAULTS: dict[type[Exception], str] = {
    BadName: "people.bad_name",
    NameTaken: "people.name_taken",
    UnknownRole: "people.no_role",
    OwnAccount: "people.own",
    SharedAccount: "people.shared",
    GuardedAccount: "people.shared",
}


@pages.get("")
@requires(ACCOUNTS, fresh=True)
def list_people() -> Response:
    """All accounts of the municipality, and a form for a new one."""
    return _list()


@pages.post("")
@requires(ACCOUNTS, fresh=True)
def add_person() -> Response:
    """A new account; its first link is shown once."""
    given = form()
    try:
        account, token = people().database.run(
            handlers.add_account,
            given.get("name", "")[:200],
            display_name=given.get("display_name", "")[:200],
            held=_wanted(),
            by=_me(),
            places=caller().municipalities,
        )
    except (BadName, NameTaken, UnknownRole) as error:
        return _list(422, error=_FAULTS[type(error)])
    return _link(account.display_name, token)


@pages.get("/<uuid:account_id>")
@requires(ACCOUNTS, fresh=True)
def show_person(account_id: UUID) -> Response:
    """One account with what may be done."""
    return _one(account_id)


@pages.post("/<uuid:account_id>")
@requires(ACCOUNTS, fresh=True)
def change_person(account_id: UUID) -> Response:
    """Roles, first link, close or open: the pressed button says which."""
    action = form().get("action", "")
    reach: dict[str, Any] = {"places": caller().municipalities, "by": _me()}
    run, known = people().database.run, str(account_id)
    try:
        if action == "link":
            token = run(handlers.make_link, known, **reach)
            return _link(_find(account_id).display_name, token)
        if action == "roles":
            run(handlers.set_roles, known, _wanted(), **reach)
        elif action in ("disable", "enable"):
            change = handlers.disable if action == "disable" else handlers.enable
            run(change, known, **reach)
    except NoSuchAccount:
        raise _unknown() from None
    except (UnknownRole, OwnAccount, SharedAccount, GuardedAccount) as error:
        return _one(account_id, 422, error=_FAULTS[type(error)])
    return go(to("people.show_person", account_id=account_id))


def _me() -> str:
    """Whoever does this: a person, because these pages want a fresh second factor."""
    return caller().account or ""


def _wanted() -> list[Held]:
    """The ticked roles: `role@municipality` each."""
    ticked = (each.partition("@") for each in request.form.getlist("role"))
    return [(role, place) for role, _, place in ticked if role in OFFERED]


def _list(status: int = 200, *, error: str | None = None) -> Response:
    places = caller().municipalities
    found = people().database.read(handlers.list_accounts, places)
    choices = _choices(places)
    return page("people", status, error=error, accounts=found, places=places, choices=choices)


def _choices(places: Iterable[str]) -> list[tuple[str, str]]:
    return [
        (f"{role}@{place}", f"{text(f'role.{role}')} · {place}")
        for place in places
        for role in OFFERED
    ]


def _one(account_id: UUID, status: int = 200, *, error: str | None = None) -> Response:
    account = _find(account_id)
    return page(
        "person",
        status,
        error=error,
        typed={"role": [f"{role}@{place}" for role, place in account.roles]},
        holder=account,
        choices=_choices(caller().municipalities),
        is_own=str(account_id) == caller().account,
    )


def _find(account_id: UUID) -> Account:
    places = caller().municipalities
    try:
        return people().database.read(handlers.find, str(account_id), places)
    except NoSuchAccount:
        raise _unknown() from None


def _link(name: str, token: str) -> Response:
    address = url_for("own_account.show_first", token=token, _external=True)
    return page("first-link", name=name, address=address, minutes=LINK_MINUTES)


def _unknown() -> Problem:
    return Problem(404, "No such account", "There is no such account in your municipality.")
