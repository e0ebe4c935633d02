# SPDX-License-Identifier: EUPL-1.2
"""Contacts over HTTP. Addresses are personal: reading them needs the right to change them."""

from collections import Counter
from typing import Any

from flask import request, url_for

from rueckhalt_notify.contacts import handlers, sheet
from rueckhalt_notify.contacts.domain import Contact
from rueckhalt_notify.contacts.schemas import (
    ContactPageSchema,
    ContactQuerySchema,
    ContactSchema,
    ContactStateSchema,
    ImportQuerySchema,
    ImportResultSchema,
)
from rueckhalt_shared.web import Blueprint, FieldProblem, caller, database, requires, settings

blp = Blueprint("contacts", __name__, url_prefix="/v1/contacts")
_CSV = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


@blp.get("")
@requires("contact:write")
@blp.arguments(ContactQuerySchema, location="query")
@blp.response(200, ContactPageSchema)
def list_contacts(query: dict[str, Any]) -> Any:
    """List contacts within reach."""
    size = query["page_size"]
    found = database().read(
        handlers.list_contacts,
        within=caller().municipalities,
        state=query.get("state"),
        after=query["after"],
        limit=size,
    )
    headers = {}
    if len(found) == size:
        following = url_for(
            "contacts.list_contacts",
            after=found[-1].id,
            page_size=size,
            state=query.get("state"),
            _external=True,
        )
        headers["Link"] = f'<{following}>; rel="next"'
    return {"items": found}, headers


@blp.post("/import")
@requires("contact:write")
@blp.arguments(ImportQuerySchema, location="query")
@blp.response(200, ImportResultSchema)
@blp.doc(**_CSV)
def import_contacts(query: dict[str, Any]) -> Any:
    """Import contacts from CSV: one result a line, a bad line spoils no other."""
    municipality = query.get("municipality") or settings().municipality
    if not municipality:
        raise FieldProblem("municipality", "is needed")
    lines = sheet.read_lines(request.get_data(cache=False))
    results = database().run(
        handlers.import_lines,
        lines,
        municipality=municipality,
        reaches=caller().reaches,
        dry_run=query["dry_run"],
    )
    counts = Counter(result.result for result in results)
    names = ("created", "changed", "unchanged", "rejected")
    return {
        "dry_run": query["dry_run"],
        **{name: counts[name] for name in names},
        "lines": results,
    }


@blp.patch("/<uuid:contact_id>")
@requires("contact:write")
@blp.arguments(ContactStateSchema)
@blp.response(200, ContactSchema)
def change_contact(body: dict[str, Any], contact_id: Any) -> Contact:
    """Suspend a contact, or make it usable again."""
    return database().run(
        handlers.change_state, str(contact_id), body["state"], reaches=caller().reaches
    )
