# SPDX-License-Identifier: EUPL-1.2
"""The single-use link: GET shows, POST acts, and nobody learns more than they must."""

import re
import threading

import pytest
from sqlalchemy import select

from rueckhalt_notify.delivery.store import attempts as attempts_table
from rueckhalt_shared.contracts import IncidentClosed, ResponsibilityCompleted
from rueckhalt_shared.messages import Catalogue
from tests.notify.town import (
    ANNA,
    ASSIGNMENT,
    DROPPED,
    INCIDENT,
    LARS,
    TOWN,
    assigned,
    changed,
    lead,
    taken_over,
)
from tests.support import NOON

TEXT = Catalogue.of_package("rueckhalt_notify").text


@pytest.fixture
def links(tell, send, mailer):
    """Ask these persons; the path of each one's link."""

    def ask(*persons: str, **given) -> list[str]:
        tell(assigned(*(lead(person) for person in persons or (ANNA,)), **given))
        send()
        return [link_in(letter.content) for letter in mailer.letters]

    return ask


def link_in(content: bytes) -> str:
    joined = content.replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
    return re.search(r"https://rueckhalt.example/notify(/n/[\w-]{43})\b", joined)[1]


def heading(response) -> str:
    return re.search(r"<h1>(.*?)</h1>", response.text)[1]


def test_fetching_a_link_shows_the_question_and_changes_nothing(links, client, said):
    (path,) = links()

    responses = [client.get(path), client.head(path), client.get(path), client.options(path)]

    assert heading(responses[0]) == TEXT("answer.open.title", "de")
    assert responses[2].status_code == 200
    assert [e["type"] for e in said()] == ["de.rueckhalt.notice.sent.v1"]


def test_taking_over_is_said_with_person_and_assignment(links, client, said):
    (path,) = links()

    response = client.post(path, data={"verb": "take_over"}, follow_redirects=True)

    assert heading(response) == TEXT("answer.recorded.title", "de")
    event = said("notice.answered")[0]
    assert event["subject"] == INCIDENT
    assert event["data"]["person"] == ANNA
    assert event["data"]["assignment"] == ASSIGNMENT
    assert event["data"]["verb"] == "take_over"


def test_declining_says_what_happens_next(links, client, said):
    (path,) = links()

    response = client.post(path, data={"verb": "decline"}, follow_redirects=True)

    assert heading(response) == TEXT("answer.declined.title", "de")
    assert said("notice.answered")[0]["data"]["verb"] == "decline"


def test_a_link_works_once(links, client, said):
    (path,) = links()
    client.post(path, data={"verb": "take_over"})

    again = client.post(path, data={"verb": "decline"})

    assert again.status_code == 404
    assert len(said("notice.answered")) == 1


def test_used_expired_over_and_unknown_links_look_the_same(links, client, tell, database, clock):
    first, second = links(ANNA, LARS)
    client.post(first, data={"verb": "take_over"})
    pages = {client.get(first).data, client.get("/n/" + "x" * 43).data}
    tell(taken_over(ANNA))
    pages.add(client.get(second).data)
    pages.add(client.get("/n/" + "y" * 500).data)
    pages.add(client.post(second, data={"verb": "take_over"}).data)

    assert len({strip_path(page) for page in pages}) == 1


def strip_path(page: bytes) -> bytes:
    return re.sub(rb"/n/[\w-]+", b"", page)


def test_a_link_ends_after_72_hours(links, client, clock):
    (path,) = links()
    clock.pass_(hours=72, seconds=-1)
    assert client.get(path).status_code == 200

    clock.pass_(seconds=1)

    assert client.get(path).status_code == 404
    assert client.post(path, data={"verb": "take_over"}).status_code == 404


@pytest.mark.parametrize(
    "end",
    [
        taken_over(LARS),
        changed(ResponsibilityCompleted),
        IncidentClosed(
            subject=INCIDENT,
            municipality=TOWN,
            version=2,
            closed_at=NOON,
            reason="resolved",
            feedback_given=True,
        ),
    ],
    ids=["taken over", "completed", "closed"],
)
def test_a_link_ends_when_nobody_is_asked_any_more(end, links, client, tell):
    (path,) = links()
    tell(end)

    assert client.get(path).status_code == 404


def test_the_result_shows_who_was_faster(links, client, tell):
    first, second = links(ANNA, LARS)
    for path in (first, second):
        assert client.post(path, data={"verb": "take_over"}).status_code == 303
    assert client.get(first + "/result").headers["Refresh"].startswith("2; url=")
    tell(taken_over(ANNA))

    winner, loser = client.get(first + "/result"), client.get(second + "/result?lang=en")

    assert heading(winner) == TEXT("answer.yours.title", "de")
    assert heading(loser) == TEXT("answer.theirs.title", "en")
    assert "Refresh" not in winner.headers


def test_two_people_clicking_at_once_both_get_a_sane_page(links, settings, database, said):
    from rueckhalt_notify.app import create_app

    paths = links(ANNA, LARS)
    app = create_app(settings, database)
    barrier = threading.Barrier(8)
    seen: list[int] = []

    def click(path: str) -> None:
        barrier.wait()
        seen.append(app.test_client().post(path, data={"verb": "take_over"}).status_code)

    threads = [threading.Thread(target=click, args=(path,)) for path in paths * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == [303, 303, 404, 404, 404, 404, 404, 404]
    assert {event["data"]["person"] for event in said("notice.answered")} == {ANNA, LARS}
    assert len(said("notice.answered")) == 2


def test_looking_for_the_result_ends_by_itself(links, client):
    (path,) = links()
    client.post(path, data={"verb": "take_over"})

    assert "Refresh" in client.get(path + "/result?looks=9").headers
    for looks in ("10", "99", "-1", "x", "9" * 50, "²"):
        assert "Refresh" not in client.get(f"{path}/result?looks={looks}").headers


def test_the_result_of_a_link_that_was_not_used_is_nothing(links, client):
    (path,) = links()

    assert client.get(path + "/result").status_code == 404


@pytest.mark.parametrize("verb", ["", "done", "TAKE_OVER", "take_over\n"])
def test_an_unclear_answer_asks_again(verb, links, client, said):
    (path,) = links()

    response = client.post(path, data={"verb": verb})

    assert response.status_code == 422
    assert TEXT("answer.unclear", "de") in response.text
    assert said("notice.answered") == []


def test_the_links_of_both_mails_in_doubt_work_and_only_one_counts(
    tell, send, mailer, client, said
):
    mailer.script = [DROPPED]
    tell(assigned(lead(ANNA)))
    send()
    first, second = (link_in(letter.content) for letter in mailer.letters)

    assert client.post(first, data={"verb": "take_over"}).status_code == 303
    assert client.post(second, data={"verb": "take_over"}).status_code == 404
    assert first != second
    assert len(said("notice.answered")) == 1


def test_only_the_hash_of_a_token_is_stored(links, database, tmp_path):
    (path,) = links()
    token = path.removeprefix("/n/").encode()

    hashes = database.read(
        lambda tx: list(tx.execute(select(attempts_table.c.token_hash)).scalars())
    )

    assert len(hashes[0]) == 64
    assert not any(token in file.read_bytes() for file in tmp_path.glob("notify.db*"))


def test_an_answer_proves_the_contact(links, client, said):
    (path,) = links()
    before = len(said("contact."))

    client.post(path, data={"verb": "decline"})

    (event,) = said("contact.")[before:]
    assert event["data"]["verified_until"].startswith("2027-05-19")


def test_the_page_speaks_english_and_has_no_inline_script(links, client):
    (path,) = links()

    page = client.get(path, headers={"Accept-Language": "en-GB"})

    assert heading(page) == TEXT("answer.open.title", "en")
    assert '<html lang="en">' in page.text
    assert all("src=" in tag for tag in re.findall("<script[^>]*>", page.text))
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_the_page_shows_nothing_of_the_incident(links, client):
    (path,) = links()

    page = client.get(path).text

    for canary in (INCIDENT, ASSIGNMENT, ANNA, TOWN, "anna", "threat", "Bedrohung"):
        assert canary not in page
