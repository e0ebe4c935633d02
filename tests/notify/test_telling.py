# SPDX-License-Identifier: EUPL-1.2
"""From an event with recipients to rows, and from rows to mails."""

import email
import email.policy
from datetime import timedelta

import pytest

from rueckhalt_notify.contacts.domain import Contact
from rueckhalt_notify.subscriptions import subscriptions
from rueckhalt_shared import quarantine
from rueckhalt_shared.contracts import (
    IncidentClosed,
    Recipient,
    ResponsibilityCompleted,
    ResponsibilityHandedOver,
    ResponsibilityLapsed,
)
from rueckhalt_shared.retrying import Retrying
from tests.notify.conftest import states
from tests.notify.town import (
    ANNA,
    GRETA,
    INCIDENT,
    LARS,
    NEIGHBOUR,
    NOBODY,
    POLICE,
    TOWN,
    assigned,
    changed,
    escalated,
    kinds,
    lead,
    registered,
    taken_over,
    told,
)
from tests.support import NOON


def test_whoever_leads_is_asked_and_the_relay_s_250_is_said(tell, send, mailer, said):
    tell(assigned(lead(ANNA)))

    send()

    assert mailer.addresses() == ["anna.aydin"]
    (event,) = said()
    assert event["type"] == "de.rueckhalt.notice.sent.v1"
    assert event["subject"] == INCIDENT
    assert event["data"]["person"] == ANNA
    assert event["data"]["channel"] == "mail"
    assert event["data"]["level"] == 0
    assert event["data"]["mode"] == "live"


def test_the_same_event_and_the_same_step_again_make_no_second_notice(tell, send, mailer):
    tell(assigned(lead(ANNA)))
    tell(assigned(lead(ANNA)), id="re-sent-under-another-id")

    send()

    assert mailer.addresses() == ["anna.aydin"]


def test_a_new_decision_of_the_same_step_tells_only_the_new_person(tell, send, mailer):
    tell(assigned(lead(ANNA)))
    tell(assigned(lead(LARS), version=2))

    send()

    assert mailer.addresses() == ["anna.aydin", "lars.lind"]


def test_a_person_with_two_parts_gets_one_notice_with_the_stronger_part(tell, notices):
    tell(assigned(told(ANNA), lead(ANNA)))

    (notice,) = notices()
    assert (notice["part"], notice["purpose"]) == ("lead", "ask")


def test_a_partner_is_told_without_a_link(tell, send, mailer, said):
    tell(assigned(Recipient(partner=POLICE, part="lead")))

    send()

    assert b"/n/" not in mailer.letters[0].content
    assert said()[0]["data"]["partner"] == POLICE


def test_everybody_reads_their_own_language(tell, send, mailer):
    tell(assigned(lead(ANNA), told(LARS)))

    send()

    languages = [email.message_from_bytes(m.content)["Content-Language"] for m in mailer.letters]
    assert languages == ["de", "en"]


def test_a_person_without_a_contact_is_a_failure_at_once(tell, said, notices):
    tell(assigned(lead(NOBODY)))

    (event,) = said()
    assert event["type"] == "de.rueckhalt.notice.failed.v1"
    assert event["data"]["class"] == "no_contact"
    assert event["data"]["final"] is True
    assert event["data"]["contacts_left"] == 0
    assert states(notices()) == ["failed"]


def test_u3_uses_all_contacts_at_once(tell, send, mailer):
    tell(assigned(lead(ANNA), urgency="u3"))

    send()

    assert mailer.addresses() == ["anna.aydin", "anna.zweit"]


@pytest.mark.parametrize("mode", ["test", "demo"])
def test_test_and_foreign_demo_never_reach_a_person(mode, tell, send, mailer, notices):
    tell(assigned(lead(ANNA), mode=mode))
    tell(taken_over(ANNA, mode=mode))

    send()

    assert (mailer.letters, notices()) == ([], [])


def test_who_took_over_ends_all_questions_and_only_the_told_hear_of_it(tell, send, mailer, notices):
    tell(assigned(lead(ANNA), told(GRETA)))
    send()
    tell(escalated(lead(LARS)))
    tell(taken_over(ANNA))

    send()

    assert mailer.addresses() == ["anna.aydin", "greta.gross", "greta.gross"]
    assert [(n["purpose"], n["state"]) for n in notices()] == [
        ("ask", "sent"),
        ("tell", "sent"),
        ("ask", "cancelled"),
        ("taken_over", "sent"),
    ]


def test_a_question_that_comes_after_the_take_over_is_not_asked(tell, send, mailer):
    tell(taken_over(ANNA, version=5))
    tell(assigned(lead(LARS), version=1))
    tell(escalated(lead(LARS), version=4))

    send()

    assert mailer.letters == []


def test_after_a_lapse_the_chain_asks_again(tell, send, mailer):
    tell(taken_over(ANNA, version=5))
    tell(changed(ResponsibilityLapsed, version=6))
    tell(escalated(lead(LARS), version=7, round=1))

    send()

    assert mailer.addresses() == ["lars.lind"]


def test_an_escalation_that_overtook_its_lapse_is_asked_too(tell, send, mailer):
    tell(taken_over(ANNA, version=5))
    tell(escalated(lead(LARS), version=7, round=1))
    tell(changed(ResponsibilityLapsed, version=6))

    send()

    assert mailer.addresses() == ["lars.lind"]


def test_who_gets_it_by_hand_over_is_told(tell, send, mailer, notices):
    tell(assigned(lead(ANNA)))
    tell(changed(ResponsibilityHandedOver, person=None, partner=POLICE, version=6))

    send()

    assert mailer.addresses() == ["polizei.musterstadt"]
    assert states(notices()) == ["cancelled", "sent"]


@pytest.mark.parametrize(
    "end",
    [
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
    ids=["completed", "closed"],
)
def test_after_the_end_nothing_is_asked(end, tell, send, mailer, notices):
    tell(assigned(lead(ANNA)))
    tell(end)
    tell(escalated(lead(LARS), version=3))

    send()

    assert mailer.letters == []
    assert states(notices()) == ["cancelled"]


def test_without_routing_the_configured_address_is_told(tell, send, mailer, said):
    tell(registered(), queue="notify.announce-incidents")

    send()

    assert mailer.addresses() == ["wache"]
    assert "person" not in said()[0]["data"]


def test_an_import_is_history_and_tells_nobody(tell, send, mailer):
    tell(registered(imported=True), queue="notify.announce-incidents")

    send()

    assert mailer.letters == []


def test_questions_that_cannot_wait_go_first(tell, send, mailer):
    tell(assigned(told(GRETA), subject=INCIDENT[:-1] + "2", assignment="a2", urgency="u0"))
    tell(assigned(lead(LARS), subject=INCIDENT[:-1] + "3", assignment="a3", urgency="u0"))
    tell(assigned(lead(ANNA), urgency="u2"))

    send()

    assert mailer.addresses() == ["anna.aydin", "lars.lind", "greta.gross"]


def test_a_question_that_came_late_is_still_asked(tell, send, mailer, clock):
    clock.pass_(hours=5)
    tell(assigned(lead(ANNA), take_over_by=NOON + timedelta(hours=2)))

    send()

    assert mailer.addresses() == ["anna.aydin"]


def test_the_mail_is_neutral_and_well_formed(tell, send, mailer):
    tell(assigned(lead(ANNA)))

    send()

    mail = email.message_from_bytes(mailer.letters[0].content, policy=email.policy.default)
    assert mail["Subject"] == "Es liegt etwas vor"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["To"] == "anna.aydin@musterstadt.example"
    assert "https://rueckhalt.example/notify/n/" in mail.get_body(("plain",)).get_content()
    assert "https://rueckhalt.example/notify/n/" in mail.get_body(("html",)).get_content()
    assert [part.defects for part in mail.walk()] == [[], [], []]


def test_kinds_are_all_known(tell, send, said):
    tell(assigned(lead(ANNA), lead(NOBODY)))
    send()

    assert sorted(kinds(said())) == ["notice.failed", "notice.sent"]


def test_no_event_of_another_municipality_ends_a_question(tell, notices):
    tell(assigned())
    before = notices()

    tell(taken_over(municipality=NEIGHBOUR, version=99))
    tell(changed(ResponsibilityCompleted, municipality=NEIGHBOUR, version=99))
    tell(IncidentClosed(subject=INCIDENT, municipality=NEIGHBOUR, version=99, closed_at=NOON))

    assert notices() == before


@pytest.mark.parametrize(
    "say",
    [
        lambda paula: assigned(lead(ANNA), told(paula)),
        lambda paula: escalated(lead(paula)),
        lambda paula: changed(ResponsibilityHandedOver, person=paula, version=6),
    ],
    ids=["assigned", "escalated", "handed_over"],
)
def test_an_event_of_one_town_tells_nobody_of_another(
    say, paula, tell, send, mailer, database, clock
):
    tell(say(paula))

    clock.pass_(seconds=2)
    Retrying(database, subscriptions).run_due()
    send()

    (row,) = database.read(quarantine.quarantined)
    assert row.cause.startswith("Foreign")
    assert mailer.letters == []


def test_whoever_is_there_for_a_whole_district_hears_of_its_towns():
    anna = Contact(
        id="c1",
        municipality="16077",
        owner_kind="person",
        owner_id=ANNA,
        channel="mail",
        address="anna.aydin@kreis.example",
    )

    assert [anna.hears_of(town) for town in (TOWN, NEIGHBOUR, "160510000000")] == [
        True,
        True,
        False,
    ]
