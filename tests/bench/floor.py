# SPDX-License-Identifier: EUPL-1.2
"""The floor: the least a Flask service can do that keeps what it accepts (DECISIONS 30).

    python -m tests.bench.floor PORT DATABASE_URL

The same JSON, the same marshmallow schema, one INSERT, one COMMIT, in plain Flask under the same
gunicorn settings as ours; no key, no sealing, no outbox, no idempotency.
"""

import sys
import uuid

from flask import Flask, Response, jsonify, request
from sqlalchemy import Column, Engine, MetaData, String, Table, Text, insert

from rueckhalt_intake.incidents.schemas import ReportIncidentSchema
from rueckhalt_shared.engines import connect_engine
from rueckhalt_shared.webserver import Server, listen, serve

metadata = MetaData()
reports = Table("reports", metadata, Column("id", String(36), primary_key=True), Column("b", Text))
_INSERT = insert(reports)


def create_app(engine: Engine) -> Flask:
    """One route."""
    app = Flask("floor", static_folder=None)
    schema = ReportIncidentSchema()

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/v1/incidents")
    def accept() -> tuple[Response, int]:
        schema.load(request.get_json())
        report = str(uuid.uuid4())
        with engine.begin() as connection:
            connection.execute(_INSERT, {"id": report, "b": request.get_data(as_text=True)})
        return jsonify({"id": report}), 201

    return app


def main() -> None:
    """The table first, then the app in gunicorn's worker, as ours."""
    port, url = int(sys.argv[1]), sys.argv[2]
    engine = connect_engine(url, busy_seconds=5.0)
    metadata.create_all(engine)
    engine.dispose()

    def load() -> Flask:
        return create_app(connect_engine(url, busy_seconds=5.0))

    sys.exit(serve(Server(load, listen("127.0.0.1", port))))


if __name__ == "__main__":
    main()
