# SPDX-License-Identifier: EUPL-1.2
"""The sender loop with a scripted mailer and a clock in the hand."""

from rueckhalt_notify.delivery import handlers
from rueckhalt_notify.delivery.handlers import Hands
from rueckhalt_notify.delivery.sender import Sender
from rueckhalt_notify.notices import sending
from tests.notify.conftest import LETTERHEAD, states
from tests.notify.town import (
    ANNA,
    BAD_FORM,
    DROPPED,
    GREYLISTED,
    INCIDENT,
    LARS,
    MAILBOX_FULL,
    POLICY,
    REFUSED,
    UNKNOWN_MAILBOX,
    ScriptedMailer,
    assigned,
    kinds,
    lead,
    taken_over,
    told,
)


def test_a_dead_mailbox_is_said_and_the_next_contact_is_tried_at_once(
    tell, send, mailer, said, contact_states
):
    mailer.script = [UNKNOWN_MAILBOX]
    tell(assigned(lead(ANNA)))

    send()

    assert mailer.addresses() == ["anna.aydin", "anna.zweit"]
    assert kinds(said()) == ["notice.failed", "notice.sent"]
    failed = said()[0]["data"]
    assert (failed["class"], failed["final"], failed["contacts_left"]) == ("contact_dead", False, 1)
    assert contact_states()["anna.aydin"] == "dead"
    assert [each["data"]["state"] for each in said("contact.")][-1] == "dead"


def test_when_the_last_contact_dies_the_failure_is_final(tell, send, mailer, said):
    mailer.script = [UNKNOWN_MAILBOX]
    tell(assigned(lead(LARS)))

    send()

    assert said()[0]["data"]["final"] is True


def test_a_dead_contact_is_not_asked_again(tell, send, mailer):
    mailer.script = [UNKNOWN_MAILBOX]
    tell(assigned(lead(ANNA)))
    send()
    tell(assigned(lead(ANNA), subject=INCIDENT[:-1] + "2", assignment="a2"))

    send()

    assert mailer.addresses() == ["anna.aydin", "anna.zweit", "anna.zweit"]


def test_greylisting_is_retried_by_the_table_and_succeeds(tell, send, mailer, clock, said):
    mailer.script = [GREYLISTED, GREYLISTED]
    tell(assigned(lead(LARS)))
    send()
    assert len(mailer.letters) == 2  # the first retry is at once
    clock.pass_(seconds=14)
    send()
    assert len(mailer.letters) == 2

    clock.pass_(seconds=1)
    send()

    assert len({letter.message_id for letter in mailer.letters}) == 1
    assert kinds(said()) == ["notice.sent"]


def test_urgent_and_slow_asks_the_next_contact_beside(tell, send, mailer):
    mailer.script = [GREYLISTED, GREYLISTED]
    tell(assigned(lead(ANNA), urgency="u2"))

    send()

    assert mailer.addresses() == ["anna.aydin", "anna.aydin", "anna.zweit"]


def test_retries_end_when_the_time_to_take_over_is_over(tell, send, mailer, clock, said):
    mailer.script = [GREYLISTED] * 100
    tell(assigned(lead(LARS)))
    for _ in range(9):
        send()
        clock.pass_(minutes=15)

    send()

    (event,) = said()
    assert (event["data"]["class"], event["data"]["final"]) == ("deadline_passed", True)


def test_what_could_never_be_tried_fails_loudly_when_its_time_is_over(
    tell, send, mailer, clock, said, notices
):
    mailer.down = REFUSED
    tell(assigned(lead(LARS), told(ANNA)))
    send()
    clock.pass_(hours=100)

    send()

    assert {event["data"]["class"] for event in said()} == {"deadline_passed"}
    assert states(notices()) == ["failed", "failed"]


def test_three_full_mailboxes_without_a_success_make_the_contact_unusable(
    tell, send, mailer, clock, contact_states
):
    mailer.script = [MAILBOX_FULL] * 3
    tell(assigned(lead(ANNA)))
    send()
    clock.pass_(minutes=1)

    send()

    assert contact_states()["anna.aydin"] == "bounced"
    assert mailer.addresses() == ["anna.aydin"] * 3 + ["anna.zweit"]


def test_a_success_between_forgives_full_mailboxes(tell, send, mailer, clock, contact_states):
    mailer.script = [MAILBOX_FULL, MAILBOX_FULL]
    for number in range(3):
        tell(assigned(lead(ANNA), subject=INCIDENT[:-1] + str(number), assignment=f"a{number}"))
        send()
        clock.pass_(minutes=1)
        send()
        mailer.script = [MAILBOX_FULL, MAILBOX_FULL]

    assert contact_states()["anna.aydin"] == "usable"


def test_a_policy_refusal_spares_the_contact_and_uses_the_next(
    tell, send, mailer, contact_states, said
):
    mailer.script = [POLICY]
    tell(assigned(lead(ANNA)))

    send()

    assert contact_states()["anna.aydin"] == "usable"
    assert mailer.addresses() == ["anna.aydin", "anna.zweit"]
    assert said()[0]["data"]["class"] == "ours"


def test_a_refused_form_goes_out_as_plain_text(tell, send, mailer, said):
    mailer.script = [BAD_FORM]
    tell(assigned(lead(ANNA)))

    send()

    first, second = mailer.letters
    assert b"text/html" in first.content
    assert b"text/html" not in second.content
    assert first.message_id == second.message_id
    assert kinds(said()) == ["notice.sent"]


def test_a_relay_that_is_away_costs_no_contact_and_all_goes_out_when_it_is_back(
    tell, send, mailer, clock, said, contact_states
):
    mailer.down = REFUSED
    for number in range(5):
        tell(assigned(lead(LARS), subject=INCIDENT[:-1] + str(number), assignment=f"a{number}"))
    for _ in range(20):
        send()
        clock.pass_(seconds=30)
    assert said() == []

    mailer.down = None
    send()

    assert kinds(said()) == ["notice.sent"] * 5
    assert contact_states()["lars.lind"] == "usable"


def test_a_missing_answer_after_the_last_dot_is_marked_as_possibly_double(
    tell, send, mailer, attempts
):
    mailer.script = [DROPPED]
    tell(assigned(lead(ANNA)))

    send()

    first, second = mailer.letters
    assert b"glicherweise doppelt" not in first.content
    assert b"glicherweise doppelt" in second.content
    assert first.message_id == second.message_id
    assert [row["doubtful"] for row in attempts()] == [False, True]


def test_a_sender_that_died_is_followed_at_once_and_only_its_mail_is_in_doubt(
    tell, send, mailer, database, notices
):
    tell(assigned(lead(ANNA), told(LARS)))
    first = database.read(handlers.due, limit=10)[0]
    dead = Hands(sender="this-machine-is-another|1|word|1", provider="scripted")
    database.run(handlers.turn, None, first, dead)
    send()
    assert mailer.addresses() == ["lars.lind"]  # the lease of the other one still holds
    database.clock.pass_(seconds=30)

    send()

    assert mailer.addresses() == ["lars.lind", "anna.aydin"]
    doubtful = [
        b"glicherweise doppelt" in m.content or b"duplicate" in m.content for m in mailer.letters
    ]
    assert doubtful == [False, True]
    assert states(notices()) == ["sent", "sent"]


def test_a_sender_whose_lease_was_lost_changes_nothing(tell, send, mailer, database, said):
    tell(assigned(lead(ANNA)))
    elsewhere = Hands(sender="elsewhere|1|word|1", provider="scripted")
    first = database.read(handlers.due, limit=10)[0]
    slow = database.run(handlers.turn, None, first, elsewhere)
    database.clock.pass_(seconds=31)
    send()

    ended = Sender(mailer, LETTERHEAD)._judged(slow, UNKNOWN_MAILBOX, database.clock())
    lost = False
    try:
        database.run(handlers.turn, ended, None, elsewhere)
    except sending.LeaseLost:
        lost = True

    assert lost
    assert kinds(said()) == ["notice.sent"]


def test_two_senders_never_send_the_same_notice(tell, database, mailer):
    for number in range(50):
        tell(assigned(lead(LARS), subject=f"{INCIDENT[:-2]}{number:02}", assignment=f"a{number}"))
    other = ScriptedMailer()
    one, two = Sender(mailer, LETTERHEAD), Sender(other, LETTERHEAD)

    while one.run(database) | two.run(database):
        pass

    sent = [letter.message_id for letter in mailer.letters + other.letters]
    assert len(sent) == len(set(sent)) == 50


def test_a_take_over_while_the_mail_is_on_its_way_stops_the_retries(
    tell, send, mailer, clock, notices, said
):
    mailer.script = [GREYLISTED, GREYLISTED]
    tell(assigned(lead(LARS)))
    send()
    tell(taken_over(ANNA))
    clock.pass_(hours=1)

    send()

    assert len(mailer.letters) == 2
    assert states(notices()) == ["cancelled"]
    assert said() == []


def test_a_take_over_while_the_mail_is_being_refused_asks_no_further_contact(
    tell, send, mailer, notices
):
    mailer.script = [UNKNOWN_MAILBOX]
    tell(assigned(lead(ANNA)))
    mailer.meanwhile = lambda: tell(taken_over(LARS))

    send()

    assert mailer.addresses()[:1] == ["anna.aydin"]
    assert "anna.zweit" not in mailer.addresses()
    assert states(notices())[0] == "cancelled"


def test_a_mail_slower_than_its_lease_waits_for_its_next_time(tell, send, mailer, clock):
    mailer.script = [GREYLISTED, GREYLISTED, GREYLISTED]
    mailer.meanwhile = lambda: clock.pass_(seconds=31)
    tell(assigned(lead(LARS)))

    send()

    assert len(mailer.letters) == 2  # the first retry is at once, the second is not


def test_every_try_is_a_row_with_codes_only(tell, send, mailer, attempts):
    mailer.script = [GREYLISTED, UNKNOWN_MAILBOX]
    tell(assigned(lead(ANNA)))

    send()

    rows = attempts()
    assert [(row["outcome"], row["reason"]) for row in rows] == [
        ("temporary", "451 4.7.1 at rcpt"),
        ("contact_dead", "550 5.1.1 at rcpt"),
        ("sent", "250 2.0.0 at end"),
    ]
    assert "musterstadt" not in str(rows)


def test_a_letter_that_cannot_be_written_holds_back_no_other(tell, send, mailer, said, database):
    class Stumbling(ScriptedMailer):
        def send(self, letter):
            assert "anna" not in letter.to
            return super().send(letter)

    class Broken(Sender):
        def _letter(self, begun):
            if "anna" in begun.contact.address:
                raise KeyError("no such template")
            return super()._letter(begun)

    tell(assigned(lead(ANNA), told(LARS)))

    broken = Broken(Stumbling(), LETTERHEAD)
    while broken.run(database):
        pass

    assert sorted(kinds(said())) == ["notice.failed", "notice.failed", "notice.sent"]
