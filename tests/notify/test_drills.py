# SPDX-License-Identifier: EUPL-1.2
"""A drill in the mail: it says what it is, one button confirms it, silence leaves doubt."""

from datetime import timedelta

import pytest

from rueckhalt_notify.contacts import store as contacts
from rueckhalt_shared.contracts import ResponsibilityCompleted
from tests.notify.test_answers import heading, link_in
from tests.notify.town import ANNA, ASSIGNMENT, GRETA, INCIDENT, TOWN, assigned, lead, told
from tests.support import NOON


@pytest.fixture
def links(tell, send, mailer):
    """Begin a drill for Anna and Greta; the link of each, whoever's mail went out first."""
    tell(assigned(lead(ANNA), told(GRETA), mode="drill"))
    send()
    letters = sorted(mailer.letters, key=lambda letter: letter.to)
    return [link_in(letter.content) for letter in letters]


def over(tell):
    tell(
        ResponsibilityCompleted(
            subject=INCIDENT,
            municipality=TOWN,
            version=5,
            mode="drill",
            assignment=ASSIGNMENT,
            role="ansprechstelle",
            person=ANNA,
            at=NOON,
        )
    )


def states_of(database, *persons):
    """Of each person the contact that was asked: the first one."""
    found = database.read(contacts.of_owners, list(persons))
    first = [each for each in found if each.rank == 0]
    return {each.owner_id: (each.state, each.verified_until_at) for each in first}


def test_everybody_of_a_drill_gets_a_mail_that_says_so(links, mailer):
    assert len(links) == 2
    for letter in mailer.letters:
        assert b"Probealarm" in letter.content
        assert b"liegt etwas vor" not in letter.content


def test_the_page_has_the_one_button_and_the_answer_is_said(links, client, said):
    page = client.get(links[0])
    answer = client.post(links[0], data={"verb": "confirm"})
    after = client.get(f"{links[0]}/result")

    assert heading(page) == "Probealarm"
    assert "Probealarm bestätigt" in page.text
    assert "Ich übernehme" not in page.text
    assert answer.status_code == 303
    assert heading(after) == "Probealarm bestätigt"
    event = said()[-1] if said()[-1]["type"].endswith("answered.v1") else said()[-2]
    assert (event["data"]["verb"], event["data"]["mode"]) == ("confirm", "drill")


@pytest.mark.parametrize("verb", ["take_over", "decline"])
def test_a_drill_takes_no_other_answer(links, client, said, verb):
    before = len(said())

    assert client.post(links[0], data={"verb": verb}).status_code == 404
    assert len(said()) == before


def test_a_real_question_cannot_be_confirmed_away(tell, send, mailer, client, said):
    tell(assigned(lead(ANNA)))
    send()
    before = len(said())

    assert (
        client.post(link_in(mailer.letters[0].content), data={"verb": "confirm"}).status_code == 404
    )
    assert len(said()) == before


def test_a_confirmation_renews_the_contact_and_silence_leaves_it_unverified(
    links, client, tell, database
):
    client.post(links[0], data={"verb": "confirm"})

    over(tell)

    states = states_of(database, ANNA, GRETA)
    assert states[ANNA][0] == "usable"
    assert states[ANNA][1] >= NOON + timedelta(days=180)
    assert states[GRETA] == ("unverified", None)


def test_an_unverified_contact_is_still_asked_in_earnest(links, tell, send, mailer):
    over(tell)
    before = len(mailer.letters)

    tell(assigned(lead(GRETA), subject="01930000-0000-7000-8000-0000000000ff"))
    send()

    assert len(mailer.letters) == before + 1
