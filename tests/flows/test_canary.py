# SPDX-License-Identifier: EUPL-1.2
"""Unique words in every personal field go all the way, error paths included; then every byte is
searched: files, broker, database server with its log, logs, mails, metrics, tracebacks."""

import base64
import csv
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kombu
import pytest
import requests
from sqlalchemy import create_engine, text

import rueckhalt_shared.transport  # noqa: F401 - kombu learns rkbus://
from rueckhalt_shared.contracts.ids import person_id, uuid7
from tests.flows import searching
from tests.flows.erasing import asked, erase, known_to, walked
from tests.flows.mail_sink import MailSink
from tests.flows.searching import hits
from tests.flows.system import ARS, SERVICES, Installation
from tests.intake.letters import HATE, forwarded
from tests.servers import PrivatePostgres, private_postgres, private_rabbitmq
from tests.support import eventually

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).parents[2]
REPORT = {
    "narrative": "Kanarienvogel-Schilderung-0815 über 17 Zeilen",
    "name": "Kanarina Zeisig-Fünk",
    "email": "kanarina.0815@zeisig.example",
    "phone": "+49 361 0815 4711",
    "reference": "Kanarien-Aktenzeichen-0815",
    "key": "Kanarien-Schluessel-0815",
    "fed": "Kanarien-Fremdfeld-0815",
    "drafted": "Kanarien-Entwurf-0815",
    "noted": "Kanarien-Tagebuch-0815",
    "message": "Kanarien-Nachricht-0815",
    "mailed": "Kanarien-Brief-0815",
    "mail's subject": "Kanarien-Betreff-0815",
    "mail's file": "Kanarien-Anhang-0815.eml",
    "mail's id": "Kanarien-Kennung-0815",
}
HOUSE = {
    "contact that takes mail": "kanarie.da",
    "contact that refuses it": "kanarie.weg",
    "account": "kanarie.konto",
    "account's display": "Kanarina Kontozeisig",
    "person": "Kanarina Amtszeisig",
}
# Whose job it is to know it: where else it lies is a leak. Their write-ahead log is theirs, too.
_PLACES: dict[str, tuple[str, ...]] = {
    "contact that takes mail": ("mail/",),
    "contact that refuses it": (),
    "account": ("identity.db", "postgres/identity/", "table/identity ", "postgres/data/pg_wal"),
    "person": ("routing.db", "postgres/routing/", "table/routing ", "postgres/data/pg_wal"),
}
PLACES = _PLACES | {"account's display": _PLACES["account"]}


# Intake keeps the address of whoever wants a mail; who is to send it does not answer.
NOTIFY_AWAY = {
    "RUECKHALT_INTAKE_NOTIFY_URL": "http://127.0.0.1:9",
    "RUECKHALT_INTAKE_NOTIFY_KEY": "rk_live_0815_0815",
}


class Refusing(MailSink):
    """Knows nothing of half of the addresses, and says so with the address in its answer."""

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Refuse, or take; aiosmtpd calls this."""
        if HOUSE["contact that refuses it"] in address:
            return f"550 5.1.1 <{address}> no such user {address}"
        envelope.rcpt_tos.append(address)
        return "250 ok"


@dataclass
class Searched:
    """A town, and where to look for what it keeps or says."""

    town: Installation
    sink: MailSink
    cluster: PrivatePostgres | None = None
    broker: Path | None = None
    answers: list[requests.Response] = field(default_factory=list)

    def everything(self) -> dict[str, bytes]:
        """Every byte."""
        found = searching.everything(self.town, self.sink)
        found |= {f"said/error {n}": answer.content for n, answer in enumerate(self.answers)}
        if self.cluster is not None:
            found |= searching.server_files(self.cluster, self.town.database_urls)
        if self.broker is not None:
            found |= dict(searching.files(self.broker, "broker/"))
        return found

    def change(self, service: str, statement: str, **values: str) -> None:
        """Do something to a database behind the service's back."""
        url = self.town.database_url(service).replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()


def leaks(found: dict[str, bytes]) -> list[tuple[str, str]]:
    """What lies where it must not."""
    bad = hits(found, REPORT)
    for place, word in hits(found, HOUSE):
        if not any(place.startswith(allowed) for allowed in PLACES[word]):
            bad.append((place, word))
    return bad


@pytest.fixture(scope="module")
def refusing() -> Iterator[Refusing]:
    sink = Refusing()
    sink.start()
    yield sink
    sink.stop()


SET_UPS = [
    "embedded",
    pytest.param("servers", marks=[pytest.mark.rabbitmq, pytest.mark.postgres]),
]


@pytest.fixture(scope="module", params=SET_UPS)
def searched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, refusing: Refusing
) -> Iterator[Searched]:
    """Musterstadt with canaries for people; servers of its own, so that all of them is searched."""
    papers = tmp_path_factory.mktemp("papers")
    with ExitStack() as stack:
        town = Installation(
            tmp_path_factory.mktemp("town"),
            smtp_port=refusing.port,
            roles=("serve",),
            environment={"RUECKHALT_LOG_LEVEL": "debug"} | NOTIFY_AWAY,
            plan=plan_with_a_canary(papers),
            contacts=contacts_with_canaries(papers),
        )
        found = Searched(town, refusing)
        if request.param == "servers":
            broker = stack.enter_context(private_rabbitmq())
            found.cluster = stack.enter_context(private_postgres())
            found.broker, town.bus_url = broker.base, broker.new_vhost()
            names = (*SERVICES, "identity")
            town.database_urls = {each: found.cluster.create_database() for each in names}
        stack.callback(town.stop)
        town.prepare().start_all()
        town.run(
            *("intake", "account", "add", HOUSE["account"]),
            *("--display", HOUSE["account's display"], "--role", f"reporter@{ARS}"),
        )
        yield found


def plan_with_a_canary(folder: Path) -> Path:
    plan = folder / "plan.yaml"
    source = ROOT / "services/routing/rueckhalt_routing/content/musterstadt/plan.yaml"
    text_ = source.read_text("utf-8")
    assert "Anna Aydin" in text_
    plan.write_text(text_.replace("Anna Aydin", HOUSE["person"]), "utf-8")
    return plan


def contacts_with_canaries(folder: Path) -> Path:
    """For everybody an address that refuses mail and one that takes it."""
    demo = ROOT / "services/notify/rueckhalt_notify/content/demo/contacts.csv"
    sheet = folder / "kontakte.csv"
    with demo.open(encoding="utf-8") as given, sheet.open("w", encoding="utf-8") as made:
        rows = csv.DictReader(given, delimiter=";")
        made.write("person;partner;address;rank\n")
        for number, row in enumerate(rows):
            for rank, kind in enumerate(("contact that refuses it", "contact that takes mail")):
                address = f"{HOUSE[kind]}.{number}@zeisig.example"
                made.write(f"{row.get('person', '')};{row.get('partner', '')};{address};{rank}\n")
    return sheet


def report() -> dict[str, Any]:
    """A report with a canary in every personal field."""
    reporter = {name: REPORT[name] for name in ("name", "email", "phone")}
    told = {name: REPORT[name] for name in ("narrative", "reference")}
    return told | {"reporter": reporter, "danger": ["concrete_threat"]}


def through_everything(searched: Searched) -> str:
    """All the way with a refused mail first, and through whatever can go wrong."""
    incident = walked(searched.town, **report())
    on_pages(searched.town)
    by_mail(searched.town)
    fail(searched)
    poison(searched, incident)
    die(searched)
    return incident


def post(town: Installation, body: Any, **headers: str) -> requests.Response:
    wanted = {"municipality": ARS, "forms": ["threat"]} | body
    return town.api("POST", "intake", "/v1/incidents", json=wanted, headers=headers)


def on_pages(town: Installation) -> None:
    """A report, a private note, a message and a draft by the pages, as a browser would."""
    browser, base = requests.Session(), town.url("intake")

    def send(page: str, to: str = "", **fields: str) -> None:
        shown = browser.get(base + page, timeout=30).text
        token = shown.partition('name="csrf_token" value="')[2].partition('"')[0]
        data = {"csrf_token": token, **fields}
        sent = browser.post(base + (to or page), data=data, timeout=30, allow_redirects=False)
        assert sent.status_code == 303, (page, sent.text)

    send("/log", text=REPORT["noted"])
    send("/report/danger", danger="nothing")
    send("/report/what", forms="insult")
    send("/report/tell", narrative=REPORT["narrative"])
    named = {"named": "yes", "name": REPORT["name"], "email": REPORT["email"]}
    send("/report/contact", **named, tidings="yes")
    send("/report/review", "/report/send")
    send("/case", "/case/message", text=REPORT["message"])
    assert REPORT["email"] in browser.get(f"{base}/case/tidings", timeout=30).text
    browser.cookies.clear()
    send("/report/danger", danger="escalating")
    send("/report/tell", narrative=REPORT["drafted"])


def by_mail(town: Installation) -> None:
    """A mail that waits, brought in from a place nobody searches."""
    raw = forwarded(HATE.replace(b"wohnst", REPORT["mailed"].encode()), words=REPORT["mailed"])
    raw = raw.replace(b"WG: Wir kriegen dich", REPORT["mail's subject"].encode())
    raw = raw.replace(b"Wir kriegen dich.eml", REPORT["mail's file"].encode())
    raw = raw.replace(b"<1@musterstadt.example>", b"<%s@x.example>" % REPORT["mail's id"].encode())
    mail = town.folder.with_suffix(".eml")
    mail.write_bytes(raw)
    town.run("intake", "mail", str(mail), "--municipality", ARS)


def fail(searched: Searched) -> None:
    """Refusals with the words in the wrong place, and an error of ours: a table is away."""
    town = searched.town
    refused = [
        post(town, {"channel": REPORT["narrative"]}),
        post(town, {REPORT["narrative"]: 1}),
        post(town, report() | {"forms": ["insult"]}),
    ]
    assert {answer.status_code for answer in refused} == {422}
    searched.change("intake", "ALTER TABLE known_requests RENAME TO somewhere_else")
    try:
        headers = {"Idempotency-Key": REPORT["key"]}
        searched.answers.append(post(town, report() | {"reference": REPORT["key"]}, **headers))
    finally:
        searched.change("intake", "ALTER TABLE somewhere_else RENAME TO known_requests")
    assert searched.answers[-1].status_code == 500
    logs = b"".join(raw for _, raw in searching.files(town.folder / "logs"))
    assert b'"unexpected"' in logs


def poison(searched: Searched, incident: str) -> None:
    """An event that cannot be applied, with words where none belong; it is kept and looked at."""
    town = searched.town
    hers = person_id(ARS, "anna.aydin")  # not of the town that says it
    body = asked(
        town,
        "routing",
        f"SELECT body FROM outbox WHERE subject = '{incident}' AND type LIKE '%assigned%'",
    )[0][0]
    event = json.loads(body) | {"id": uuid7(), "source": "/routing/095640000000"}
    event["data"] |= {
        "recipients": [{"person": hers, "part": "lead", "name": REPORT["fed"]}],
        "rule": "R1",
        "narrative": REPORT["fed"],
        "urgency": REPORT["fed"],
    }
    key = town.key
    town.key = everywhere(town)
    try:
        accepted = town.api("POST", "notify", "/v1/events", json=event)
    finally:
        town.key = key
    assert accepted.status_code == 202, accepted.text
    kept = f"SELECT state FROM inbox WHERE event_id = '{event['id']}'"
    eventually(lambda: asked(town, "notify", kept), what="the poison is kept")


def everywhere(town: Installation) -> str:
    """A key that may feed events of any municipality."""
    said = town.run(
        *("notify", "key", "new", "--sender", "fremdsystem", "--municipality", "*"),
        *("--scope", "event:publish", "--json"),
    )
    return str(json.loads(said)["api_key"])


def die(searched: Searched) -> None:
    """kill -9 of everything while reports come in; then all is started again."""
    town, going = searched.town, threading.Event()

    def keep_posting() -> None:
        while not going.is_set():
            with suppress(requests.RequestException):
                post(town, report() | {"reference": None})

    posting = threading.Thread(target=keep_posting)
    posting.start()
    before = asked(town, "intake", "SELECT count(*) FROM incidents")[0][0]
    query = "SELECT count(*) FROM incidents"
    eventually(lambda: asked(town, "intake", query)[0][0] > before, what="some are accepted")
    for service in SERVICES:
        town.kill(service, "serve")
    going.set()
    posting.join()
    town.start_all()


def test_no_word_lies_where_it_does_not_belong(searched: Searched) -> None:
    town = searched.town
    incident = through_everything(searched)
    again = walked(town)  # after the kills everything works on

    before = searched.everything()

    assert leaks(before) == []
    assert {place.partition("/")[0] for place in before} >= {"mail", "logs", "said"}
    assert any(word == "contact that takes mail" for _, word in hits(before, HOUSE))
    failed = "SELECT count(*) FROM attempts WHERE outcome = 'contact_dead'"
    assert asked(town, "notify", failed)[0][0] >= 1
    holders = {place for place, _ in hits(before, {"id": incident})}
    assert len(holders) >= 4  # the id itself is known to every service

    order = erase(town, incident)

    assert [each["service"] for each in order["receipts"]] == sorted(SERVICES)
    after = searched.everything()
    assert leaks(after) == []
    assert town.api("GET", "intake", f"/v1/incidents/{incident}").status_code == 410
    assert known_to(town, "notify", again) >= 1
    # Ids stay in logs, in the bus, and in freed space of PostgreSQL until it is used again.
    spared = ("logs/", "bus.db", "broker/", "postgres/")
    left = {place for place, _ in hits(after, {"id": incident})}
    assert {place for place in left if not place.startswith(spared)} == set()


Plant = Callable[[Searched, bytes], None]


def in_a_row(searched: Searched, leak: bytes) -> None:
    statement = "UPDATE leases SET owner = :leak WHERE name = (SELECT min(name) FROM leases)"
    searched.change("reporting", statement, leak=leak.decode())


def in_a_log(searched: Searched, leak: bytes) -> None:
    with (searched.town.folder / "logs" / "routing-serve.log").open("ab") as log:
        log.write(leak + b"\n")


def on_the_bus(searched: Searched, leak: bytes) -> None:
    url = searched.town.bus_url or f"rkbus:///{searched.town.folder}/bus.db"
    with kombu.Connection(url) as connection:
        producer = connection.Producer(auto_declare=False)
        key = "canary.planted.v1"  # nobody hears it: it waits in rk.unrouted
        producer.publish(
            leak,
            exchange="rk.events",
            routing_key=key,
            content_type="application/octet-stream",
            content_encoding="binary",
        )


PLANTS = [in_a_row, in_a_log, on_the_bus]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("spell", ["plain", "base64"])
def test_a_planted_leak_is_found(searched: Searched, plant: Plant, spell: str) -> None:
    word = f"Kanarie-{plant.__name__}-{spell}"
    raw = word.encode()

    plant(searched, base64.b64encode(b"x" + raw + b"y") if spell == "base64" else raw)

    def found() -> list[tuple[str, str]]:
        return hits(searched.everything(), {"planted": word})

    assert eventually(found, what="the leak is found")
