# SPDX-License-Identifier: EUPL-1.2
"""The front of every service: what views and pages import, and the app around them.

    blp = Blueprint("incidents", __name__, url_prefix="/v1/incidents")

    @blp.post("")
    @requires("incident:create")
    @blp.arguments(ReportIncidentSchema)
    @blp.response(201, AcceptedSchema)
    def report_incident(body): ...

flask-smorest does the work and is named in this module only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import flask
import flask_smorest
from flask import Flask, Response, current_app
from werkzeug.exceptions import RequestEntityTooLarge

from rueckhalt_shared import access, crash, headers, problems
from rueckhalt_shared.access import caller, public, requires
from rueckhalt_shared.database import Database
from rueckhalt_shared.headers import keep, vary
from rueckhalt_shared.identity import mounting as account_pages
from rueckhalt_shared.identity.people import People
from rueckhalt_shared.keys import Caller, KeyStore
from rueckhalt_shared.parsing import Code, RequestSchema, StrictParser, load, read_json
from rueckhalt_shared.problems import FieldProblem, Problem
from rueckhalt_shared.reach import Unasked
from rueckhalt_shared.settings import ServiceSettings

__all__ = [
    "Blueprint",
    "Caller",
    "Code",
    "FieldProblem",
    "Problem",
    "RequestSchema",
    "WholeRequest",
    "caller",
    "database",
    "extension",
    "keep",
    "load",
    "public",
    "read_json",
    "requires",
    "service_app",
    "settings",
    "vary",
]

V = TypeVar("V", bound=Callable[..., Any])
MAX_BODY = 1024 * 1024
OWN_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class WholeRequest(flask.Request):
    """werkzeug cuts a body without a length at the limit; a part must never pass for the whole."""

    file_stream: Callable[[], Any] | None = None
    """Where the files of a form go, set by a view before it reads the form; None: werkzeug's."""

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> Any:
        """What werkzeug writes the next file of a form to."""
        return (
            super()._get_file_stream(*args, **kwargs)
            if self.file_stream is None
            else (self.file_stream())
        )

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        """The body; 413 when there is more of it than may be."""
        body = super().get_data(*args, **kwargs)
        most = self.max_content_length
        may_be_cut = self.content_length is None and most is not None and len(body) >= most
        if may_be_cut and self.environ["wsgi.input"].read(1):
            raise RequestEntityTooLarge
        return body


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # it has no annotations
    """flask-smorest's blueprint with strict bodies."""

    ARGUMENTS_PARSER = StrictParser()

    if TYPE_CHECKING:  # what flask-smorest leaves untyped and views use

        def get(self, rule: str, **options: Any) -> Callable[[V], V]: ...
        def post(self, rule: str, **options: Any) -> Callable[[V], V]: ...
        def put(self, rule: str, **options: Any) -> Callable[[V], V]: ...
        def patch(self, rule: str, **options: Any) -> Callable[[V], V]: ...
        def delete(self, rule: str, **options: Any) -> Callable[[V], V]: ...
        def route(self, rule: str, **options: Any) -> Callable[[V], V]: ...
        def arguments(self, schema: Any, **options: Any) -> Callable[[V], V]: ...
        def response(
            self, status_code: int, schema: Any = None, **options: Any
        ) -> Callable[[V], V]: ...
        def alt_response(
            self, status_code: int, response: Any = None, **options: Any
        ) -> Callable[[V], V]: ...
        @staticmethod
        def doc(**options: Any) -> Callable[[V], V]: ...


class Api(flask_smorest.Api):  # type: ignore[misc]  # it has no annotations
    """flask-smorest's API whose errors are problem documents, here and in the documentation."""

    ERROR_SCHEMA = problems.ProblemSchema

    def _register_error_handlers(self) -> None:
        """Ours are installed by `problems.install`."""

    DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"

    def _register_responses(self) -> None:
        kept = self.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = problems.CONTENT_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = kept


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """What the running app holds for its views."""

    service: str
    settings: Any
    database: Database
    keys: KeyStore
    people: People
    migrations: str | None
    extensions: Mapping[str, Any] = field(default_factory=dict)


def database() -> Database:
    """The database of the running app."""
    rooms: Rooms = current_app.extensions["rueckhalt"]
    return rooms.database


def settings() -> Any:
    """The settings of the running app."""
    return current_app.extensions["rueckhalt"].settings


def extension(name: str) -> Any:
    """An object given to `service_app(extensions={name: …})`."""
    return current_app.extensions["rueckhalt"].extensions[name]


def service_app(
    service: str,
    blueprints: Sequence[Blueprint],
    *,
    settings: ServiceSettings,
    database: Database,
    problems: Mapping[type[Exception], int] | None = None,
    extensions: Mapping[str, Any] | None = None,
    pages: Sequence[flask.Blueprint] = (),
    keys: KeyStore | None = None,
    migrations: str | None = None,
) -> Flask:
    """Put a service's app together; stops when a view has no access rule."""
    app = Flask(f"rueckhalt_{service}", static_folder=None)
    app.request_class = WholeRequest
    app.wsgi_app = Unasked(app.wsgi_app)  # type: ignore[method-assign]  # as Flask has it
    keys = keys or KeyStore.of(settings.identity_url)
    app.extensions["rueckhalt"] = Rooms(
        service=service,
        settings=settings,
        database=database,
        keys=keys,
        people=People.of(keys.database, settings),
        migrations=migrations or _migrations_of(service),
        extensions=dict(extensions or {}),
    )
    _configure(app, service, settings)
    api = Api(app)
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    _install(app, api, settings, problems or {})
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    for page in pages:
        app.register_blueprint(page)
    account_pages.introduce(app)
    if not settings.embedded:  # there `rueckhalt up` brings them once for all services
        account_pages.install(app)
    access.check_rules(app)
    if crash.armed() is not None:
        app.after_request(_crash_after_reply)
    return app


def _crash_after_reply(response: Response) -> Response:
    response.call_on_close(lambda: crash.at("http.after_reply"))
    return response


def _migrations_of(service: str) -> str | None:
    package = f"rueckhalt_{service}"
    if find_spec(package) is None:  # a service made up by a test
        return None
    return f"{package}.migrations"


def _configure(app: Flask, service: str, settings: ServiceSettings) -> None:
    from rueckhalt_shared.version import version  # noqa: PLC0415

    app.config.update(
        API_TITLE=f"Rückhalt {service}",
        API_VERSION=version(),
        OPENAPI_VERSION="3.1.0",
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        PROPAGATE_EXCEPTIONS=False,
        JSON_SORT_KEYS=False,
    )
    trust_hosts(app, settings)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]


def trust_hosts(app: Flask, settings: ServiceSettings) -> None:
    """Answer only under the names of this installation, where they are known."""
    hosts = [*settings.hosts, urlsplit(settings.base_url).hostname or ""]
    if settings.hosts or settings.is_demo:
        app.config["TRUSTED_HOSTS"] = [host for host in (*hosts, *OWN_HOSTS) if host]


def _texts_of(service: str) -> str:
    package = f"rueckhalt_{service}"
    return package if find_spec(package) is not None else ""


def _install(
    app: Flask, api: Api, settings: ServiceSettings, mapped: Mapping[type[Exception], int]
) -> None:
    from rueckhalt_shared import docs, feeding, health, metrics, shell  # noqa: PLC0415

    problems.install(app, mapped)
    headers.install(app)
    shell.install(app, shell.Frame.of(settings), package=_texts_of(settings.service))
    app.register_blueprint(health.blp)
    app.register_blueprint(metrics.blp)
    docs.install(app, api)
    api.register_blueprint(feeding.blp)
