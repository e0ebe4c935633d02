# SPDX-License-Identifier: EUPL-1.2
"""The API: lists and pages, take-over, explanation, plans, and nothing out of reach."""

from typing import Any

import pytest

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.demo import sample_plan
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.keys import SCOPES, KeyStore
from tests.routing.conftest import SignIn
from tests.routing.town import ARS, Town, person

Client = Any


@pytest.fixture
def with_key(settings: Settings, town: Town, keys: KeyStore) -> Any:
    """A client whose key has these scopes and this reach."""

    def make(*scopes: str, reach: str = ARS, mode: Any = "live") -> Client:
        key = keys.create(sender=f"s{reach}", scopes=scopes, municipalities=[reach], mode=mode)
        client = create_app(settings, town.database).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    return make


def test_open_assignments_are_listed_newest_first_with_the_promised_fields(
    client: Client, town: Town
) -> None:
    first, second = town.report(), town.report(severity=2, forms=("threat",))
    taken = town.report()
    town.answer(taken, "bernd.brandt", "take_over")

    items = client.get("/v1/assignments?state=open&page_size=500").json["items"]

    assert [item["id"] for item in items] == [second.id, first.id]
    assert (
        items[0]
        | {
            "incident_id": second.incident_id,
            "state": "open",
            "urgency": "u2",
            "role": "ansprechstelle",
            "person": person("anna.aydin"),
            "person_key": "anna.aydin",
            "name": "Anna Aydin",
            "take_over_by": "2026-11-20T14:00:00+00:00",
        }
        == items[0]
    )


@pytest.mark.parametrize(("state", "count"), [("open", 1), ("taken", 1), ("closed", 1), ("all", 3)])
def test_the_list_is_filtered_by_state(client: Client, town: Town, state: str, count: int) -> None:
    town.report()
    town.answer(town.report(), "bernd.brandt", "take_over")
    town.close(town.report().incident_id)

    assert len(client.get(f"/v1/assignments?state={state}").json["items"]) == count


def test_pages_are_walked_by_link_without_gap_or_double(client: Client, town: Town) -> None:
    wanted = [town.report().id for _ in range(7)]
    seen: list[str] = []
    url: str | None = "/v1/assignments?state=open&page_size=3"

    while url:
        answer = client.get(url)
        seen += [item["id"] for item in answer.json["items"]]
        link = answer.headers.get("Link", "")
        url = link.partition(">")[0].lstrip("<") or None

    assert seen == wanted[::-1]


@pytest.mark.parametrize(
    "query", ["page_size=501", "page_size=0", "state=lost", "colour=red", "before=%00"]
)
def test_a_wrong_query_is_told(client: Client, query: str) -> None:
    answer = client.get(f"/v1/assignments?{query}")

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == query.partition("=")[0]


def test_what_is_out_of_reach_does_not_exist(town: Town, with_key: Any) -> None:
    assignment = town.report()
    foreign = with_key(*SCOPES, reach="150010000000")

    assert foreign.get("/v1/assignments").json == {"items": []}
    for method, path in (
        ("GET", ""), ("GET", "/explanation"), ("POST", "/take-over"), ("POST", "/hand-back"),
    ):  # fmt: skip
        answer = foreign.open(f"/v1/assignments/{assignment.id}{path}", method=method)
        unknown = foreign.open(f"/v1/assignments/{ids.uuid7()}{path}", method=method)
        assert answer.status_code == unknown.status_code == 404
        assert answer.json == unknown.json
    assert town.assignment(assignment.incident_id).state == "open"


def test_a_key_of_the_landkreis_sees_its_towns(town: Town, with_key: Any) -> None:
    town.report()

    assert len(with_key("assignment:read", reach="16077").get("/v1/assignments").json["items"]) == 1


def test_taking_over_is_repeatable_and_the_second_taker_comes_too_late(
    client: Client, town: Town
) -> None:
    url = f"/v1/assignments/{town.report().id}/take-over"

    first, again = client.post(url), client.post(url, json={"person": "bernd.brandt"})
    late = client.post(url, json={"person": "anna.aydin"})

    assert (first.status_code, again.status_code, late.status_code) == (200, 200, 409)
    assert first.json == again.json
    assert first.json["state"] == "taken"
    assert first.json["taken_by"] == first.json["person"] == person("bernd.brandt")
    assert late.headers["Content-Type"] == "application/problem+json"
    assert town.said_types().count("responsibility.taken_over") == 1


def test_an_unknown_taker_and_a_closed_incident_are_refused(client: Client, town: Town) -> None:
    assignment = town.report()
    url = f"/v1/assignments/{assignment.id}/take-over"

    unknown = client.post(url, json={"person": "somebody"})
    town.close(assignment.incident_id)
    closed = client.post(url)

    assert (unknown.status_code, closed.status_code) == (422, 409)


def test_handing_back_tells_the_next_step(client: Client, town: Town) -> None:
    assignment = town.report(severity=3)
    client.post(f"/v1/assignments/{assignment.id}/take-over")

    answer = client.post(f"/v1/assignments/{assignment.id}/hand-back")
    again = client.post(f"/v1/assignments/{assignment.id}/hand-back")

    assert (answer.status_code, again.status_code) == (200, 409)
    assert (answer.json["state"], answer.json["person_key"]) == ("open", "farid.fischer")


def test_the_explanation_names_rule_values_and_steps(client: Client, town: Town) -> None:
    assignment = town.report(severity=3)
    town.pass_(minutes=10)

    told = client.get(f"/v1/assignments/{assignment.id}/explanation").json

    assert told["rule"]["code"] == "sofort"
    assert told["values"]["urgency"] == ["u3"]
    assert told["recipients"][0]["because"] == "stand_in"  # the rota has no duty in office hours
    assert [step["cause"] for step in told["steps_taken"]] == ["nobody_took_over"]
    assert told["names"][person("clara.conrad")] == "Clara Conrad"


def test_only_the_plans_auditor_sees_who_is_in_conflict(town: Town, with_key: Any) -> None:
    accused = person("bernd.brandt")
    url = f"/v1/assignments/{town.report(excluded=(accused,)).id}/explanation"

    reader, auditor = with_key("assignment:read"), with_key("assignment:read", "plan:write")

    assert accused not in reader.get(url).text
    assert "Brandt" not in reader.get(url).text
    assert auditor.get(url).json["excluded"] == [{"person": accused, "cause": "named"}]


def test_a_case_can_be_tried_without_any_trace(client: Client, town: Town) -> None:
    url = f"/v1/responsible?municipality={ARS}&forms=threat,insult&severity=2&wishes=contact"

    answer = client.get(url)

    assert answer.json["rule"] == "stufe_2"
    assert (answer.json["role"], answer.json["name"]) == ("ansprechstelle", "Anna Aydin")
    assert town.said() == []


def test_trying_a_case_elsewhere_or_with_unknown_codes_is_refused(client: Client) -> None:
    elsewhere = client.get("/v1/responsible?municipality=150010000000")
    unknown = client.get("/v1/responsible?forms=shouting")

    assert (elsewhere.status_code, unknown.status_code) == (403, 422)
    assert "threat" in unknown.json["errors"][0]["allowed"]


def test_the_plan_is_shown_sent_and_tried(client: Client, town: Town) -> None:
    new = sample_plan().replace("title: Zuständigkeitsplan Musterstadt", "title: Neu")

    tried = client.put("/v1/plan?dry_run=true", data=new.encode())
    sent = client.post("/v1/plan", data=new.encode(), content_type="application/yaml")
    again = client.put("/v1/plan", data=new.encode())
    shown = client.get("/v1/plan")

    assert (tried.json["is_new"], sent.json["is_new"], again.json["is_new"]) == (True, True, False)
    assert sent.json["plan"]["version"] == 2
    assert shown.json["source"] == new
    assert shown.json["inherited"] is False
    assert shown.json["author"] == "desk"


def test_nobody_signed_in_goes_around_the_second_person(sign_in: SignIn) -> None:
    planner = sign_in(None, "plan_owner")
    new = sample_plan().replace("title: Zuständigkeitsplan Musterstadt", "title: Neu")

    tried = planner.put("/v1/plan?dry_run=true", data=new.encode())
    answers = [getattr(planner, way)("/v1/plan", data=new.encode()) for way in ("put", "post")]

    assert tried.json["is_new"] is True
    assert [answer.status_code for answer in answers] == [403, 403]
    assert planner.get("/v1/plan").json["version"] == 1


def test_a_refused_plan_names_line_field_and_what_is_allowed(client: Client) -> None:
    broken = sample_plan().replace("rechtsamt: {holder: eva.engel", "rechtsamt: {holder: eva.e")

    answer = client.put("/v1/plan", data=broken.encode())

    assert answer.status_code == 422
    [error] = answer.json["errors"]
    assert error["field"] == "roles.rechtsamt.holder"
    assert error["line"] == broken.splitlines().index(
        "  rechtsamt: {holder: eva.e, stand_ins: [david.dorn]}"
    ) + 1  # fmt: skip
    assert "eva.engel" in error["allowed"]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"a: *b", b"x" * 2000])
def test_a_body_that_is_no_plan_is_a_422(client: Client, body: bytes) -> None:
    assert client.put("/v1/plan", data=body).status_code == 422


def test_a_plan_for_somebody_else_is_refused(client: Client) -> None:
    foreign = sample_plan().replace(ARS, "150010000000")

    assert client.put("/v1/plan", data=foreign.encode()).status_code == 403


def test_each_door_needs_its_scope(town: Town, with_key: Any) -> None:
    id = town.report().id
    reader, nobody = with_key("assignment:read"), with_key("stats:public")

    assert reader.post(f"/v1/assignments/{id}/take-over").status_code == 403
    assert reader.put("/v1/plan", data=b"").status_code == 403
    assert nobody.get("/v1/assignments").status_code == 403
    assert nobody.get("/v1/plan").status_code == 403
    assert nobody.get("/v1/plan/schema").status_code == 200


def test_a_test_key_sees_and_moves_test_assignments_only(with_key: Any, town: Town) -> None:
    real, trial = town.report(), town.report(mode="test")
    client = with_key("assignment:read", "assignment:take-over", mode="test")

    listed = client.get("/v1/assignments?state=all").json["items"]
    answers = [client.post(f"/v1/assignments/{each.id}/take-over") for each in (real, trial)]

    assert [item["id"] for item in listed] == [trial.id]
    assert [answer.status_code for answer in answers] == [404, 200]
    assert town.assignment(real.incident_id).state == "open"


def test_a_test_key_publishes_no_plan(with_key: Any) -> None:
    client = with_key("plan:write", mode="test")

    response = client.put("/v1/plan", data=sample_plan(), content_type="application/yaml")

    assert response.status_code == 403
