# SPDX-License-Identifier: EUPL-1.2
"""Use cases of a rota: ask a colleague, answer, take back; set somebody in, by rota or emergency.

A swap counts once whoever gives the duty and whoever takes it have both agreed. Whoever keeps the
plan may propose one for two others, and may set somebody in alone.
"""

from dataclasses import replace
from datetime import datetime

from rueckhalt_routing.duty import handlers, store, swap_words
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.domain import EMERGENCY, OVERRIDE, SWAP
from rueckhalt_routing.duty.entries import AGREED, ASKED, REFUSED, WITHDRAWN, RotaChange
from rueckhalt_routing.duty.house import House, UnknownKey
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction


class ChangeRefused(Exception):
    """A change of a rota that cannot be: `field`, and the id of the text that says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


def coming(tx: Transaction, house: House) -> list[RotaChange]:
    """What is not over yet, by its begin."""
    return store.changes_of(tx, house.municipality, since=tx.now)


def ask(
    tx: Transaction,
    house: House,
    actor: Actor,
    *,
    rota: str,
    giver: str,
    taker: str,
    stretch: tuple[datetime, datetime],
    back: tuple[datetime, datetime] | None = None,
) -> RotaChange:
    """Ask somebody to take over a duty. Raises UnknownKey and ChangeRefused."""
    house.known(giver, "instead_of")
    house.known(taker)
    if not actor.may(giver):
        raise UnknownKey("instead_of", giver)
    _check_rota(house, rota, stretch, now=tx.now)
    if giver == taker:
        raise ChangeRefused("person", "swap.same_person")
    if not _has_duty(house, rota, giver, stretch):
        raise ChangeRefused("from", "swap.no_duty")
    if back is not None:
        _check_rota(house, rota, back, now=tx.now, field="back_from")
        if not _has_duty(house, rota, taker, back):
            raise ChangeRefused("back_from", "swap.no_duty_back")
    new = RotaChange(
        id=ids.uuid7(),
        municipality=house.municipality,
        rota=rota,
        kind=SWAP,
        state=ASKED,
        start_at=stretch[0],
        end_at=stretch[1],
        person=taker,
        instead_of=giver,
        back_start_at=back[0] if back else None,
        back_end_at=back[1] if back else None,
        giver_agreed_at=tx.now if actor.only == giver else None,
        noted_by=actor.name,
        noted_at=tx.now,
        asked_by=actor.me,
    )
    new = replace(new, reminded_hours=new.reminder_due(tx.now))
    store.add_change(tx, new)
    actor.record(tx, "swap.asked", municipality=house.municipality, object=new.id)
    swap_words.tell(tx, new, new.waits_for, state=ASKED, but=actor.me)
    return new


def set_in(
    tx: Transaction,
    house: House,
    actor: Actor,
    *,
    rota: str,
    person: str,
    stretch: tuple[datetime, datetime],
    instead_of: str | None = None,
    emergency: bool = False,
) -> RotaChange:
    """Set somebody in at once: instead of whoever has the duty, or in an emergency beside all.

    Raises UnknownKey and ChangeRefused.
    """
    house.known(person)
    _check_rota(house, rota, stretch, now=tx.now)
    if instead_of is not None:
        house.known(instead_of, "instead_of")
        if instead_of == person:
            raise ChangeRefused("person", "swap.same_person")
    new = RotaChange(
        id=ids.uuid7(),
        municipality=house.municipality,
        rota=rota,
        kind=EMERGENCY if emergency else OVERRIDE,
        state=AGREED,
        start_at=stretch[0],
        end_at=stretch[1],
        person=person,
        instead_of=instead_of,
        noted_by=actor.name,
        noted_at=tx.now,
        asked_by=actor.me,
    )
    store.add_change(tx, new)
    swap_words.tell(tx, new, (person, instead_of), state=swap_words.SET, but=actor.me)
    actor.record(tx, "duty.set", municipality=house.municipality, object=new.id)
    handlers.changed(tx, house.municipality)
    return new


def answer(
    tx: Transaction, house: House, actor: Actor, id: str, *, person: str, agrees: bool
) -> RotaChange:
    """One of the two says yes or no. Raises UnknownKey, and ChangeRefused once it is settled."""
    change = _open(tx, house, id)
    if person not in (change.person, change.instead_of):
        raise UnknownKey("id", id)
    if agrees and change.lapses_at <= tx.now:
        raise ChangeRefused("id", "swap.over")
    answered = _agreed(change, person, tx.now) if agrees else replace(change, state=REFUSED)
    if answered.state != ASKED:
        answered = replace(answered, ended_at=tx.now)
    store.save_change(tx, answered)
    actor.record(
        tx, "swap.agreed" if agrees else "swap.refused", municipality=house.municipality, object=id
    )
    if answered.state != ASKED:
        swap_words.tell(tx, answered, answered.involved, state=answered.state, but=person)
    if answered.state == AGREED:
        handlers.changed(tx, house.municipality)
    return answered


def withdraw(tx: Transaction, house: House, actor: Actor, id: str) -> RotaChange:
    """Take back what was asked or set: whoever asked or gives, or whoever keeps the plan.

    What two agreed on is taken back by whoever keeps the plan. Raises UnknownKey, ChangeRefused.
    """
    change = store.find_change(tx, house.municipality, id)
    if change is None or not actor.may(change.instead_of or change.person):
        raise UnknownKey("id", id)
    if change.state not in (ASKED, AGREED) or (actor.only is not None and change.state != ASKED):
        raise ChangeRefused("id", "swap.settled")
    counted = change.state == AGREED
    taken_back = replace(change, state=WITHDRAWN, ended_at=tx.now)
    store.save_change(tx, taken_back)
    actor.record(tx, "swap.withdrawn", municipality=house.municipality, object=id)
    swap_words.tell(tx, taken_back, taken_back.involved, state=WITHDRAWN, but=actor.me)
    if counted:
        handlers.changed(tx, house.municipality)
    return taken_back


def _open(tx: Transaction, house: House, id: str) -> RotaChange:
    change = store.find_change(tx, house.municipality, id)
    if change is None:
        raise UnknownKey("id", id)
    if change.state != ASKED:
        raise ChangeRefused("id", "swap.settled")
    return change


def _agreed(change: RotaChange, person: str, now: datetime) -> RotaChange:
    if person == change.person:
        change = replace(change, taker_agreed_at=now)
    else:
        change = replace(change, giver_agreed_at=now)
    both = change.taker_agreed_at is not None and change.giver_agreed_at is not None
    return replace(change, state=AGREED) if both else change


def _check_rota(
    house: House,
    rota: str,
    stretch: tuple[datetime, datetime],
    *,
    now: datetime,
    field: str = "from",
) -> None:
    if rota not in house.plan.rotas:
        raise UnknownKey("rota", rota)
    until = field.replace("from", "until")
    if stretch[1] <= stretch[0]:
        raise ChangeRefused(until, "absence.ends_before")
    if stretch[1] <= now:
        raise ChangeRefused(until, "absence.over")
    if (stretch[1] - stretch[0]).days > _LONGEST_DAYS:
        raise ChangeRefused(until, "swap.too_long")


_LONGEST_DAYS = 92


def _has_duty(house: House, rota: str, key: str, stretch: tuple[datetime, datetime]) -> bool:
    within = (int(stretch[0].timestamp()), int(stretch[1].timestamp()))
    return any(
        duty.person == key and duty.is_duty
        for shift in house.roster.shifts(rota, within)
        for duty in shift.duties
    )
