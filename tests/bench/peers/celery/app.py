# SPDX-License-Identifier: EUPL-1.2
"""Celery and Flask, as their tutorials combine them: commit, then `task.delay(…)`.

web:     gunicorn --worker-class gthread --workers 2 --threads 4 app:web
workers: celery -A app worker -Q route -c 2    celery -A app worker -Q notify -c 2
"""

import os
import smtplib
import uuid

from celery import Celery
from flask import Flask, jsonify, request
from marshmallow import Schema, ValidationError, fields, validate
from rules import mail, responsible
from sqlalchemy import create_engine, text

_URL = os.environ["BENCH_DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:")
engine = create_engine(_URL, pool_size=8)

celery = Celery("app", broker=os.environ["BENCH_BUS_URL"])
celery.conf.task_routes = {"app.route": {"queue": "route"}, "app.notify": {"queue": "notify"}}
celery.conf.task_ignore_result = True
if os.environ.get("BENCH_ACKS_LATE"):
    celery.conf.task_acks_late = True
    celery.conf.task_reject_on_worker_lost = True


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


web = Flask(__name__)


@web.get("/healthz")
def healthz():
    return "ok"


@web.post("/v1/incidents")
def report():
    try:
        incident = IncidentSchema().load(request.get_json())
    except ValidationError as error:
        return jsonify(error.messages), 422
    incident_id = str(uuid.uuid4())
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO incidents (id, municipality, body) VALUES (:id, :m, :b)"),
            {"id": incident_id, "m": incident["municipality"], "b": request.get_data(as_text=True)},
        )
    route.delay(incident_id, incident["forms"], incident["organisation_unit"])
    return jsonify({"id": incident_id}), 201


@celery.task
def route(incident_id, forms, unit):
    rule, person = responsible(forms, unit)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO assignments (id, incident, rule, person) VALUES (:id, :i, :r, :p)"),
            {"id": str(uuid.uuid4()), "i": incident_id, "r": rule, "p": person},
        )
    notify.delay(incident_id, person)


@celery.task
def notify(incident_id, person):
    with smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP_PORT"])) as smtp:
        smtp.send_message(mail(incident_id, person))
