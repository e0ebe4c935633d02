# SPDX-License-Identifier: EUPL-1.2
"""`/openapi.json` and `/docs`: the API, described and tried out, without any other server.

The viewer is Swagger UI from the wheel `flask-swagger-ui`; its files are served from there.
"""

import importlib.resources
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    send_from_directory,
)

from rueckhalt_shared.access import public
from rueckhalt_shared.headers import allow_inline_styles, keep

blp = Blueprint("docs", __name__)
_FILES = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})


def install(app: Flask, api: Any) -> None:
    """Serve the description that flask-smorest collects."""
    app.extensions["rueckhalt_api"] = api
    app.register_blueprint(blp)


@blp.get("/openapi.json")
@public("the description of a public interface")
def openapi() -> Response:
    """The description of this API, OpenAPI 3.1."""
    document = current_app.extensions["rueckhalt_api"].spec.to_dict()
    return jsonify(document | {"servers": [{"url": request.script_root or "/"}]})


@blp.get("/docs")
@public("the description of a public interface")
def viewer() -> Response:
    """Read and try the API."""
    title = f"Rückhalt {current_app.extensions['rueckhalt'].service}"
    return allow_inline_styles(Response(render_template("rueckhalt/docs.html", title=title)))


@blp.get("/docs/files/<name>")
@public("files of the viewer")
def viewer_file(name: str) -> Response:
    """A file of the viewer."""
    folder = importlib.resources.files("flask_swagger_ui") / "dist"
    return keep(send_from_directory(str(folder), name if name in _FILES else "-"), 86400)
