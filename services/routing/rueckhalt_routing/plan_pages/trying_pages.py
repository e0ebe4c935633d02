# SPDX-License-Identifier: EUPL-1.2
"""HTML: coverage of the coming months, one case on trial, what changes, last year again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import render_template, request

from rueckhalt_routing.assignments.deciding import NoRule
from rueckhalt_routing.assignments.domain import Sight
from rueckhalt_routing.assignments.replaying import past_cases
from rueckhalt_routing.drafts import publishing
from rueckhalt_routing.drafts.showing import WRITE, sentence, spoken
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.plan.compiled import compile_plan
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.vocabulary import BIAS, FORMS, GROUPS, RELATIONS, WISHES, dimensions
from rueckhalt_routing.plan_pages import covering
from rueckhalt_routing.plan_pages.certifying import Certified, certified
from rueckhalt_routing.plan_pages.pages import pages
from rueckhalt_routing.plan_pages.replaying import replayed
from rueckhalt_routing.plan_pages.subjects import Subject, in_force, subject
from rueckhalt_routing.proving.concluding import HORIZON_DAYS
from rueckhalt_routing.proving.differing import OtherTown, differences
from rueckhalt_routing.proving.explaining import explained
from rueckhalt_routing.proving.people import reach_of
from rueckhalt_routing.proving.told import lasting, speech
from rueckhalt_routing.proving.trying import FIELDS, NotACase, case_of, trial_of
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import caller, database, requires

READ = "assignment:read"
_DRAFT = "/drafts/<uuid:draft_id>"
_YEAR = timedelta(days=365)
_SEVERITIES = ("0", "1", "2", "3")


@pages.get("/calendar")
@pages.get(f"{_DRAFT}/calendar")
@requires(WRITE, READ)
def show_calendar(draft_id: UUID | None = None) -> str:
    """Coverage of the coming months, and every future gap in words."""
    about = subject(draft_id)
    zone = ZoneInfo(about.plan.calendar.zone)
    found, holes, said = [], [], about.said
    if said is not None:
        horizon = said.proved_at + timedelta(days=HORIZON_DAYS)
        chains = [code for code in about.plan.chains if code in _used(about.plan)]
        found = covering.months(said, chains, zone, until=int(horizon.timestamp()))
        holes = covering.stretches(said, zone, spoken())
    wanted = request.args.get("month", "")
    return render_template(
        "routing/calendar.html",
        subject=about,
        months=found,
        month=next((m for m in found if f"{m.first:%Y-%m}" == wanted), None),
        holes=holes,
        sentence=sentence,
        alone=said.of_code("single_person") if said else (),
        may_write=WRITE in caller().scopes,
    )


@pages.get("/trial")
@pages.get(f"{_DRAFT}/trial")
@requires(WRITE, READ)
def show_trial(draft_id: UUID | None = None) -> str:
    """Who would be told of this case? Nothing is stored, nobody is told."""
    about = subject(draft_id)
    given = {name: "+".join(v for v in request.args.getlist(name) if v) for name in FIELDS}
    values = {name: request.args.getlist(name) for name in FIELDS}
    errors: tuple[FieldError, ...] = ()
    found = None
    if request.args.get("try"):
        try:
            found = _tried(about, {name: text for name, text in given.items() if text})
        except NotACase as error:
            told = words("trial.not_a_case", value=error.value or "–")
            errors = (FieldError(error.field, told),)
    return render_template(
        "routing/trial.html",
        subject=about,
        form=Form(values, errors),
        choices=_choices(about.plan),
        found=found,
    )


@pages.get(f"{_DRAFT}/difference")
@requires(WRITE)
def show_difference(draft_id: UUID) -> str:
    """What the draft changes, in words, and what that does to the promised times."""
    about = subject(draft_id)
    live = database().read(publishing.in_force, about.municipality)
    changes: list[Any] | None = None
    if live is not None and live[1].plan is not None:
        try:
            changes = list(differences(live[1].plan, about.plan))
        except OtherTown:
            changes = None
    return render_template(
        "routing/difference.html",
        subject=about,
        changes=changes,
        language=spoken(),
        before=_certified(in_force()),
        after=_certified(about),
    )


@pages.get(f"{_DRAFT}/replay")
@requires(WRITE)
def show_replay(draft_id: UUID) -> str:
    """The cases of the last twelve months on the draft: how many would go elsewhere."""
    about = subject(draft_id)
    live = database().read(publishing.in_force, about.municipality)
    found = None
    if live is not None and live[1].plan is not None:
        since = database().clock() - _YEAR
        cases = database().read(past_cases, about.municipality, since, sight=_sight())
        old, new = (compile_plan(p, id="replay", version=0) for p in (live[1].plan, about.plan))
        found = replayed(cases, old, new)
    return render_template("routing/replay.html", subject=about, replay=found)


def _tried(about: Subject, given: dict[str, str]) -> dict[str, Any]:
    plan, facts = about.plan, database().read(duty.facts, about.municipality)
    case = case_of(given, plan, database().clock().replace(second=0, microsecond=0))
    compiled, reach = compile_plan(plan, id="trial", version=0), reach_of(plan, _at(case), 1, facts)
    try:
        trial = trial_of(case, compiled, reach)
    except NoRule:
        return {"nobody": True}
    people = [
        {
            "name": told.member.name,
            "role": codes.ROLES.label(told.role, spoken()),
            "after": _wait(after),
            "knows": None if heard is None else _wait(heard),
        }
        for (told, after), heard in zip(trial.told, trial.heard, strict=True)
    ]
    rule = trial.decision.verdict.leading
    return {
        "lines": [line for line in explained(trial, compiled, reach, spoken()) if line[0] != " "],
        "people": people,
        "rule": rule,
        "weak": trial.decision.verdict.weak,
        "late": trial.is_late,
        "first": None if trial.first is None else _wait(trial.first),
        "promised": lasting(int(trial.decision.take_over_within.total_seconds())),
        "chain": trial.decision.chain,
    }


def _wait(seconds: int) -> str:
    return lasting(seconds) if seconds else words("plan.at_once")


def _at(case: Any) -> datetime:
    at: datetime = case.registered_at
    return at


def _choices(plan: Plan) -> dict[str, list[tuple[str, str]]]:
    say = speech(dimensions(plan.units), spoken())
    by_name = {dimension.name: dimension for dimension in dimensions(plan.units)}
    lists = {
        "form": FORMS,
        "group": GROUPS,
        "relation": RELATIONS,
        "bias": BIAS,
        "wish": WISHES,
        "unit": by_name["unit"].values,
    }
    found = {
        name: [(value, say.label(by_name[name], value)) for value in values]
        for name, values in lists.items()
    }
    language = spoken()
    found["severity"] = [(each, words(f"severity.{each}")) for each in _SEVERITIES]
    found["danger_level"] = [
        (each, codes.DANGER_LEVELS.label(each, language)) for each in codes.DANGER_LEVELS.codes
    ]
    found["excluded"] = [(person.key, person.name) for person in plan.persons]
    return found


def _used(plan: Plan) -> set[str]:
    return {rule.outcome.chain for rule in plan.rules if rule.outcome.chain}


def _certified(about: Subject | None) -> Certified | None:
    return certified(about.proved) if about is not None and about.proved is not None else None


def _sight() -> Sight:
    """What the asker may know of, as on every other page about assignments."""
    who = caller()
    return Sight(
        municipalities=None if "*" in who.municipalities else who.municipalities,
        mode="test" if who.mode == "test" else None,
        is_person=who.account is not None,
        person=who.person,
        audits=True,
    )
