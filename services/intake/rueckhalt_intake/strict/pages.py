# SPDX-License-Identifier: EUPL-1.2
"""`/strict`: role keys ("Meine Schlüssel"), and strict reports opened by a passphrase.

A passphrase travels in a POST only and is never shown again; what it opens is in that one answer.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.evidence import handlers as evidence
from rueckhalt_intake.evidence import showing as evidence_showing
from rueckhalt_intake.evidence.domain import DOWNLOADED, Attachment, NotShown
from rueckhalt_intake.evidence.handing_out import handed_out
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.strict import domain, handlers, rights
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_intake.strict.keeping import is_entitled
from rueckhalt_intake.strict.schemas import FileSchema, PassphraseSchema
from rueckhalt_intake.strict.steps import STEPS, Place
from rueckhalt_intake.vault.pool import IncidentKey
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity import attempts
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.showing import people
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import language, words
from rueckhalt_shared.problems import Problem
from rueckhalt_shared.web import Caller, caller, database, extension, requires

pages = Blueprint("strict", "rueckhalt_intake", url_prefix="/strict", template_folder="templates")
SCOPE = "assignment:take-over"  # what only those who are responsible have
_LISTED = 200
_GUESSED = {"passphrase": "old", "recover": "code"}  # the box in which a step is guessed at
T = TypeVar("T")


@pages.get("/keys")
@requires(SCOPE)
def show_keys() -> str:
    """My keys: who holds the role key, and what I can do; below, the strict reports."""
    who = _person()
    places = [_place(each) for each in caller().municipalities]
    listed = {each.municipality: _listed(each.municipality, who) for each in places}
    return render_template("intake/strict_keys.html", places=places, listed=listed)


@pages.get("/keys/<string:ars>/<string:step>")
@requires(SCOPE, fresh=True)
def ask_step(ars: str, step: str) -> str:
    """Ask what a step needs."""
    return render_template(_ASKED, **_asked(_place(ars), step), form=Form.blank())


@pages.post("/keys/<string:ars>/<string:step>")
@requires(SCOPE, fresh=True)
def take_step(ars: str, step: str) -> AnyResponse:
    """Take it; a new recovery key is shown once, to be printed."""
    place = _place(ars)
    asked = _asked(place, step)
    try:
        body = forms.read(STEPS[step].schema())
        told = _tried(lambda: STEPS[step].take(_role_keys(), place, body), _GUESSED.get(step))
    except forms.Invalid as bad:
        return bad.page(_ASKED, **asked)
    except attempts.PleaseWait as early:
        return _wait(_ASKED, early.seconds, **asked)
    if told:
        return Response(render_template("intake/strict_paper.html", code=told, **asked))
    return notes.leave(redirect(url_for(".show_keys"), 303), f"strict.{step}.done")


@pages.get("/incidents/<uuid:incident_id>")
@requires(SCOPE)
def ask_passphrase(incident_id: UUID) -> str:
    """One strict report, still shut."""
    incident = database().read(rights.openable, str(incident_id), caller())
    return render_template(_SHUT, form=Form.blank(), **_facts(incident))


@pages.post("/incidents/<uuid:incident_id>")
@requires(SCOPE, fresh=True)
def open_incident(incident_id: UUID) -> Response:
    """Open it: who reads stands in the audit first, and nothing of it is kept."""
    who = _person()
    incident = database().read(rights.openable, str(incident_id), caller())
    try:
        body = forms.read(PassphraseSchema())
        key = _tried(lambda: _role_keys().open_key(incident.key_id, who, body["passphrase"]))
    except forms.Invalid as bad:
        return bad.page(_SHUT, **_facts(incident))
    except attempts.PleaseWait as early:
        return _wait(_SHUT, early.seconds, **_facts(incident))
    incident = database().run(_opened, incident.id, caller())
    desk = cast(Reception, extension("reception"))
    texts = {
        "narrative": desk.narrative(incident, by=key),
        "particulars": desk.particulars(incident, by=key),
    }
    return Response(render_template("intake/strict_open.html", **texts, **_facts(incident)))


@pages.get("/incidents/<uuid:incident_id>/files")
@requires(SCOPE)
def list_files(incident_id: UUID) -> str:
    """The files a strict report came with, shut: their names, too."""
    incident = database().read(rights.openable, str(incident_id), caller())
    return render_template(_FILES, form=Form.blank(), **_with_files(incident))


@pages.post("/incidents/<uuid:incident_id>/files")
@requires(SCOPE, fresh=True)
def hand_out_file(incident_id: UUID) -> Response:
    """One of them as it came; whoever takes it along stands in the audit first."""
    incident = database().read(rights.openable, str(incident_id), caller())
    try:
        body = forms.read(FileSchema())
        file = database().read(evidence.one, incident.id, str(body["file"]))
        key = _tried(lambda: _key_of(incident, file, body["passphrase"]))
        database().run(_taken_along, (incident.id, file.id), caller())
    except forms.Invalid as bad:
        return bad.page(_FILES, **_with_files(incident))
    except NotShown as hidden:
        form = Form.sent(FieldError("file", words(hidden.why)))
        return Response(render_template(_FILES, form=form, **_with_files(incident)), 409)
    except attempts.PleaseWait as early:
        return _wait(_FILES, early.seconds, **_with_files(incident))
    return handed_out(file, by=key)


_ASKED, _SHUT = "intake/strict_step.html", "intake/strict_shut.html"
_FILES = "intake/strict_files.html"


def _with_files(incident: Incident) -> dict[str, Any]:
    rows = evidence_showing.rows(database().read(evidence.list_of, incident.id))
    told = [
        (row["id"], words("strict.files.one", number=n, kind=row["kind"], size=row["size"]))
        for n, row in enumerate(rows, start=1)
    ]
    return {"files": told, **_facts(incident)}


def _key_of(incident: Incident, file: Attachment, passphrase: str) -> IncidentKey:
    """The passphrase is asked in any case; a file may lie under the master key for a minute."""
    role_keys, who = _role_keys(), _person()
    role_keys.open_key(incident.key_id, who, passphrase)
    vault = cast(Reception, extension("reception")).vault
    if vault.is_strict(file.key_id):
        return role_keys.open_key(file.key_id, who, passphrase)
    return vault.key_of(file.key_id)


def _taken_along(tx: Transaction, key: tuple[str, str], who: Caller) -> None:
    reach, named = rights.reach_to_open(tx, who), f"{who.sender}/passphrase"
    evidence.look_at(tx, key, reach, who=named, act=DOWNLOADED)


def _opened(tx: Transaction, incident_id: str, who: Caller) -> Incident:
    reach = rights.reach_to_open(tx, who)
    return incidents.open_incident(tx, incident_id, reach, who=f"{who.sender}/passphrase")


def _role_keys() -> RoleKeys:
    return cast(RoleKeys, extension("role_keys"))


def _person() -> str:
    account = caller().account
    if account is None:
        raise Problem(
            403, "Not allowed", "A person opens these pages, not a key.", kind="no-person"
        )
    return account


def _place(municipality: str) -> Place:
    """A municipality in which the caller is responsible; raises Problem 404 for another one."""
    who = _person()
    if municipality not in caller().municipalities:
        raise Problem(404, "Not found", "There is no such municipality for you.")
    known = people().database.read(accounts.list_accounts)
    here = {each.id: each.display_name for each in known if is_entitled(each, municipality)}
    ring = _role_keys().ring(municipality)
    prepared = _role_keys().prepared_among(list(here))
    return Place(
        municipality=municipality,
        ring=ring,
        account=who,
        is_prepared=_role_keys().is_prepared(who),
        holders=tuple((each, here.get(each, words("strict.left"))) for each in ring.holders),
        candidates=tuple((e, here[e]) for e in here if e in prepared and e not in ring.holders),
    )


def _asked(place: Place, step: str) -> dict[str, Any]:
    if step not in place.offered():
        raise Problem(404, "Not found", "This step is not open to you now.")
    persons = STEPS[step].persons
    return {
        "place": place,
        "step": step,
        "fields": tuple(STEPS[step].schema().fields),
        "persons": persons(place) if persons else (),
        "least": domain.PASSPHRASE_LEAST,
    }


def _tried(work: Callable[[], T], box: str | None = None) -> T:
    """Do it and count a passphrase that was wrong; whoever guesses waits longer and longer.

    Raises forms.Invalid for what the person can mend, PleaseWait.
    """
    store = people().database
    bucket = store.run(attempts.begin, f"passphrase|{_person()}", "")
    try:
        done = work()
    except domain.WrongPassphrase:
        raise forms.wrong(**{box or "passphrase": "strict.wrong"}) from None
    except domain.WeakPassphrase as weak:
        store.run(attempts.clear, bucket)
        raise forms.wrong(passphrase=str(weak)) from None
    except _CHANGED:
        store.run(attempts.clear, bucket)
        raise forms.wrong(**{"": "strict.changed"}) from None
    store.run(attempts.clear, bucket)
    return done


_CHANGED = (
    domain.LastHolder,
    domain.NoPersonalKey,
    domain.NoRoleKey,
    domain.NotAHolder,
    domain.RoleKeyExists,
    handlers.RenewedMeanwhile,
)


def _wait(template: str, seconds: int, **context: Any) -> Response:
    form = Form.sent(FieldError("", words("strict.wait", seconds=seconds)))
    answer = Response(render_template(template, form=form, **context), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _listed(municipality: str, account: str) -> list[dict[str, Any]]:
    who = caller()
    keys = _role_keys().sealed_for(municipality, account, limit=_LISTED)

    def mine(tx: Any) -> list[Incident]:
        found = incidents.incidents_of_keys(tx, keys, rights.reach_to_open(tx, who))
        here = [each for each in found if each.municipality == municipality]
        return [each for each in here if rights.may_open(tx, each, who)]

    return [_facts(each) for each in database().read(mine)]


def _facts(incident: Incident) -> dict[str, Any]:
    """What pages say of a report that is shut: codes, its time, no content."""
    labels = [getattr(codes.FORMS[code], language()) for code in incident.coded.forms]
    return {"incident": incident, "forms_told": labels}
