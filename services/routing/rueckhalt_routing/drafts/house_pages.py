# SPDX-License-Identifier: EUPL-1.2
"""HTML: who keeps the plan of a draft, who is asked last, what anybody sees, and its times."""

from uuid import UUID

from flask import Response, render_template
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import editing, house_parts, labels
from rueckhalt_routing.drafts.pages import found, pages
from rueckhalt_routing.drafts.part_schemas import HouseSchema, TimesSchema
from rueckhalt_routing.drafts.saving import saved
from rueckhalt_routing.drafts.showing import WRITE
from rueckhalt_routing.plan.domain import SHOWN
from rueckhalt_routing.plan.vocabulary import URGENCIES
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import requires


@pages.get("/<uuid:draft_id>/house")
@requires(WRITE)
def list_house(draft_id: UUID) -> Response:
    """Owner, hits, emergency list and what anybody may see."""
    _, text = found(draft_id)
    return _house_page(draft_id, house_parts.house_form(text.document))


@pages.post("/<uuid:draft_id>/house")
@requires(WRITE)
def save_house(draft_id: UUID) -> AnyResponse:
    """Save them."""
    return saved(
        draft_id,
        HouseSchema(),
        lambda body: lambda document: house_parts.with_house(document, body),
        _house_page,
        to=".list_house",
    )


@pages.get("/<uuid:draft_id>/promises")
@requires(WRITE)
def list_promises(draft_id: UUID) -> Response:
    """Within what time somebody takes over and talks, by urgency."""
    _, text = found(draft_id)
    return _promises_page(draft_id, house_parts.times_form(text.document))


@pages.post("/<uuid:draft_id>/promises")
@requires(WRITE)
def save_promises(draft_id: UUID) -> AnyResponse:
    """Save the times."""
    return saved(
        draft_id,
        TimesSchema(),
        lambda body: lambda document: house_parts.with_times(document, body),
        _promises_page,
        to=".list_promises",
    )


def _house_page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, text = found(draft_id)
    persons = [
        (str(each.get("key")), str(each.get("name")))
        for each in editing.listed(text.document, "persons")
    ]
    html = render_template(
        "routing/house.html",
        draft=draft,
        form=form,
        owners=labels.with_chosen(persons, [form.value("owner")]),
        people=labels.with_chosen(persons, form.values.get("emergency")),
        places=range(1, max(3, len(form.values.get("emergency", ())) + 1) + 1),
        hits=labels.with_chosen(
            [(each, words(f"house.hits.{each}")) for each in house_parts.HITS],
            [form.value("hits")],
        ),
        shown=labels.with_chosen(
            [(each, words(f"house.public_show.{each}")) for each in SHOWN],
            [form.value("public_show")],
        ),
        roles=labels.with_chosen(labels.roles(), form.values.get("public_roles")),
    )
    return Response(html, status)


def _promises_page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, _ = found(draft_id)
    urgencies = [(each, words(f"urgency.{each}")) for each in URGENCIES]
    html = render_template("routing/promises.html", draft=draft, form=form, urgencies=urgencies)
    return Response(html, status)
