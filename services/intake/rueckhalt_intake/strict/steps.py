# SPDX-License-Identifier: EUPL-1.2
"""The steps a person can take with a role key: what each asks, for whom it is, what it does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rueckhalt_intake.strict import schemas
from rueckhalt_intake.strict.domain import NotAHolder, check_passphrase
from rueckhalt_intake.strict.handlers import Ring
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_shared.web import RequestSchema

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Place:
    """One municipality as the person who asks sees it; persons are (account id, name) pairs."""

    municipality: str
    ring: Ring
    account: str
    is_prepared: bool
    holders: tuple[tuple[str, str], ...]
    candidates: tuple[tuple[str, str], ...]  # have chosen a passphrase and hold nothing yet

    @property
    def exists(self) -> bool:
        """Is there a role key?"""
        return self.ring.current is not None

    @property
    def is_mine(self) -> bool:
        """Do I hold it?"""
        return self.account in self.ring.holders

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """The other holders."""
        return tuple(each for each in self.holders if each[0] != self.account)

    def offered(self) -> tuple[str, ...]:
        """The names of the steps that make sense now."""
        return tuple(name for name, step in STEPS.items() if step.suits(self))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step; `take` answers a recovery key to show once, or nothing."""

    schema: type[RequestSchema]
    suits: Callable[[Place], bool]
    take: Callable[[RoleKeys, Place, Body], str | None]
    persons: Callable[[Place], tuple[tuple[str, str], ...]] | None = None


def _make(role_keys: RoleKeys, place: Place, body: Body) -> str:
    check_passphrase(body["passphrase"], body["again"])
    return role_keys.make(place.municipality, place.account, body["passphrase"])


def _prepare(role_keys: RoleKeys, place: Place, body: Body) -> None:
    check_passphrase(body["passphrase"], body["again"])
    role_keys.prepare(place.account, body["passphrase"])


def _hand_on(role_keys: RoleKeys, place: Place, body: Body) -> None:
    to = _chosen(place.candidates, body)
    role_keys.hand_on(place.municipality, place.account, body["passphrase"], to=to)


def _chosen(offered: Iterable[tuple[str, str]], body: Body) -> str:
    """Whom the form names, if they were offered; raises NotAHolder."""
    wanted = str(body["person"])
    if wanted not in dict(offered):
        raise NotAHolder
    return wanted


def _recover(role_keys: RoleKeys, place: Place, body: Body) -> None:
    check_passphrase(body["passphrase"], body["again"])
    role_keys.recover(place.municipality, body["code"], place.account, body["passphrase"])


def _renew(role_keys: RoleKeys, place: Place, body: Body) -> None:
    sum(role_keys.renew(place.municipality, place.account, body["passphrase"]))


def _remove(role_keys: RoleKeys, place: Place, body: Body) -> None:
    holder = _chosen(place.others, body)
    role_keys.remove(place.municipality, place.account, body["passphrase"], holder=holder)


def _leave(role_keys: RoleKeys, place: Place, body: Body) -> None:
    role_keys.leave(place.municipality, place.account)


def _change(role_keys: RoleKeys, place: Place, body: Body) -> None:
    check_passphrase(body["passphrase"], body["again"])
    role_keys.change_passphrase(place.account, body["old"], body["passphrase"])


STEPS: dict[str, Step] = {
    "make": Step(
        schema=schemas.NewPassphraseSchema,
        suits=lambda place: not place.exists and not place.is_prepared,
        take=_make,
    ),
    "found": Step(
        schema=schemas.PassphraseSchema,
        suits=lambda place: not place.exists and place.is_prepared,
        take=lambda keys, place, body: keys.make(
            place.municipality, place.account, body["passphrase"]
        ),
    ),
    "prepare": Step(
        schema=schemas.NewPassphraseSchema,
        suits=lambda place: place.exists and not place.is_mine and not place.is_prepared,
        take=_prepare,
    ),
    "recover": Step(
        schema=schemas.RecoverySchema,
        suits=lambda place: place.exists and not place.is_mine,
        take=_recover,
    ),
    "hand-on": Step(
        schema=schemas.PersonSchema,
        suits=lambda place: place.is_mine and bool(place.candidates),
        take=_hand_on,
        persons=lambda place: place.candidates,
    ),
    "renew": Step(
        schema=schemas.PassphraseSchema,
        suits=lambda place: place.is_mine,
        take=_renew,
    ),
    "remove": Step(
        schema=schemas.PersonSchema,
        suits=lambda place: place.is_mine and bool(place.others),
        take=_remove,
        persons=lambda place: place.others,
    ),
    "leave": Step(
        schema=schemas.NothingSchema,
        suits=lambda place: place.is_mine and bool(place.others),
        take=_leave,
    ),
    "passphrase": Step(
        schema=schemas.ChangeSchema,
        suits=lambda place: place.is_prepared,
        take=_change,
    ),
}
