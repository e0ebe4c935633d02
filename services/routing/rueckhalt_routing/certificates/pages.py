# SPDX-License-Identifier: EUPL-1.2
"""HTML: the gaps of the plan that counts, as tasks with owner, begin and next reminder."""

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.certificates import closing, handlers
from rueckhalt_routing.certificates.closing import Closing
from rueckhalt_routing.certificates.concluding import concluded
from rueckhalt_routing.certificates.domain import Gap, Standing
from rueckhalt_routing.certificates.grouping import Group, groups, when
from rueckhalt_routing.certificates.schemas import StandInSchema
from rueckhalt_routing.certificates.standing_in import StandIn, lacks_of, stand_ins
from rueckhalt_routing.drafts import handlers as drafts
from rueckhalt_routing.drafts import labels, publishing
from rueckhalt_routing.drafts.editing import NoSuchPart, with_stand_in
from rueckhalt_routing.drafts.handlers import NewProblems
from rueckhalt_routing.drafts.opening import opened
from rueckhalt_routing.drafts.showing import WRITE, editor_of, municipality_of, spoken
from rueckhalt_routing.duty import absences, house
from rueckhalt_routing.duty.house import House, NoPlan
from rueckhalt_routing.persons import handlers as people
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.proving.concluding import HORIZON_DAYS
from rueckhalt_routing.proving.people import Reach, reach_of
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import Problem, caller, database, requires

pages = Blueprint("gaps", "rueckhalt_routing", url_prefix="/plan")
_ZONE = ZoneInfo("Europe/Berlin")
_MOST_HELPED = 5
"""For so many groups somebody is looked for; the next gaps come first."""


@pages.get("/gaps")
@requires(WRITE, "assignment:read")
def show_gaps() -> str:
    """What is missing, from when on, who must close it, and what was closed."""
    municipality = municipality_of(caller(), request.args.get("municipality", ""))
    standing, open_, closed, names = database().read(_look, municipality)
    found = groups(open_, standing.conclusion, _ZONE)
    return render_template(
        "routing/gaps.html",
        standing=standing,
        groups=found,
        closed=closed,
        owner=lambda gap: names.get(gap.owner, ("", gap.owner))[1],
        when=lambda group: when(group.together.spans, _ZONE, spoken()),
        language=spoken(),
        now=database().clock(),
        may_write=WRITE in caller().scopes,
        municipality=municipality,
        **database().read(_ways, municipality, found),
    )


@pages.post("/gaps/stand-in")
@requires(WRITE)
def add_stand_in() -> AnyResponse:
    """A draft of the plan that counts with one more stand-in, proved at once."""
    municipality = municipality_of(caller(), request.form.get("municipality", ""))
    if database().read(plans.published_version, municipality) is None:
        raise _no_plan()
    try:
        body = forms.read(StandInSchema())
    except forms.Invalid:  # no field of a person: only a button that was tampered with sends this
        return notes.leave(redirect(url_for(".show_gaps"), 303), "gaps.not_added", kind="danger")
    who, run = editor_of(caller()), database().run
    given = {"municipality": municipality, "name": body["name"]}
    draft = run(drafts.begin_from_published, who, **given)
    if draft is None:
        raise _no_plan()
    role, person = body["role"], body["person"]
    add = partial(with_stand_in, role=role, person=person)
    try:
        draft = run(drafts.edit, draft.id, who, add, version=draft.version)
    except (NewProblems, NoSuchPart):  # the plan has changed since the page was loaded
        to = redirect(url_for("drafts.show_draft", draft_id=draft.id), 303)
        return notes.leave(to, "gaps.not_added", kind="danger")
    text = opened(draft.source)
    if text.draft is not None:
        now = database().clock()  # before the facts are read: what changes meanwhile is newer
        basis = database().read(drafts.basis_of, draft, text.draft)
        run(drafts.keep_check, draft, text.hash, concluded(basis, now=now))
    to = redirect(url_for("drafts.show_draft", draft_id=draft.id), 303)
    if database().read(publishing.refusals, draft):
        return notes.leave(to, "gaps.stand_in_open", kind="warning")
    return notes.leave(to, "gaps.stand_in_added")


def _no_plan() -> Problem:
    return Problem(404, "No plan", "No plan counts for this municipality.", kind="no-plan")


def _look(
    tx: Transaction, municipality: str
) -> tuple[Standing, list[Gap], list[Gap], dict[str, tuple[str, str]]]:
    open_, closed = handlers.list_gaps(tx, municipality)
    names = people.names(tx, {gap.owner for gap in (*open_, *closed)})
    return handlers.standing(tx, municipality), open_, closed, names


def _ways(tx: Transaction, municipality: str, found: list[Group]) -> dict[str, Any]:
    """What closes each group of gaps, with the words for it."""
    try:
        home: House = house.house_in(tx, municipality)
    except NoPlan:
        return {"closings": {}}
    gaps = [gap for group in found for gap in group.gaps]
    ways: dict[str, Closing] = closing.closings(gaps, home.plan, absences.coming(tx, home))
    reach = reach_of(home.plan, tx.now, HORIZON_DAYS, home.roster.facts)
    return {
        "closings": ways,
        "helpers": _helpers(found, reach),
        "offers": lambda way: _offers(way, home),
        "rota_name": dict(home.rotas()).__getitem__,
        "role_name": dict(labels.roles()).__getitem__,
        "person_name": home.name,
        "is_own": home.municipality == municipality,
    }


def _helpers(found: list[Group], reach: Reach) -> dict[str, list[StandIn]]:
    """By the first gap of each group, who could close it as one more stand-in."""
    in_time = [group for group in found if group.together is not None and group.first.is_told]
    if not in_time:
        return {}
    lacks = lacks_of(reach)
    return {
        group.first.id: stand_ins(group.together, lacks, reach)
        for group in in_time[:_MOST_HELPED]
        if group.together is not None
    }


def _offers(way: Closing, found: House) -> list[tuple[str, str]]:
    """The parts of a draft that could be changed, with what the button says."""
    roles, rotas = dict(labels.roles()), dict(found.rotas())
    return [
        *((f"roles/{each}", words("gaps.to_role", role=roles[each])) for each in way.roles),
        *((f"rotas/{each}", words("gaps.to_rota", rota=rotas[each])) for each in way.rotas),
    ]
