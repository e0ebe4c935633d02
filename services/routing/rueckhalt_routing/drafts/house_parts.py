# SPDX-License-Identifier: EUPL-1.2
"""What a plan says of itself as forms and back: owner, hits, emergency, public; and its times."""

from collections.abc import Mapping
from typing import Any

from rueckhalt_routing.drafts import editing, labels
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.merging import Entry, in_known_order, merged
from rueckhalt_routing.plan.domain import HIDDEN
from rueckhalt_routing.plan.vocabulary import URGENCIES
from rueckhalt_shared.pages.forms import Form

HITS = ("ordered", "unique")
TIMES = ("take_over_within", "talk_within", "waits", "repeat")


def house_form(document: Document) -> Form:
    """Who keeps the plan, who is asked last, what anybody sees."""
    public = _mapping(document.get("public"))
    return Form.blank(
        owner=document.get("owner"),
        hits=document.get("hits") or HITS[0],
        emergency=labels.listed(document.get("emergency")),
        public_show=public.get("show") or HIDDEN,
        public_contact=public.get("contact"),
        public_roles=labels.listed(public.get("roles")),
    )


def with_house(document: Document, body: Mapping[str, Any]) -> Document:
    """The document with that form's values; what is as usual and was not written stays so."""
    known = _mapping(document.get("public"))
    public: Entry = {
        "show": body["public_show"],
        "contact": body.get("public_contact", ""),
        "roles": in_known_order(known.get("roles"), body["public_roles"]),
    }
    if not known and public == {"show": HIDDEN, "contact": "", "roles": []}:
        public = {}
    given: Entry = {
        "owner": body.get("owner", ""),
        "emergency": list(dict.fromkeys(body["emergency"])),
        "public": public,
    }
    if "hits" in document or body["hits"] != HITS[0]:
        given["hits"] = body["hits"]
    return merged(document, given)


def times_form(document: Document) -> Form:
    """The promised times of each urgency, and the waits of its chains."""
    times = _mapping(document.get("times"))
    values: dict[str, str] = {}
    for urgency in URGENCIES:
        known = _mapping(times.get(urgency))
        values |= {f"{urgency}_{name}": ", ".join(labels.listed(known.get(name))) for name in TIMES}
    return Form.blank(**values)


def with_times(document: Document, body: Mapping[str, Any]) -> Document:
    """The document with these times; an urgency left wholly empty keeps the usual ones."""
    known = _mapping(document.get("times"))
    times = {name: value for name, value in known.items() if name not in URGENCIES}
    for urgency in URGENCIES:
        given: Entry = {name: body.get(f"{urgency}_{name}", "") for name in TIMES}
        given["waits"] = [each.strip() for each in given["waits"].split(",") if each.strip()]
        entry = merged(_mapping(known.get(urgency)), given)
        if entry:
            times[urgency] = entry
    ordered = {name: times[name] for name in (*known, *times) if name in times}
    return editing.with_field(document, "times", ordered or None)


def _mapping(value: object) -> Entry:
    return dict(value) if isinstance(value, dict) else {}
