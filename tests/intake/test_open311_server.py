# SPDX-License-Identifier: EUPL-1.2
"""GeoReport v2 as others see it: its shapes in JSON and XML, keys, hostile input, what stays in."""

import json
import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from defusedxml import ElementTree
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from rueckhalt_intake.app import Settings, reception_of
from rueckhalt_intake.incidents import store
from rueckhalt_shared.contracts.codes import FORMS
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.keys import KeyStore
from tests.intake.people import Meet
from tests.intake.town import ARS, ELSEWHERE, Sender
from tests.support import FakeClock

BASE = "/open311/v2"
CANARY = "Hakenkreuz an der Kita"
GRAFFITI = {
    "service_code": "symbol",
    "description": CANARY,
    "lat": "50.9787",
    "long": "11.0328",
    "address_string": "Lindenallee 4",
    "media_url": "http://169.254.169.254/bild.jpg",
    "first_name": "Erika",
    "last_name": "Muster",
    "email": "erika@example.org",
    "attribute[occurred_at]": "2025-11-20",
    "attribute[affected_groups][]": ["staff_front", "elected_honorary"],
    "privacy_policy_accepted": "true",
}
Post = Callable[..., TestResponse]


@pytest.fixture
def key(keys: KeyStore) -> str:
    return keys.create(sender="maengelmelder", scopes=["incident:create"], municipalities=[ARS])


@pytest.fixture
def post(client: FlaskClient, key: str) -> Post:
    """Send a request as a portal does: a form with the key in it."""

    def send(ending: str = "json", headers: Any = None, **fields: Any) -> TestResponse:
        data = {"api_key": key} | fields
        sent = {name: value for name, value in data.items() if value is not None}
        return client.post(f"{BASE}/requests.{ending}", data=sent, headers=headers)

    return send


def kept(database: Database, settings: Settings) -> tuple[Any, Any, str]:
    """The only incident, its particulars and its narrative."""
    (row,) = database.read(lambda tx: tx.execute(select(store.incidents)).mappings().all())
    incident = store.from_row(row)
    desk = reception_of(settings, database)
    return incident, desk.particulars(incident), desk.narrative(incident) or ""


def tree(answer: TestResponse) -> Any:
    assert answer.content_type == "text/xml; charset=utf-8"
    assert answer.data.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    return ElementTree.fromstring(answer.data)


def faults(answer: TestResponse) -> dict[str, str]:
    """Descriptions by the field they name, in the shape of the standard."""
    assert all(set(each) == {"code", "description"} for each in answer.json)
    assert {each["code"] for each in answer.json} == {answer.status_code}
    return dict(each["description"].split(": ", 1) for each in answer.json)


def test_services_are_our_forms_in_both_formats(client: FlaskClient) -> None:
    listed = client.get(f"{BASE}/services.json?jurisdiction_id={ARS}").json
    root = tree(client.get(f"{BASE}/services.xml"))

    assert [each["service_code"] for each in listed] == list(FORMS)
    assert set(listed[0]) == {
        *("service_code", "service_name", "description", "metadata", "type", "keywords", "group")
    }
    assert (listed[0]["metadata"], listed[0]["type"]) == (True, "realtime")
    assert root.tag == "services"
    assert [each.findtext("service_code") for each in root.findall("service")] == list(FORMS)
    assert root.find("service/metadata").text == "true"


def test_a_definition_lists_attributes_and_their_values(client: FlaskClient) -> None:
    told = client.get(f"{BASE}/services/threat.json").json
    root = tree(client.get(f"{BASE}/services/threat.xml"))
    unknown = client.get(f"{BASE}/services/parking.xml")

    assert told["service_code"] == "threat"
    place = next(each for each in told["attributes"] if each["code"] == "place")
    assert (place["datatype"], place["required"], place["variable"]) == (
        *("singlevaluelist", False),
        True,
    )
    assert {"key", "name"} == set(place["values"][0])
    assert root.tag == "service_definition"
    assert len(root.findall("attributes/attribute")) == len(told["attributes"])
    assert [each.find("values/value/key") is None for each in root.findall("attributes/attribute")][
        :3
    ] == [True, True, False]
    assert unknown.status_code == 404
    assert tree(unknown).findtext("error/code") == "404"
    assert tree(unknown).findtext("error/description").startswith("service_code: is unknown")


def test_the_description_of_the_api_knows_parameters_and_shapes(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").json["paths"]

    listed = paths[f"{BASE}/requests.json"]["get"]
    assert {"service_code", "updated_after"} <= {each["name"] for each in listed["parameters"]}
    sent = paths[f"{BASE}/requests.xml"]["post"]
    assert "application/x-www-form-urlencoded" in sent["requestBody"]["content"]
    assert {"201", "400", "403"} <= set(sent["responses"])


def test_discovery_says_where_and_what(client: FlaskClient) -> None:
    told = client.get(f"{BASE}/discovery.json").json
    root = tree(client.get(f"{BASE}/discovery.xml"))

    assert told["endpoints"][0]["url"] == "https://meldung.example/intake/open311/v2"
    assert root.findtext("endpoints/endpoint/specification") == (
        "http://wiki.open311.org/GeoReport_v2"
    )
    assert [each.text for each in root.findall("endpoints/endpoint/formats/format")] == [
        *("application/json", "text/xml")
    ]


def test_a_request_is_accepted_sealed_and_announced_like_any_report(
    post: Post, database: Database, settings: Settings, events: Callable[[], list[dict[str, Any]]]
) -> None:
    answer = post(**GRAFFITI)

    assert answer.status_code == 201
    (told,) = answer.json
    incident, particulars, narrative = kept(database, settings)
    assert told["service_request_id"] == incident.id
    assert (incident.sender, incident.municipality) == ("maengelmelder", ARS)
    assert (incident.coded.forms, str(incident.coded.occurred_at)) == (("symbol",), "2025-11-20")
    assert incident.coded.affected_groups == ("staff_front", "elected_honorary")
    assert narrative.startswith(CANARY)
    for text in ("Ort: Lindenallee 4", "50.9787, 11.0328", "http://169.254.169.254/bild.jpg"):
        assert text in narrative
    assert particulars["reporter"] == {"name": "Erika Muster", "email": "erika@example.org"}
    assert [each["type"] for each in events()] == ["de.rueckhalt.incident.registered.v1"]
    assert CANARY not in json.dumps(events(), default=str)


def test_xml_answers_carry_the_same(post: Post, database: Database, settings: Settings) -> None:
    root = tree(post("xml", **GRAFFITI))

    assert root.tag == "service_requests"
    assert root.findtext("request/service_request_id") == kept(database, settings)[0].id
    assert root.find("request/account_id").text is None


def test_whoever_stays_anonymous_gets_the_code_of_the_mailbox_and_is_not_kept(
    post: Post, database: Database, settings: Settings
) -> None:
    answer = post(**GRAFFITI | {"attribute[wishes]": "anonymous"})

    assert "Code für das Postfach" in answer.json[0]["service_notice"]
    assert kept(database, settings)[1].get("reporter", {}) == {}


def test_the_same_request_twice_makes_one_incident(
    post: Post, database: Database, settings: Settings
) -> None:
    by_key = [post(headers={"Idempotency-Key": "7"}, **GRAFFITI).json for _ in range(2)]
    kept(database, settings)
    by_number = [post(**GRAFFITI | {"attribute[reference]": "KS-9"}) for _ in range(2)]
    other = post(**GRAFFITI | {"attribute[reference]": "KS-9", "description": "Anders"})

    assert by_key[0] == by_key[1]
    assert by_number[0].json == by_number[1].json
    assert other.status_code == 400
    assert "attribute[reference]" in faults(other)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"service_code": None}, "service_code", "is required"),
        ({"service_code": "pothole"}, "service_code", "allowed: "),
        ({"lat": "91"}, "lat", "-90 to 90"),
        ({"lat": "nan"}, "lat", "-90 to 90"),
        ({"lat": "1e999"}, "lat", "-90 to 90"),
        ({"long": "Osten"}, "long", "-180 to 180"),
        ({"long": None}, "long", "required with lat"),
        ({"lat": None}, "lat", "required with long"),
        ({"media": "iVBORw0KGgo="}, "media", "not taken"),
        ({"parking": "1"}, "parking", "unknown field"),
        ({"description": ["a", "b"]}, "description", "only once"),
        ({"attribute[colour]": "red"}, "attribute[colour]", "allowed: occurred_at"),
        ({"attribute[place]": "moon"}, "attribute[place]", "unknown code"),
        ({"attribute[place]": ["online", "office_front"]}, "attribute[place]", "only once"),
        ({"attribute[danger]": "weapon_shown,ufo"}, "attribute[danger]", "unknown code"),
        ({"attribute[occurred_at]": "gestern"}, "attribute[occurred_at]", "must be a day"),
        ({"attribute[occurred_at]": "1600-01-01"}, "attribute[occurred_at]", "1990"),
        ({"email": "x" * 300}, "email", "at most 254"),
        ({"first_name": "x" * 300}, "first_name, last_name", "at most 200"),
        ({"phone": "1\n2"}, "phone", "line break"),
        ({"jurisdiction_id": ELSEWHERE}, "jurisdiction_id", "was not found"),
        ({"jurisdiction_id": "rostock.de"}, "jurisdiction_id", "was not found"),
    ],
)
def test_a_fault_names_its_field_in_the_words_of_the_standard(
    post: Post, database: Database, changes: dict[str, Any], field: str, told: str
) -> None:
    answer = post(**GRAFFITI | changes)
    root = tree(post("xml", **GRAFFITI | changes))

    assert answer.status_code in (400, 404)
    assert told in faults(answer)[field]
    assert root.tag == "errors"
    assert root.findtext("error/code") == str(answer.status_code)
    assert database.read(store.holds_reports) is False


def test_several_faults_are_told_at_once(post: Post) -> None:
    answer = post(**GRAFFITI | {"lat": "x", "parking": "1", "attribute[colour]": "red"})

    assert set(faults(answer)) == {"lat", "parking", "attribute[colour]"}


def test_hostile_text_is_kept_as_it_is_and_breaks_no_answer(
    post: Post, database: Database, settings: Settings
) -> None:
    nasty = "<script>alert(1)</script> ]]> &amp; \u202egnol \x00\x0b ☠ ' OR 1=1"
    answer = post("xml", **GRAFFITI | {"description": nasty, "address_string": "<a>"})
    wrong = post("xml", **GRAFFITI | {"\x00<evil>&": "1", "service_code": "<x>&\x0b"})

    assert answer.status_code == 201
    assert kept(database, settings)[2].startswith(nasty.strip())
    assert tree(wrong).find("error") is not None


def test_without_a_key_that_may_nothing_goes_nor_by_a_foreign_page(
    client: FlaskClient, keys: KeyStore, meet: Meet, database: Database
) -> None:
    reads = keys.create(sender="leser", scopes=["stats:public"], municipalities=[ARS])
    person = meet("rita", "reporter")
    nobody = [
        client.post(f"{BASE}/requests.json", data=GRAFFITI),
        client.post(f"{BASE}/requests.json", data=GRAFFITI | {"api_key": "rk_live_x_y"}),
        client.post(f"{BASE}/requests.json", data=GRAFFITI | {"api_key": reads}),
        client.get(f"{BASE}/requests.json"),
        client.get(f"{BASE}/requests.json?api_key=falsch"),
        person.client.post(f"{BASE}/requests.json", data=GRAFFITI),
        person.client.post(
            f"{BASE}/requests.json", data=GRAFFITI, headers={"Sec-Fetch-Site": "cross-site"}
        ),
    ]

    assert [each.status_code for each in nobody] == [403] * 7
    assert all(each.json[0]["code"] == 403 for each in nobody)
    assert not any(each.headers.get("WWW-Authenticate") for each in nobody)
    assert database.read(store.holds_reports) is False


def test_the_key_may_come_in_the_header_and_is_never_logged_or_told(
    client: FlaskClient, key: str, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    header = {"Authorization": f"Bearer {key}"}
    made = client.post(f"{BASE}/requests.json", data=GRAFFITI, headers=header)
    listed = client.get(f"{BASE}/requests.json?api_key={key}&service_code=quatsch")
    wrong = post(**GRAFFITI | {"lat": "x"})

    assert (made.status_code, listed.status_code, wrong.status_code) == (201, 400, 400)
    assert key not in listed.text + wrong.text + caplog.text
    assert CANARY not in caplog.text


def test_a_key_of_several_towns_must_say_which(client: FlaskClient, keys: KeyStore) -> None:
    both = keys.create(sender="land", scopes=["incident:create"], municipalities=[ARS, ELSEWHERE])
    without = client.post(f"{BASE}/requests.json", data=GRAFFITI | {"api_key": both})
    named = GRAFFITI | {"api_key": both, "jurisdiction_id": ELSEWHERE}
    told = client.post(f"{BASE}/requests.json", data=named)

    assert "jurisdiction_id" in faults(without)
    assert told.status_code == 201


def test_a_file_is_refused_aloud_and_never_left_out_in_silence(
    client: FlaskClient, key: str, database: Database
) -> None:
    data = {"api_key": key, "service_code": "threat", "media": (BytesIO(b"GIF89a"), "bild.gif")}

    answer = client.post(f"{BASE}/requests.json", data=data)

    assert answer.status_code == 400
    assert "files are not taken here" in faults(answer)["media"]
    assert database.read(lambda tx: tx.execute(select(store.incidents)).all()) == []


def test_requests_are_those_of_the_municipality_that_is_told(
    client: FlaskClient, keys: KeyStore
) -> None:
    key = keys.create(sender="both", scopes=["incident:create"], municipalities=[ARS, ELSEWHERE])
    data = {"api_key": key, "service_code": "threat", "jurisdiction_id": ARS}
    number = client.post(f"{BASE}/requests.json", data=data).json[0]["service_request_id"]
    list_, one = f"{BASE}/requests.json?api_key={key}", f"{BASE}/requests/{number}.json"

    here = client.get(f"{list_}&jurisdiction_id={ARS}")
    there = client.get(f"{list_}&jurisdiction_id={ELSEWHERE}")
    by_id = client.get(f"{one}?api_key={key}&jurisdiction_id={ELSEWHERE}")
    foreign = client.get(f"{list_}&jurisdiction_id=091620000000")

    assert [each["service_request_id"] for each in here.json] == [number]
    assert there.json == []
    assert by_id.status_code == 404
    assert foreign.status_code == 404
    assert "jurisdiction_id" in faults(foreign)


def test_others_see_state_and_codes_and_neither_words_nor_place(
    post: Post, client: FlaskClient, key: str, sender: Callable[..., Sender]
) -> None:
    number = post(**GRAFFITI).json[0]["service_request_id"]
    header = {"Authorization": f"Bearer {key}"}
    reader = sender("incident:read", name="leser")

    (one,) = client.get(f"{BASE}/requests/{number}.json", headers=header).json
    root = tree(client.get(f"{BASE}/requests/{number}.xml", headers=header))
    listed = client.get(f"{BASE}/requests.json", headers=header)
    read = reader.get(f"{BASE}/requests/{number}.json")
    token = client.get(f"{BASE}/tokens/{number}.json", headers=header).json

    assert (one["status"], one["service_code"]) == ("open", "symbol")
    assert one["requested_datetime"].endswith("Z")
    assert [one[name] for name in ("description", "address", "lat", "long", "media_url")] == [
        None
    ] * 5
    assert root.find("request/description").text is None
    assert listed.json == [one]
    assert read.json == [one]
    for answer in (listed, read):
        for secret in (CANARY, "Lindenallee", "50.97", "erika", "Muster"):
            assert secret not in answer.text
    assert token == [{"service_request_id": number, "token": number}]


def test_a_key_sees_its_own_requests_and_no_others(
    post: Post, client: FlaskClient, keys: KeyStore
) -> None:
    number = post(**GRAFFITI).json[0]["service_request_id"]
    same = {"scopes": ["incident:create"]}
    other = keys.create(sender="andere", municipalities=[ARS], **same)
    away = keys.create(sender="leser", scopes=["incident:read"], municipalities=[ELSEWHERE])

    for stranger in (other, away):
        header = {"Authorization": f"Bearer {stranger}"}
        assert client.get(f"{BASE}/requests.json", headers=header).json == []
        missing = client.get(f"{BASE}/requests/{number}.json", headers=header)
        assert (missing.status_code, missing.json[0]["code"]) == (404, 404)
        several = f"{BASE}/requests.json?service_request_id={number}"
        assert client.get(several, headers=header).json == []


def test_requests_are_listed_by_code_state_and_time(
    post: Post, client: FlaskClient, key: str, sender: Callable[..., Sender], clock: FakeClock
) -> None:
    first = post(**GRAFFITI).json[0]["service_request_id"]
    clock.pass_(days=50)
    earlier = clock.now.isoformat()
    clock.pass_(days=50)
    second = post(**GRAFFITI | {"service_code": "threat", "attribute[occurred_at]": None}).json[0][
        "service_request_id"
    ]
    town = sender("incident:create", "incident:read", name="amt")
    at = clock.now.isoformat()

    def ids(**query: Any) -> list[str]:
        header = {"Authorization": f"Bearer {key}"}
        answer = client.get(f"{BASE}/requests.json", query_string=query, headers=header)
        assert answer.status_code == 200, answer.text
        return [each["service_request_id"] for each in answer.json]

    clock.pass_(hours=1)
    town.post({"reason": "resolved", "feedback_given": True}, f"/v1/incidents/{first}/close")

    assert ids() == [second]
    assert ids(start_date="2020-01-01T00:00:00Z") == [second, first]
    assert ids(service_request_id=f"{first},{second}") == [first, second]
    assert ids(service_code="symbol", start_date="2020-01-01T00:00:00+01:00") == [first]
    assert ids(status="closed", start_date="2020-01-01T00:00:00Z") == [first]
    assert ids(status="open,closed", start_date="2020-01-01T00:00:00Z") == [second, first]
    assert ids(end_date=earlier, start_date="2020-01-01T00:00:00Z") == [first]
    assert ids(updated_after=at) == [second, first]
    assert ids(updated_after=at, page=2, page_size=1) == [first]
    assert ids(updated_after=at, page=3, page_size=1) == []


@pytest.mark.parametrize(
    "query",
    [
        "start_date=gestern",
        "start_date=2026-01-01",
        "status=lost",
        "service_request_id=1%20OR%201",
        "page=0",
        "page_size=5000",
        "parking=1",
        "status=open&status=closed",
    ],
)
def test_a_wish_nobody_understands_names_its_parameter(
    client: FlaskClient, key: str, query: str
) -> None:
    answer = client.get(f"{BASE}/requests.json?api_key={key}&{query}")

    assert answer.status_code == 400
    assert query.partition("=")[0] in faults(answer)


def test_bodies_above_the_limit_and_other_methods_are_told_in_the_same_shape(
    post: Post, client: FlaskClient
) -> None:
    large = post(**GRAFFITI | {"description": "x" * (2 << 20)})
    put = client.put(f"{BASE}/requests.json")

    assert (large.status_code, large.json[0]["code"]) == (413, 413)
    assert put.status_code == 405


def test_while_the_database_is_away_nothing_is_taken_and_that_is_said(
    post: Post, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(database, "run", away)

    answer = post(**GRAFFITI)

    assert (answer.status_code, answer.json[0]["code"]) == (503, 503)
    assert "Retry-After" in answer.headers
