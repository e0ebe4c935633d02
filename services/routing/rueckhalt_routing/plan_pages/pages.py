# SPDX-License-Identifier: EUPL-1.2
"""HTML: the plan that counts, its light and history, its matrix and its certificate."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request

from rueckhalt_routing.certificates import filing
from rueckhalt_routing.certificates import handlers as certificates
from rueckhalt_routing.drafts import handlers as drafts
from rueckhalt_routing.drafts.domain import warnings_of
from rueckhalt_routing.drafts.mending import Hole, holes
from rueckhalt_routing.drafts.showing import (
    WRITE,
    municipality_of,
    names_of,
    percent,
    signer,
    spoken,
    told,
)
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.plan_pages import heat as heats
from rueckhalt_routing.plan_pages.certifying import certified
from rueckhalt_routing.plan_pages.subjects import Subject, in_force, subject
from rueckhalt_routing.proof.certificate import canonical
from rueckhalt_routing.proof.covering import TooTangled
from rueckhalt_routing.proof.table import Dimension
from rueckhalt_routing.proving.told import speech
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import Problem, caller, database, requires

pages = Blueprint("plan_pages", "rueckhalt_routing", url_prefix="/plan")
READ = "assignment:read"
_DRAFT = "/drafts/<uuid:draft_id>"
_MOST_VERSIONS = 20


@pages.get("")
@requires(WRITE, READ)
def show_plan() -> str:
    """The plan that counts: whose, since when, how it stands, and where everything else is."""
    found = in_force()
    municipality = found.municipality if found else municipality_of(caller())
    history = database().read(plans.history, municipality, limit=_MOST_VERSIONS)
    return render_template(
        "routing/plan.html",
        subject=found,
        reason_words=told,
        names_of=names_of,
        history=history,
        warnings=warnings_of(found.said) if found and found.said else (),
        may_write=WRITE in caller().scopes,
    )


@pages.get("/certificate")
@pages.get(f"{_DRAFT}/certificate")
@requires(WRITE, READ)
def show_certificate(draft_id: UUID | None = None) -> str:
    """The certificate in plain words."""
    about = subject(draft_id)
    return render_template(
        "routing/certificate.html",
        subject=about,
        certified=certified(about.proved) if about.proved else None,
        reason_words=told,
        figure=_thousands,
        percent=percent,
        signer=signer,
        may_write=WRITE in caller().scopes,
    )


@pages.get("/certificate.json")
@pages.get(f"{_DRAFT}/certificate.json")
@requires(WRITE, READ)
def fetch_certificate(draft_id: UUID | None = None) -> Response:
    """The certificate as the verifier reads it."""
    proved = subject(draft_id).proved
    if proved is None:
        raise Problem(404, "No certificate", "There is none for this plan.", kind="no-certificate")
    return _download(proved.document, "certificate.json")


@pages.get("/certificate-file.json")
@requires(WRITE)
def fetch_file() -> Response:
    """Certificate, plan and facts of the day in one file, which anybody can verify alone."""
    about = subject()
    try:
        filed = database().read(filing.file_of, about.municipality)
    except filing.NoFile:
        told = "There is none for this plan, or it was made before facts were kept."
        raise Problem(404, "No certificate", told, kind="no-certificate") from None
    return _download(filed.written(), "certificate-file.json")


@pages.get("/facts.json")
@requires(WRITE)
def fetch_facts() -> Response:
    """What counts today beside the plan, for a check of a plan file elsewhere."""
    found = database().read(certificates.facts_file, subject().municipality)
    return _download(found or {}, "facts.json")


@pages.get("/matrix")
@pages.get(f"{_DRAFT}/matrix")
@requires(WRITE, READ)
def show_matrix(draft_id: UUID | None = None) -> Response:
    """The plan as a heat map, and its weak places in words."""
    about = subject(draft_id)
    columns = _columns()
    try:
        found = heats.heat(about.plan, columns)
    except TooTangled:
        return Response(render_template("routing/tangled.html", subject=about))
    return Response(
        render_template(
            "routing/matrix.html",
            subject=about,
            form=Form.blank(by=columns),
            choices=[(each, _names(about)[each]) for each in heats.CHOICES],
            heat=found,
            label=_labels(about),
            dimension=_names(about),
            holes=_holes(about),
            percent=percent,
            signer=signer,
            may_write=WRITE in caller().scopes,
        )
    )


@pages.get("/matrix/cell")
@pages.get(f"{_DRAFT}/matrix/cell")
@requires(WRITE, READ)
def show_cell(draft_id: UUID | None = None) -> str:
    """Which rules win in one cell of the map."""
    about, columns = subject(draft_id), _columns()
    found = heats.heat(about.plan, columns)
    key = (request.args.get("form", ""), request.args.get("value", ""))
    if key not in found.cells:
        raise Problem(404, "No such cell", "The map has no such row or column.", kind="no-cell")
    label = _labels(about)
    place = f"{label(found.rows, key[0])}, {label(found.columns, key[1])}"
    return render_template(
        "routing/cell.html",
        subject=about,
        cell=found.cells[key],
        place=place,
        rules={rule.code: rule for rule in about.plan.rules},
        holes=[pair for pair in _holes(about) if _touches(pair[0], columns, key)],
        percent=percent,
        signer=signer,
        by=columns,
        may_write=WRITE in caller().scopes,
    )


def _download(document: Mapping[str, Any], name: str) -> Response:
    answer = Response(canonical(document) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", "." if spoken() == "de" else ",")


def _columns() -> str:
    wanted = request.args.get("by", heats.COLUMNS)
    return wanted if wanted in heats.CHOICES else heats.COLUMNS


def _labels(about: Subject) -> Callable[[Dimension, str], str]:
    return speech(_dimensions(about), spoken()).label


def _names(about: Subject) -> dict[str, str]:
    return dict(speech(_dimensions(about), spoken()).names)


def _dimensions(about: Subject) -> tuple[Dimension, ...]:
    return dimensions(about.plan.units)


def _holes(about: Subject) -> list[tuple[Hole, str]]:
    """Each hole with its cases as JSON, for the forms."""
    former = database().read(drafts.base_of, about.draft) if about.draft else None
    found = holes(about.plan, former.plan if former else None, spoken())
    return [(hole, json.dumps(hole.when)) for hole in found]


def _touches(hole: Hole, columns: str, key: tuple[str, str]) -> bool:
    return key[0] in hole.when.get(heats.ROWS, key[:1]) and key[1] in hole.when.get(
        columns, key[1:]
    )
