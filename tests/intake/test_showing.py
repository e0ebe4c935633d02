# SPDX-License-Identifier: EUPL-1.2
"""GET: senders see the state of their own, readers their municipality, nobody anything else."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.intake.town import ANNA, ARS, BERND, ELSEWHERE, THREAT, Sender, report
from tests.support import FakeClock

MakeSender = Callable[..., Sender]
SEALED = {"narrative", "reporter", "accused", "reference"}


def test_a_reader_sees_what_was_sealed(town: Sender) -> None:
    reporter = {"role": "affected", "name": "Mira Muster", "phone": "0361 1", "person": ANNA}
    accused = {"persons": [BERND], "unit": "bauamt"}

    accepted = town.post(report(reporter=reporter, accused=accused, reference="Az 7")).json

    shown = town.show(accepted)
    assert shown["narrative"] == THREAT["narrative"]
    assert shown["reporter"] == reporter
    assert shown["accused"] == accused
    assert shown["reference"] == "Az 7"


def test_a_sender_sees_its_own_state_without_texts(sender: MakeSender) -> None:
    own = sender("incident:create")

    shown = own.show(own.post(THREAT).json)

    assert shown["status"] == "registered"
    assert shown["forms"] == ["threat"]
    assert not SEALED & set(shown)


@pytest.mark.parametrize("path", ["", "/close"])
def test_foreign_and_unknown_look_alike(sender: MakeSender, path: str) -> None:
    theirs = sender("incident:create", name="other").post(THREAT).json["id"]
    own = sender("incident:create")
    told = {"reason": "resolved", "feedback_given": True}

    def answer(incident: str) -> tuple[int, str]:
        address = f"/v1/incidents/{incident}{path}"
        found = own.post(told, address) if path else own.get(address)
        return found.status_code, found.text.replace(incident, "ID")

    assert answer(theirs) == answer(str(uuid4()))
    assert answer(theirs)[0] == 404


def test_a_reader_of_another_town_sees_nothing(sender: MakeSender) -> None:
    accepted = sender("incident:create").post(THREAT).json
    reader = sender("incident:read", name="other", municipalities=[ELSEWHERE])

    assert reader.get(f"/v1/incidents/{accepted['id']}").status_code == 404
    assert reader.get("/v1/incidents").json == {"items": []}


def test_a_reader_of_the_kreis_sees_its_towns(sender: MakeSender) -> None:
    accepted = sender("incident:create").post(THREAT).json
    reader = sender("incident:read", name="kreis", municipalities=["16077"])

    assert reader.show(accepted)["municipality"] == ARS


def test_a_test_key_sees_no_live_incident(sender: MakeSender) -> None:
    accepted = sender("incident:create").post(THREAT).json
    trial = sender("incident:read", name="trial", mode="test")

    assert trial.get(f"/v1/incidents/{accepted['id']}").status_code == 404


def test_the_list_is_newest_first_and_pages_by_link(town: Sender, clock: FakeClock) -> None:
    accepted = []
    for _ in range(7):
        accepted.append(town.post(THREAT).json["id"])
        clock.pass_(seconds=1)

    seen, address = [], "/v1/incidents?page_size=3&state=open"
    while address:
        page = town.get(address)
        seen += [item["id"] for item in page.json["items"]]
        link = page.headers.get("Link", "")
        address = link.partition("<")[2].partition(">")[0]

    assert seen == accepted[::-1]


def test_rows_of_the_same_instant_are_paged_whole(town: Sender) -> None:
    accepted = {town.post(THREAT).json["id"] for _ in range(5)}

    first = town.get("/v1/incidents?page_size=2")
    address = first.headers["Link"].partition("<")[2].partition(">")[0]
    rest = town.get(address.replace("page_size=2", "page_size=500"))

    assert {item["id"] for page in (first, rest) for item in page.json["items"]} == accepted


def test_the_list_holds_no_texts(town: Sender) -> None:
    town.post(THREAT)

    [item] = town.get("/v1/incidents").json["items"]
    assert not SEALED & set(item)


def test_the_list_can_be_asked_for_open_or_closed(town: Sender) -> None:
    first, second = town.post(THREAT).json, town.post(THREAT).json
    town.close(first)

    def ids(state: str) -> list[str]:
        return [item["id"] for item in town.get(f"/v1/incidents?state={state}").json["items"]]

    assert (ids("closed"), ids("open")) == ([first["id"]], [second["id"]])


@pytest.mark.parametrize(
    "query", ["state=x", "page_size=0", "page_size=501", "before=x", "before=2026_1", "foo=1"]
)
def test_a_strange_question_is_refused(town: Sender, query: str) -> None:
    assert town.get(f"/v1/incidents?{query}").status_code == 422


def test_a_path_that_is_no_id_is_not_found(town: Sender) -> None:
    assert town.get("/v1/incidents/1").status_code == 404


def test_codes_are_public_and_cached(town: Sender) -> None:
    answer = town.client.get("/v1/codes")
    again = town.client.get("/v1/codes", headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.json["lists"]["forms"][3] == {
        "code": "threat",
        "label": answer.json["lists"]["forms"][3]["label"],
        "outer": "psychisch",
        "severity": 2,
    }
    assert set(answer.json["lists"]["forms"][3]["label"]) == {"de", "en", "einfach"}
    assert (again.status_code, again.data) == (304, b"")
