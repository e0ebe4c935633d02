# SPDX-License-Identifier: EUPL-1.2
"""The published code lists over HTTP, to build forms from."""

from flask import Response, request

from rueckhalt_intake.codelists.catalogue import catalogue_text, etag
from rueckhalt_intake.codelists.schemas import CodesSchema
from rueckhalt_shared.web import Blueprint, public

blp = Blueprint("codes", __name__, url_prefix="/v1/codes", description="The code lists")


@blp.get("")
@public("the code lists are published, so that senders can build their forms from them")
@blp.response(200, CodesSchema)
def list_codes() -> Response:
    """List all codes with their labels in German, English and Einfache Sprache."""
    response = Response(catalogue_text(), mimetype="application/json")
    response.set_etag(etag())
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.make_conditional(request)
    return response
