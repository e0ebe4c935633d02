# SPDX-License-Identifier: EUPL-1.2
"""The API: notices with their attempts, resending, contacts. Foreign towns do not exist."""

import pytest

from rueckhalt_shared.contracts.ids import uuid7
from tests.notify.town import (
    ANNA,
    CONTACTS,
    GREYLISTED,
    INCIDENT,
    LARS,
    NOBODY,
    UNKNOWN_MAILBOX,
    assigned,
    kinds,
    lead,
    taken_over,
    told,
)

ELSEWHERE = "010010000000"


@pytest.fixture
def reader(key):
    return key("notice:read")


@pytest.fixture
def writer(key):
    return key("contact:write", "notice:read")


def test_notices_are_listed_by_state_the_newest_first(tell, send, client, reader):
    tell(assigned(lead(ANNA), lead(NOBODY), told(LARS)))
    send()

    sent = client.get("/v1/notices?state=sent", headers=reader).json["items"]
    failed = client.get("/v1/notices?state=failed", headers=reader).json["items"]

    assert {each["person"] for each in sent} == {ANNA, LARS}
    assert [each["person"] for each in failed] == [NOBODY]
    assert "@" not in str(sent)


def test_pages_follow_their_links_to_the_end(tell, client, reader):
    for number in range(7):
        tell(assigned(lead(ANNA), subject=f"{INCIDENT[:-2]}{number:02}", assignment=f"a{number}"))
    seen, address = [], "/v1/notices?page_size=3"
    while address:
        response = client.get(address, headers=reader)
        seen += [each["incident"] for each in response.json["items"]]
        address = response.headers.get("Link", "").partition("<")[2].partition(">")[0]

    assert len(seen) == len(set(seen)) == 7


def test_a_notice_shows_every_attempt_with_a_sentence(tell, send, mailer, client, reader):
    mailer.script = [GREYLISTED]
    tell(assigned(lead(LARS)))
    send()
    (listed,) = client.get(f"/v1/notices?incident={INCIDENT}", headers=reader).json["items"]

    shown = client.get(f"/v1/notices/{listed['id']}?lang=en", headers=reader).json

    assert [each["outcome"] for each in shown["attempts"]] == ["temporary", "sent"]
    assert shown["attempts"][1]["explanation"].startswith("Accepted by the mail server.")
    assert shown["attempts_made"] == 2
    assert "token" not in str(shown)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_foreign_town_s_notice_does_not_exist(method, tell, send, client, key):
    tell(assigned(lead(ANNA)))
    send()
    foreign = key("notice:read", "contact:write", within=ELSEWHERE)
    own = key("notice:read")
    (listed,) = client.get("/v1/notices", headers=own).json["items"]
    path = f"/v1/notices/{listed['id']}" + ("/resend" if method == "post" else "")

    answer = getattr(client, method)(path, headers=foreign)
    nothing = getattr(client, method)(path.replace(listed["id"], uuid7()), headers=foreign)

    assert answer.status_code == 404
    assert answer.json == nothing.json
    assert client.get("/v1/notices", headers=foreign).json["items"] == []


def test_a_county_s_key_reaches_its_towns(tell, client, key):
    tell(assigned(lead(ANNA)))

    assert (
        len(client.get("/v1/notices", headers=key("notice:read", within="16")).json["items"]) == 1
    )


def test_a_failed_notice_is_sent_again_as_its_own(tell, send, mailer, client, writer, said):
    mailer.script = [UNKNOWN_MAILBOX]
    tell(assigned(lead(LARS)))
    send()
    (failed,) = client.get("/v1/notices", headers=writer).json["items"]
    refused = client.post(f"/v1/notices/{failed['id']}/resend", headers=writer)
    (known,) = [
        each
        for each in client.get("/v1/contacts", headers=writer).json["items"]
        if each["person"] == LARS
    ]
    client.patch(f"/v1/contacts/{known['id']}", json={"state": "usable"}, headers=writer)

    response = client.post(f"/v1/notices/{failed['id']}/resend", headers=writer)
    send()

    assert refused.status_code == 409
    assert response.status_code == 201
    assert response.json["resend_of"] == failed["id"]
    assert kinds(said()) == ["notice.failed", "notice.sent"]
    assert client.get(response.headers["Location"], headers=writer).json["state"] == "sent"
    at_the_same_instant = client.post(f"/v1/notices/{failed['id']}/resend", headers=writer)
    assert at_the_same_instant.status_code == 201


@pytest.mark.parametrize("reason", ["under way", "taken over"])
def test_what_is_under_way_or_over_is_not_sent_again(reason, tell, send, client, writer):
    tell(assigned(lead(LARS)))
    if reason == "taken over":
        send()
        tell(taken_over(ANNA))
    listed = client.get("/v1/notices", headers=writer).json["items"]

    response = client.post(f"/v1/notices/{listed[-1]['id']}/resend", headers=writer)

    assert response.status_code == 409
    assert response.json["type"].endswith("nothing-to-resend")


def test_contacts_are_imported_and_listed(client, key, empty_database):
    writer = key("contact:write")

    response = client.post("/v1/contacts/import", data=CONTACTS.encode("cp1252"), headers=writer)
    listed = client.get("/v1/contacts?state=usable", headers=writer).json["items"]

    assert response.json["unchanged"] == 5
    assert len(listed) == 5
    assert {each["state"] for each in listed} == {"usable"}


def test_an_import_answers_every_line(client, key):
    writer = key("contact:write")
    text = "person;adresse\nneu.person;neu@musterstadt.example\nnoch eine;x\n"

    response = client.post("/v1/contacts/import?dry_run=true", data=text, headers=writer)

    assert (response.json["created"], response.json["rejected"]) == (1, 1)
    assert [each["line"] for each in response.json["lines"]] == [2, 3]
    assert response.json["lines"][1]["problem"].startswith("person: a key")


def test_an_unreadable_list_is_a_problem(client, key):
    response = client.post("/v1/contacts/import", data=b"\0\1", headers=key("contact:write"))

    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"


def test_reading_addresses_needs_the_right_to_change_them(client, key):
    assert client.get("/v1/contacts", headers=key("notice:read")).status_code == 403
    assert client.get("/v1/contacts").status_code == 401


def test_a_foreign_town_s_contact_does_not_exist(client, key, writer):
    known = client.get("/v1/contacts", headers=writer).json["items"][0]
    foreign = key("contact:write", within=ELSEWHERE)

    response = client.patch(
        f"/v1/contacts/{known['id']}", json={"state": "suspended"}, headers=foreign
    )

    assert response.status_code == 404
    assert client.get("/v1/contacts", headers=foreign).json["items"] == []


def test_a_suspended_contact_is_not_used_and_routing_hears_of_it(
    client, writer, tell, send, mailer, said
):
    known = client.get("/v1/contacts", headers=writer).json["items"]
    (lars,) = [each for each in known if each["person"] == LARS]
    client.patch(f"/v1/contacts/{lars['id']}", json={"state": "suspended"}, headers=writer)
    tell(assigned(lead(LARS)))

    send()

    assert mailer.letters == []
    assert said("contact.")[-1]["data"]["state"] == "suspended"


def test_a_test_key_sends_nothing_again_and_changes_no_contact(client, key, tell, send, notices):
    tell(assigned(lead(LARS)))
    send()
    trial = key("contact:write", mode="test")
    before = client.get("/v1/contacts", headers=trial).json["items"]
    contact = f"/v1/contacts/{before[0]['id']}"

    refused = [
        client.post(f"/v1/notices/{notices()[0]['id']}/resend", headers=trial),
        client.post("/v1/contacts/import", data=CONTACTS, headers=trial),
        client.patch(contact, json={"state": "suspended"}, headers=trial),
    ]

    assert [response.status_code for response in refused] == [403, 403, 403]
    assert client.get("/v1/contacts", headers=trial).json["items"] == before
    assert len(notices()) == 1
