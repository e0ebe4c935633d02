# SPDX-License-Identifier: EUPL-1.2
"""FastStream and FastAPI, as their tutorials combine them: commit, then `broker.publish(…)`.

web:     uvicorn --workers 2 app:web
workers: faststream run app:router    faststream run app:notifier
"""

import os
import uuid
from contextlib import asynccontextmanager

import aiosmtplib
import asyncpg
from fastapi import FastAPI, Request
from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from pydantic import BaseModel, Field
from rules import mail, responsible

BUS = os.environ["BENCH_BUS_URL"]
registered = RabbitQueue("registered", durable=True)
assigned = RabbitQueue("assigned", durable=True)
pool: asyncpg.Pool | None = None


async def connect_database() -> None:
    global pool
    pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=2, max_size=8)


class Reporter(BaseModel):
    role: str = Field("unknown", max_length=40)
    name: str | None = Field(None, max_length=200)
    email: str | None = None


class Incident(BaseModel):
    municipality: str = Field(min_length=12, max_length=12)
    forms: list[str] = Field(min_length=1)
    channel: str = "unknown"
    place: str = "unknown"
    organisation_unit: str = "unknown"
    affected_groups: list[str] = []
    narrative: str = ""
    reporter: Reporter | None = None


class Registered(BaseModel):
    id: str
    forms: list[str]
    unit: str


class Assigned(BaseModel):
    id: str
    person: str


publisher = RabbitBroker(BUS)


@asynccontextmanager
async def lifespan(app: FastAPI):
    await connect_database()
    await publisher.start()
    await publisher.declare_queue(registered)
    yield
    await publisher.stop()


web = FastAPI(lifespan=lifespan)


@web.get("/healthz")
async def healthz():
    return "ok"


@web.post("/v1/incidents", status_code=201)
async def report(incident: Incident, request: Request):
    incident_id = str(uuid.uuid4())
    await pool.execute(
        "INSERT INTO incidents (id, municipality, body) VALUES ($1, $2, $3)",
        incident_id,
        incident.municipality,
        (await request.body()).decode(),
    )
    event = Registered(id=incident_id, forms=incident.forms, unit=incident.organisation_unit)
    await publisher.publish(event, registered, persist=True)
    return {"id": incident_id}


routing = RabbitBroker(BUS, default_channel=Channel(prefetch_count=10))
router = FastStream(routing, on_startup=[connect_database])


@routing.subscriber(registered)
async def route(event: Registered) -> None:
    rule, person = responsible(event.forms, event.unit)
    await pool.execute(
        "INSERT INTO assignments (id, incident, rule, person) VALUES ($1, $2, $3, $4)",
        str(uuid.uuid4()),
        event.id,
        rule,
        person,
    )
    await routing.publish(Assigned(id=event.id, person=person), assigned, persist=True)


@router.after_startup
async def declare() -> None:
    await routing.declare_queue(assigned)


notifying = RabbitBroker(BUS, default_channel=Channel(prefetch_count=10))
notifier = FastStream(notifying)


@notifying.subscriber(assigned)
async def notify(event: Assigned) -> None:
    await aiosmtplib.send(
        mail(event.id, event.person),
        hostname="127.0.0.1",
        port=int(os.environ["BENCH_SMTP_PORT"]),
        start_tls=False,
    )
