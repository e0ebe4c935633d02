# SPDX-License-Identifier: EUPL-1.2
"""nameko, as its tutorial shows events: commit, then `dispatch(…)`.

nameko run --config config.yaml app:Intake      and likewise app:Router, app:Notify
"""

import os
import smtplib
import uuid

from marshmallow import Schema, ValidationError, fields, validate
from nameko.events import EventDispatcher, event_handler
from nameko.extensions import DependencyProvider
from nameko.web.handlers import http
from rules import mail, responsible
from sqlalchemy import create_engine, text
from werkzeug.wrappers import Response


class Database(DependencyProvider):
    def setup(self):
        url = os.environ["BENCH_DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:")
        self.engine = create_engine(url, pool_size=10)

    def get_dependency(self, worker_ctx):
        return self.engine


class ReporterSchema(Schema):
    role = fields.String(validate=validate.Length(max=40))
    name = fields.String(validate=validate.Length(max=200))
    email = fields.Email()


class IncidentSchema(Schema):
    municipality = fields.String(required=True, validate=validate.Length(equal=12))
    forms = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    channel = fields.String()
    place = fields.String()
    organisation_unit = fields.String()
    affected_groups = fields.List(fields.String())
    narrative = fields.String()
    reporter = fields.Nested(ReporterSchema)


class Intake:
    name = "intake"
    database = Database()
    dispatch = EventDispatcher()

    @http("GET", "/healthz")
    def healthz(self, request):
        return "ok"

    @http("POST", "/v1/incidents")
    def report(self, request):
        raw = request.get_data(as_text=True)
        try:
            incident = IncidentSchema().loads(raw)
        except ValidationError as error:
            return 422, str(error.messages)
        incident_id = str(uuid.uuid4())
        with self.database.begin() as connection:
            connection.execute(
                text("INSERT INTO incidents (id, municipality, body) VALUES (:id, :m, :b)"),
                {"id": incident_id, "m": incident["municipality"], "b": raw},
            )
        event = {
            "id": incident_id,
            "forms": incident["forms"],
            "unit": incident["organisation_unit"],
        }
        self.dispatch("registered", event)
        return Response(f'{{"id": "{incident_id}"}}', 201, mimetype="application/json")


class Router:
    name = "router"
    database = Database()
    dispatch = EventDispatcher()

    @event_handler("intake", "registered")
    def route(self, event):
        rule, person = responsible(event["forms"], event["unit"])
        with self.database.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO assignments (id, incident, rule, person) VALUES (:id, :i, :r, :p)"
                ),
                {"id": str(uuid.uuid4()), "i": event["id"], "r": rule, "p": person},
            )
        self.dispatch("assigned", {"id": event["id"], "person": person})


class Notify:
    name = "notify"

    @event_handler("router", "assigned")
    def notify(self, event):
        with smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP_PORT"])) as smtp:
            smtp.send_message(mail(event["id"], event["person"]))
