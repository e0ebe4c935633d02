# SPDX-License-Identifier: EUPL-1.2
"""The mailers against real sockets: one class over both, then the faults of SMTP alone."""

import io
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from rueckhalt_notify.app import check_mail_server
from rueckhalt_notify.delivery.domain import Answer, Kind, Outcome, Stage, classify
from rueckhalt_notify.delivery.letter import Letter, compose
from rueckhalt_notify.delivery.mailers import ConsoleMailer, Relay, Simulated, SmtpMailer
from rueckhalt_notify.settings import Settings
from rueckhalt_notify.templates.handlers import Rendered
from tests.notify.servers import (
    Keeper,
    Pipelining,
    accept_password,
    free_port,
    mail_server,
    mute_server,
    talking_server,
)

pytestmark = pytest.mark.enable_socket

WORDS = Rendered("de", "Es liegt etwas vor", "Guten Tag,\n\n.ein Punkt\n", "<p>Guten Tag</p>")


def letter(number: int = 1, to: str = "anna@musterstadt.example") -> Letter:
    return compose(
        WORDS,
        sender="rueckhalt@musterstadt.example",
        to=to,
        message_id=f"<{number:040}@musterstadt.example>",
        at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    )


def relay(port: int, **given) -> Relay:
    values = {"host": "127.0.0.1", "tls": "none", "timeout": 2.0, "sender": "r@musterstadt.example"}
    return Relay(port=port, **values | given)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture(params=["smtp", "console"])
def any_mailer(request, keeper):
    if request.param == "console":
        yield ConsoleMailer(io.StringIO())
        return
    with mail_server(keeper) as port:
        mailer = SmtpMailer(relay(port))
        yield mailer
        mailer.close()


class TestEveryMailer:
    def test_hands_letters_over_and_says_so(self, any_mailer):
        assert any_mailer.open() is None
        answers = [any_mailer.send(letter(number)) for number in range(3)]

        assert [classify(answer) for answer in answers] == [Outcome.SENT] * 3

    def test_can_rest_and_be_closed_and_opened_again(self, any_mailer):
        any_mailer.open()
        any_mailer.rest()
        any_mailer.close()
        any_mailer.close()

        assert any_mailer.open() is None
        assert classify(any_mailer.send(letter())) is Outcome.SENT

    def test_answers_simulated_recipients_itself(self, any_mailer):
        mailer = Simulated(any_mailer)
        names = ("delivered", "bounced", "delayed", "blocked")
        answers = [mailer.send(letter(to=f"simulate-{name}@example.org")) for name in names]

        assert [classify(a).value for a in answers] == ["sent", "contact_dead", "temporary", "ours"]


def test_the_console_never_shows_words_or_addresses():
    stream = io.StringIO()

    ConsoleMailer(stream).send(letter())

    assert "anna" not in stream.getvalue()
    assert "Guten" not in stream.getvalue()


def test_one_connection_carries_many_letters_unchanged(keeper):
    with mail_server(keeper) as port:
        mailer = SmtpMailer(relay(port))
        mailer.open()
        for number in range(20):
            mailer.send(letter(number))
        mailer.close()

    assert len(keeper.peers) == 1
    assert keeper.mails[7][1] == letter(7).content


@pytest.mark.parametrize("kind", [Keeper, Pipelining])
@pytest.mark.parametrize(
    ("script", "outcome", "stage"),
    [
        ({"mail": ["421 4.3.2 busy"]}, "temporary", Stage.MAIL),
        ({"rcpt": ["451 4.7.1 greylisted"]}, "temporary", Stage.RCPT),
        ({"rcpt": ["550 5.1.1 unknown"]}, "contact_dead", Stage.RCPT),
        ({"rcpt": ["550 5.7.1 policy"]}, "ours", Stage.RCPT),
        ({"rcpt": ["452 4.2.2 full"]}, "soft", Stage.RCPT),
        ({"data": ["554 5.6.0 content"]}, "content", Stage.END),
        ({"data": ["drop"]}, "temporary", Stage.END),
    ],
)
def test_a_fault_is_classified_and_the_next_letter_goes_through(script, outcome, stage, kind):
    keeper = kind(**{name: list(answers) for name, answers in script.items()})
    with mail_server(keeper) as port:
        mailer = SmtpMailer(relay(port))
        mailer.open()
        answer = mailer.send(letter(1))
        mailer.open()
        after = mailer.send(letter(2))
        mailer.close()

    assert (classify(answer).value, answer.stage) == (outcome, stage)
    assert classify(after) is Outcome.SENT


def test_three_commands_are_one_message_where_the_server_says_so():
    keeper = Pipelining()
    with mail_server(keeper) as port:
        mailer = SmtpMailer(relay(port))
        mailer.open()
        sent: list[bytes] = []
        hand = mailer._smtp.send
        mailer._smtp.send = lambda words: sent.append(words) or hand(words)
        answers = [mailer.send(letter(number)) for number in range(3)]
        mailer.close()

    assert [classify(answer) for answer in answers] == [Outcome.SENT] * 3
    assert [words.count(b"\r\nDATA\r\n") for words in sent[:2]] == [1, 0]
    assert [content for _, content in keeper.mails] == [letter(n).content for n in range(3)]


def test_a_group_with_a_line_break_in_an_address_never_leaves():
    keeper = Pipelining()
    with mail_server(keeper) as port:
        mailer = SmtpMailer(relay(port))
        mailer.open()
        answer = mailer.send(letter(1, to="a@b.example>\r\nRCPT TO:<c@b.example"))
        mailer.open()
        after = mailer.send(letter(2))
        mailer.close()

    assert answer == Answer(Stage.RCPT, Kind.UNSENDABLE)
    assert classify(after) is Outcome.SENT
    assert [to for to, _ in keeper.mails] == [["anna@musterstadt.example"]]


def test_a_server_that_wants_the_mail_of_a_refused_recipient_gets_an_empty_one():
    heard: list[bytes] = []

    def talk(connection):
        connection.sendall(b"220 hello\r\n")
        lines = connection.makefile("rb")
        for line in lines:
            heard.append(line.strip())
            verb = line[:4].upper()
            answers = {b"EHLO": b"250-x\r\n250 PIPELINING", b"RCPT": b"550 5.1.1 nobody"}
            answers |= {b"DATA": b"354 go on", b".\r\n": b"554 no recipients"}
            connection.sendall(answers.get(verb, b"250 ok") + b"\r\n")

    with talking_server(talk) as port:
        mailer = SmtpMailer(relay(port))
        mailer.open()
        answer = mailer.send(letter(1))
        mailer.close()

    assert (classify(answer), answer.stage) == (Outcome.CONTACT_DEAD, Stage.RCPT)
    assert heard[1:6] == [
        b"MAIL FROM:<r@musterstadt.example>",
        b"RCPT TO:<anna@musterstadt.example>",
        b"DATA",
        b".",
        b"rset",
    ]


def test_a_server_that_goes_away_between_letters_is_found_again(keeper):
    with mail_server(keeper) as port:
        mailer = SmtpMailer(relay(port))
        mailer.open()
        mailer.send(letter(1))
        mailer._smtp.sock.shutdown(2)  # as a server does that has waited long enough
        answer = mailer.send(letter(2))
        mailer.close()

    assert classify(answer) is Outcome.SENT
    assert len(keeper.mails) == 2


def test_a_kept_connection_told_421_is_opened_again_without_counting():
    keeper = Keeper(mail=["250 OK", "421 4.4.2 timeout"])
    with mail_server(keeper) as port:
        mailer = SmtpMailer(relay(port))
        mailer.open()
        answers = [mailer.send(letter(number)) for number in range(2)]
        mailer.close()

    assert [classify(answer) for answer in answers] == [Outcome.SENT] * 2


def test_nobody_listens_is_a_matter_of_the_provider():
    mailer = SmtpMailer(relay(free_port()))

    answer = mailer.open()

    assert answer == Answer(Stage.OPEN, Kind.REFUSED, text="ConnectionRefusedError")
    assert classify(answer) is Outcome.PROVIDER


def test_a_server_that_hangs_is_given_up_in_time():
    with mute_server() as port:
        answer = SmtpMailer(relay(port, timeout=0.2)).open()

    assert classify(answer) is Outcome.PROVIDER


def test_a_server_that_hangs_after_its_greeting_is_given_up_too():
    with mute_server(b"220 hello\r\n") as port:
        answer = SmtpMailer(relay(port, timeout=0.2)).open()

    assert classify(answer) is Outcome.PROVIDER


def test_a_server_that_turns_us_away_is_a_matter_of_the_provider():
    with mute_server(b"554 no\r\n") as port:
        answer = SmtpMailer(relay(port)).open()

    assert (classify(answer), answer.code) == (Outcome.PROVIDER, 554)


# ------------------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, name: str, *, expired: bool = False) -> ssl.SSLContext:
    then = datetime.now(UTC) - timedelta(days=2)
    certificate = authority.issue_cert(name, **({"not_after": then} if expired else {}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="module")
def pem(authority) -> str:
    return authority.cert_pem.bytes().decode()


def test_starttls_with_a_good_certificate_and_a_password(keeper, authority, pem):
    context = server_context(authority, "127.0.0.1")
    options = {"authenticator": accept_password, "auth_required": True, "require_starttls": True}
    with mail_server(keeper, tls_context=context, **options) as port:
        mailer = SmtpMailer(
            relay(port, tls="starttls", authorities=pem, user="notify", password="geheim")
        )
        opened = mailer.open()
        answer = mailer.send(letter())
        mailer.close()

    assert (opened, classify(answer)) == (None, Outcome.SENT)


def test_a_wrong_password_is_a_matter_of_the_provider(keeper, authority, pem):
    context = server_context(authority, "127.0.0.1")
    options = {"authenticator": accept_password, "auth_required": True}
    with mail_server(keeper, tls_context=context, **options) as port:
        mailer = SmtpMailer(
            relay(port, tls="starttls", authorities=pem, user="notify", password="falsch")
        )
        answer = mailer.open()

    assert classify(answer) is Outcome.PROVIDER
    assert keeper.mails == []


@pytest.mark.parametrize("fault", ["another host", "expired", "unknown authority", "not offered"])
def test_starttls_that_cannot_be_verified_sends_nothing(fault, keeper, authority, pem):
    if fault == "not offered":
        options = {}
    else:
        name = "other.example" if fault == "another host" else "127.0.0.1"
        options = {"tls_context": server_context(authority, name, expired=fault == "expired")}
    trusted = "" if fault == "unknown authority" else pem
    with mail_server(keeper, **options) as port:
        answer = SmtpMailer(relay(port, tls="starttls", authorities=trusted)).open()

    assert (classify(answer), answer.kind) == (Outcome.PROVIDER, Kind.TLS)
    assert keeper.mails == []


def test_tls_from_the_first_byte_is_verified_too(keeper, authority, pem):
    good = server_context(authority, "127.0.0.1")
    with mail_server(keeper, ssl_context=good) as port:
        mailer = SmtpMailer(relay(port, tls="tls", authorities=pem))
        opened = mailer.open()
        answer = mailer.send(letter())
        mailer.close()
        refused = SmtpMailer(relay(port, tls="tls")).open()

    assert (opened, classify(answer)) == (None, Outcome.SENT)
    assert (classify(refused), refused.kind) == (Outcome.PROVIDER, Kind.TLS)


# --------------------------------------------------------------------- `rueckhalt check`


def checked(settings: Settings, port: int, **given) -> dict[str, dict[str, str]]:
    return check_mail_server(replace(settings, smtp_port=port, smtp_timeout=2.0, **given))


def test_a_mail_server_that_can_be_verified_is_fine(settings, keeper, authority, pem):
    context = server_context(authority, "127.0.0.1")
    options = {"authenticator": accept_password, "auth_required": True, "require_starttls": True}
    with mail_server(keeper, tls_context=context, **options) as port:
        found = checked(
            settings,
            port,
            smtp_security="starttls",
            smtp_authorities=pem,
            smtp_user="notify",
            smtp_password="geheim",
        )

    assert found == {"smtp": {"status": "ok"}}
    assert keeper.mails == []


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("unknown authority", "certificate"),
        ("not offered", "STARTTLS"),
        ("wrong password", "account or password"),
        ("nobody", "nobody listens"),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_a_finding(
    fault, told, settings, keeper, authority, pem
):
    options = {"tls_context": server_context(authority, "127.0.0.1")}
    given = {"smtp_security": "starttls", "smtp_authorities": pem}
    if fault == "unknown authority":
        given |= {"smtp_authorities": ""}
    elif fault == "not offered":
        options = {}
    elif fault == "wrong password":
        options |= {"authenticator": accept_password, "auth_required": True}
        given |= {"smtp_user": "notify", "smtp_password": "falsch"}
    with mail_server(keeper, **options) as port:
        row = checked(settings, free_port() if fault == "nobody" else port, **given)["smtp"]

    assert row["status"] == "failed"
    assert told in row["reason"]
    assert "falsch" not in row["reason"]


@pytest.mark.parametrize("given", [{"mode": "demo"}, {"mail_via": "console"}], ids=str)
def test_where_no_mail_leaves_by_smtp_no_server_is_asked(given, settings):
    assert checked(settings, free_port(), **given) == {}
