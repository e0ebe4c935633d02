# SPDX-License-Identifier: EUPL-1.2
"""The plan over HTTP: see the one that counts, send a new one, fetch the schema of the file."""

import json
from importlib.resources import files
from typing import Any

from flask import Response, request

from rueckhalt_routing.duty import linting
from rueckhalt_routing.plan import handlers
from rueckhalt_routing.plan.schemas import (
    LoadedSchema,
    LoadQuerySchema,
    PlanQuerySchema,
    PlanSchema,
)
from rueckhalt_shared.web import (
    Blueprint,
    FieldProblem,
    Problem,
    caller,
    database,
    public,
    requires,
    settings,
)

blp = Blueprint("plan", __name__, url_prefix="/v1/plan", description="The responsibility plan")
_YAML: Any = {
    "requestBody": {
        "required": True,
        "content": {"application/yaml": {"schema": {"type": "string"}}},
    }
}


@blp.get("")
@requires("plan:write", "assignment:read")
@blp.arguments(PlanQuerySchema, location="query")
@blp.response(200, PlanSchema)
def show_plan(query: dict[str, Any]) -> Any:
    """Show the plan that counts for a municipality."""
    municipality = query.get("municipality") or settings().municipality
    if not caller().reaches(municipality):
        raise _no_plan()
    found = database().read(handlers.published_with_source, municipality)
    if found is None:
        raise _no_plan()
    version, source = found
    return vars(version) | {"source": source, "inherited": version.municipality != municipality}


@blp.put("")
@requires("plan:write")
@blp.arguments(LoadQuerySchema, location="query")
@blp.response(200, LoadedSchema)
@blp.doc(**_YAML)
def replace_plan(query: dict[str, Any]) -> Any:
    """Publish a plan as a new version; a person may only try it here and publishes by a draft."""
    return _load(dry_run=query["dry_run"])


@blp.post("")
@requires("plan:write")
@blp.arguments(LoadQuerySchema, location="query")
@blp.response(200, LoadedSchema)
@blp.doc(**_YAML)
def load_plan(query: dict[str, Any]) -> Any:
    """Publish a plan as a new version; a person may only try it here and publishes by a draft."""
    return _load(dry_run=query["dry_run"])


@blp.get("/schema")
@public("the published format of a plan file")
@blp.response(200, {"type": "object"}, content_type="application/schema+json")
def show_schema() -> Response:
    """Show the JSON Schema of a plan file."""
    text = (files("rueckhalt_routing") / "content" / "plan.schema.json").read_text("utf-8")
    return Response(json.dumps(json.loads(text)), mimetype="application/schema+json")


def _load(*, dry_run: bool) -> dict[str, Any]:
    """The four eyes of the drafts would be worth nothing if a session could go around them."""
    if caller().account is not None and not dry_run:
        told = "Who has signed in publishes a draft, and a second person agrees. See /plan/drafts."
        raise Problem(403, "A second person is needed", told, kind="second-person")
    try:
        text = request.get_data(cache=False).decode("utf-8")
    except UnicodeDecodeError:
        raise FieldProblem("body", "is not UTF-8") from None
    draft = handlers.draft_of(text)
    caller().must_reach(draft.plan.municipality)
    by = caller().sender[:80]
    found: linting.Told = database().run(linting.load, draft, author=by, dry_run=dry_run)
    return vars(found.loaded) | {"findings": found.findings, "dry_run": dry_run}


def _no_plan() -> Problem:
    return Problem(404, "No plan", "No plan counts for this municipality.", kind="no-plan")
