# SPDX-License-Identifier: EUPL-1.2
"""Review, sending, receipt, and the seven words for later."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.desk.showing import moment
from rueckhalt_intake.guidance import handlers as guidance
from rueckhalt_intake.help import handlers as help_near
from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents.domain import Incident, Responsibility
from rueckhalt_intake.incidents.handlers import Registration
from rueckhalt_intake.mailbox.codes import Mailbox
from rueckhalt_intake.mailbox.domain import SHARINGS
from rueckhalt_intake.report import domain, handlers, showing
from rueckhalt_intake.report.domain import Draft, NoDraft
from rueckhalt_intake.report.handlers import ChangedElsewhere, Sending
from rueckhalt_intake.report.holding import (
    COOKIES,
    Held,
    account_for,
    caller_for,
    drafts,
    held,
    hold,
    let_go,
    reception,
    visit,
)
from rueckhalt_intake.report.pages import ASKS_ITSELF, HOUSE, OPEN
from rueckhalt_intake.report.promising import TAKEN, promises
from rueckhalt_intake.report.schemas import SendSchema
from rueckhalt_intake.tidings.domain import Wish
from rueckhalt_intake.tidings.sealing import may_want, sealed
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.identity.attempts import network_of
from rueckhalt_shared.identity.showing import person_called
from rueckhalt_shared.pages import csrf, forms
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import language, words
from rueckhalt_shared.problems import FieldProblem
from rueckhalt_shared.web import Caller, database, extension, public, settings

pages = Blueprint("sending", __name__, url_prefix="/report", template_folder="templates")
_MOST_CARDS, _MOST_NEAR = 3, 4
_STEP_OF = {"organisation_unit": domain.MORE, "accused.unit": domain.CONFLICT}


@pages.get("/review")
@public(OPEN, whole_house=HOUSE)
def review() -> AnyResponse:
    """Everything that was said, each to be changed, and the button that sends it."""
    mine = held()
    if mine.draft is not None and mine.draft.incident_id is not None:
        return redirect(url_for(".show_receipt"), 303)
    if not mine.answers:
        return redirect(url_for("report.begin"), 303)
    return Response(_page(mine, Form.blank()))


@csrf.exempt(ASKS_ITSELF)
@pages.post("/send")
@public(OPEN, whole_house=HOUSE)
def send() -> AnyResponse:
    """Send it; pressed twice it is one report with one code."""
    mine = held()
    if (elsewhere := _elsewhere(mine)) or mine.draft is None:
        return redirect(elsewhere or url_for("report.begin"), 303)
    if not csrf.is_ours():
        return Response(_page(mine, Form.sent(FieldError("", words("report.came_late")))), 409)
    try:
        under = forms.read(SendSchema()).get("account", "yes")
        token = _sent(mine, mine.draft, without_account=under == "no")
    except forms.Invalid as bad:
        return Response(_page(mine, bad.form), 422)
    except FieldProblem as wrong:
        field = wrong.errors[0]["field"] if wrong.errors else ""
        told = FieldError("", words("report.check", step=_STEP_OF.get(field, field)))
        return Response(_page(mine, Form.sent(told)), 422)
    except (ChangedElsewhere, NoDraft):
        return redirect(url_for(".review"), 303)
    return visit(redirect(url_for(".show_receipt"), 303), token)


@pages.get("/receipt")
@public(OPEN, whole_house=HOUSE)
def show_receipt() -> AnyResponse:
    """At once: it is here, these words lead back to it, this happens next and by when."""
    mine = held()
    if mine.draft is None or mine.draft.incident_id is None:
        return redirect(url_for("report.begin"), 303)
    incident = database().read(erasing.whoever_asks, mine.draft.incident_id)
    if incident is None:
        return redirect(url_for("doors.start"), 303)
    return Response(
        render_template(
            "intake/receipt.html",
            code=drafts().receipt(mine.draft, mine.token),
            **standing(incident),
        )
    )


@csrf.exempt(ASKS_ITSELF)
@pages.post("/save")
@public(OPEN, whole_house=HOUSE)
def save() -> AnyResponse:
    """The seven words, to go on later or elsewhere."""
    mine = held()
    if mine.draft is None or mine.draft.incident_id is not None or not csrf.is_ours():
        return redirect(url_for("report.begin"), 303)
    drafts().words(mine.draft, mine.token)
    return hold(redirect(url_for(".show_words"), 303), mine.token)


@pages.get("/words")
@public(OPEN, whole_house=HOUSE)
def show_words() -> AnyResponse:
    """The words of a draft that was put aside."""
    mine = held()
    if mine.draft is None or mine.draft.answer is None:
        return redirect(url_for("report.begin"), 303)
    code = drafts().receipt(mine.draft, mine.token)
    back = url_for("report.begin")
    return Response(render_template("intake/words.html", code=code, back=back, days=30))


@pages.post("/another")
@public(OPEN)
def begin_another() -> AnyResponse:
    """One more report; this browser shows the words of the last one no longer."""
    return let_go(redirect(url_for("report.begin"), 303), COOKIES[domain.REPORT])


def _elsewhere(mine: Held) -> str:
    """Where to, when there is nothing to send: sent already, nothing begun, nothing said."""
    if mine.draft is None:
        return url_for("report.begin")
    if mine.draft.incident_id is not None:
        return url_for(".show_receipt")
    return "" if mine.answers.get("forms") else url_for("report.ask", step=domain.WHAT)


def standing(incident: Incident) -> dict[str, Any]:
    """How an incident stands, for whoever reported it: who has it, what is next and by when."""
    fact, coded = incident.responsibility, incident.coded
    role = fact.role if fact is not None else None
    partner = fact.partner if fact is not None else None
    due = (fact.take_over_by or fact.next_due_at) if fact is not None else None
    within = domain.first_answer_within(coded.danger_level, coded.severity)
    return {
        "incident": incident,
        "status": incident.status,
        "role": role,
        "stand_in": _stand_in(fact),
        "partner": partner,
        "name": _name_of(incident),
        "due": moment(due) if due is not None and incident.closed_at is None else None,
        "promises": promises(incident, now=database().clock()),
        "closed": moment(incident.closed_at) if incident.closed_at is not None else None,
        "within": words(f"receipt.within.{within}"),
        "registered": moment(incident.registered_at),
        "level": coded.danger_level,
        "reasons": showing.reasons({"danger": coded.danger, "place": coded.place}),
        **help_for(incident),
    }


def _stand_in(fact: Responsibility | None) -> str | None:
    """The role that is asked next, where the plan names another one."""
    if fact is None or fact.stand_in in (None, fact.role, codes.UNKNOWN):
        return None
    return fact.stand_in


def _name_of(incident: Incident) -> str:
    """Who has taken it over, where the house has agreed to show it.

    Never from the bus: the account of that person of the plan says it.
    """
    fact = incident.responsibility
    if fact is None or fact.person is None or fact.state not in TAKEN:
        return ""
    return person_called(fact.person) if settings().names_shown else ""


@pages.app_context_processor
def _told() -> dict[str, Any]:
    """Codes in words, for `intake/standing.html`."""
    return {
        "status_told": lambda code: codes.STATUSES.label(code, language()),
        "role_told": lambda code: codes.ROLES.label(code, language()),
    }


def help_for(incident: Incident) -> dict[str, Any]:
    """What to do and who helps nearby, for this very case."""
    coded = incident.coded
    cards = guidance.cards_for(
        coded.forms,
        role=coded.reporter_role,
        relation=coded.relation,
        place=coded.place,
        groups=coded.affected_groups,
    )
    near = database().read(
        help_near.near,
        incident.municipality,
        topics=(*coded.forms, *coded.motives),
        groups=coded.affected_groups,
        language=language(),
        at=database().clock(),
    )
    return {
        "cards": [
            {"path": request.script_root + card.path, "text": card.title(language())}
            for card in cards[:_MOST_CARDS]
        ],
        "near": near[:_MOST_NEAR],
    }


def _sent(mine: Held, draft: Draft, *, without_account: bool) -> str:
    """Make ready what costs time, then everything in one transaction; the token of the visit."""
    desk, keeper = reception(), drafts()
    if draft.lookup is not None and draft.public_key is not None:
        code = keeper.receipt(draft, mine.token)
        box = keeper.codes.opened(code)
    else:
        code, box = keeper.codes.new()
    token = domain.new_token()
    who = caller_for(draft.municipality, without_account=without_account)
    registration = _registration(mine, draft, box, who)
    sending = Sending(
        holder=draft.holder,
        registration=registration,
        answer=keeper.sealed_words(code, mine.token),
        consents=domain.consents_of(mine.answers, SHARINGS),
        wants_aftercare=mine.answers.get("aftercare") == "yes",
        wish=_wish(mine, registration.incident),
        visit=token,
    )
    database().run(handlers.send, sending, vault=desk.vault, units=desk.units)
    if registration.incident.key_id != draft.key_id:  # it hangs on the role key
        desk.vault.shred(draft.key_id)
    return token


def _registration(mine: Held, draft: Draft, box: Mailbox, who: Caller) -> Registration:
    person = None if mine.by_phone else who.person
    body = domain.body_of(
        mine.answers, draft.municipality, person=person, label=words("report.accused_label")
    )
    if body["occurred_at"]:
        body["occurred_at"] = date.fromisoformat(body["occurred_at"])
    return reception().register(
        body,
        who,
        now=database().clock(),
        network=network_of(request.remote_addr),
        idempotency_key=None,
        mailbox=box,
        key=reception().vault.key_of(draft.key_id),
    )


def _wish(mine: Held, incident: Incident) -> Wish | None:
    """What somebody has asked for with their report; never of one without a name."""
    answers, vault = mine.answers, reception().vault
    if answers.get("tidings") != "yes" or not extension("tidings"):
        return None
    if domain.is_anonymous(answers) or not may_want(vault, incident):
        return None
    address = str(answers.get("email") or "").strip()
    return sealed(vault, incident, address, language=language(), states=True)


def _account(mine: Held) -> str:
    """How the account of who is signed in comes into this: `asked`, `apart`, or not at all."""
    if mine.by_phone or account_for(mine.municipality) is None:
        return ""
    return "apart" if domain.is_anonymous(mine.answers) else "asked"


def _page(mine: Held, form: Form) -> str:
    way = domain.way(mine.answers, by_phone=mine.by_phone)
    return render_template(
        "intake/report_review.html",
        form=form,
        held=mine,
        under_account=_account(mine),
        rows=showing.review(mine.answers, (*way, domain.MORE)),
        level=showing.level(mine.answers),
        reasons=showing.reasons(mine.answers),
    )
