# SPDX-License-Identifier: EUPL-1.2
"""`/duty`: who is on duty now or at an instant, the card for the wall, the months of a rota."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for

from rueckhalt_routing.absence_feeds import handlers as absence_feeds
from rueckhalt_routing.duty import crises, showing
from rueckhalt_routing.duty.house import House, UnknownKey
from rueckhalt_routing.duty.pictures import picture_of
from rueckhalt_routing.duty.reading_csv import instant_in, wall_in
from rueckhalt_routing.duty.showing import STAFF, Looker
from rueckhalt_routing.duty.standing import (
    chain_at,
    leads,
    load_of,
    rota_standings,
    standings,
)
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import database, requires, settings

pages = Blueprint(
    "duty_pages", "rueckhalt_routing", url_prefix="/duty", template_folder="templates"
)
_DAY = timedelta(days=1)


@pages.get("")
@requires(*STAFF)
def show_duty() -> str:
    """Who is responsible now, or at the instant in the address; who is next, and why."""
    mine = showing.looker()
    house, form = mine.house, Form.blank()
    now = database().clock().astimezone(UTC).replace(microsecond=0)
    at, wanted = now, request.args.get("at", "").strip()[:40]
    if wanted:
        wall = wall_in(wanted, is_end=False)
        errors = () if wall else (FieldError("at", words("absence.bad_time")),)
        form = Form({"at": [wanted]}, errors)
        at = instant_in(wall, house.zone) if wall else now
    return render_template(
        "routing/duty.html",
        form=form,
        mine=mine,
        at=showing.at_words(at),
        is_now=at == now,
        tomorrow=f"{house.wall(now + _DAY):%Y-%m-%d %H:%M}",
        tonight=f"{house.wall(now):%Y-%m-%d} 22:00",
        crisis=database().read(crises.going_on, town=house.town, now=at),
        silent=mine.plans and database().read(absence_feeds.silent, house),
        chains=_chains(house, int(at.timestamp())),
        **_tables(house, int(at.timestamp())),
    )


@pages.get("/card")
@requires(*STAFF)
def show_card() -> str:
    """A page of paper for the wall: who it is, until when, and where it stands in its newest form.

    `?names=0` leaves the names of people out, for walls the public sees.
    """
    mine = showing.looker()
    now = database().clock()
    address = f"{settings().base_url.rstrip('/')}/duty"
    return render_template(
        "routing/duty_card.html",
        mine=mine,
        at=showing.at_words(now),
        with_names=request.args.get("names") != "0",
        address=address,
        picture=picture_of(address),
        **_tables(mine.house, int(now.timestamp())),
    )


@pages.get("/rotas")
@requires(*STAFF)
def show_rotas() -> str:
    """One month of a rota: who has duty when, and why."""
    mine = showing.looker()
    house = mine.house
    rotas = list(house.rotas())
    code = request.args.get("rota", "") or (rotas[0][0] if rotas else "")
    if rotas and code not in house.plan.rotas:
        raise UnknownKey("rota", code)
    first = showing.month_of(request.args.get("month", ""), house.wall(database().clock()))
    return render_template(
        "routing/duty_rotas.html",
        form=Form.blank(rota=code, month=f"{first:%Y-%m}"),
        mine=mine,
        rotas=rotas,
        code=code,
        month=words("duty.month", month=first),
        before=url_for(".show_rotas", rota=code, month=f"{showing.next_month(first, -1):%Y-%m}"),
        after=url_for(".show_rotas", rota=code, month=f"{showing.next_month(first):%Y-%m}"),
        **(_month(mine, code, first) if rotas else {"rows": [], "load": []}),
    )


def _tables(house: House, at: int) -> dict[str, Any]:
    titles = dict(house.rotas())
    roles = [
        showing.standing_row(house, each, showing.role_words(each.code, each.unit))
        for each in standings(house, at)
    ]
    rotas = [
        showing.standing_row(house, each, titles[each.code]) for each in rota_standings(house, at)
    ]
    empty = [each["title"] for each in roles if not each["now"]]
    return {"roles": roles, "rotas": rotas, "empty": empty}


def _chains(house: House, at: int) -> list[tuple[str, list[list[str]]]]:
    """Each chain with the people of its steps; a step without anybody says so."""
    nobody = words("duty.nobody_there")
    return [
        (
            code,
            [
                list(
                    dict.fromkeys(
                        house.name(asked.duty.person) if asked.duty else nobody for asked in step
                    )
                )
                for step in chain_at(house, code, at)
            ],
        )
        for code in house.plan.chains
    ]


def _month(mine: Looker, code: str, first: datetime) -> dict[str, Any]:
    house = mine.house
    within = (
        int(instant_in(first, house.zone).timestamp()),
        int(instant_in(showing.next_month(first), house.zone).timestamp()),
    )
    found = leads(house.roster, house.roster.shifts(code, within), within)
    load = load_of(house, code, within)
    seen = sorted(load, key=house.name) if mine.plans else [mine.own] if mine.own in load else []
    return {
        "rows": [showing.lead_row(house, each) for each in found],
        "load": [(house.name(key), showing.hours(load[key])) for key in seen if key],
    }
