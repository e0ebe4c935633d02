# SPDX-License-Identifier: EUPL-1.2
"""The two-minute report: one question at a time, nothing lost, sent once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from markupsafe import escape
from sqlalchemy import select

from rueckhalt_intake.app import Settings, drafts_of
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.report import domain
from rueckhalt_intake.report.store import drafts
from rueckhalt_intake.vault import handlers as vault
from rueckhalt_shared.database import Database, Transaction
from tests.html_check import Page
from tests.intake.town import ARS, Sender
from tests.intake.visitor import Visitor
from tests.support import FakeClock

Events = Callable[[], list[dict[str, Any]]]


def sweep(settings: Settings, database: Database) -> None:
    """The worker's round."""
    drafts_of(settings, database).sweep(database)


def kept(database: Database) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(drafts)).mappings()))


def reported(database: Database) -> list[Any]:
    def every(tx: Transaction) -> list[Any]:
        return [
            incidents.from_row(row) for row in tx.execute(select(incidents.incidents)).mappings()
        ]

    return database.read(every)


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_every_question_is_sound_in_every_language(visitor: Visitor, lang: str) -> None:
    visitor.answer("danger", danger="nothing")

    for path in (
        "/report",
        *(f"/report/{step}" for step in domain.STEPS),
        "/report/review",
        "/log",
    ):
        answer = visitor.get(f"{path}?lang={lang}" if "review" not in path else path)
        answer = visitor.get(path) if answer.status_code == 303 else answer
        if answer.status_code == 200:
            assert Page(answer.text).faults() == [], path
            assert 'href="tel:110"' in answer.text


def test_a_whole_anonymous_report_arrives_sealed_and_announced(
    visitor: Visitor, database: Database, events: Events
) -> None:
    code = visitor.report()

    (incident,) = reported(database)
    assert len(code.split()) == 7
    assert incident.municipality == ARS
    assert incident.coded.forms == ("threat", "insult")
    assert incident.coded.danger == ("escalating",)
    assert incident.coded.reporter_kind == "anonymous"
    assert incident.sender.startswith("page:")
    assert incident.narrative is not None
    assert b"wohnst" not in incident.narrative
    said = [event for event in events() if event["type"].endswith("incident.registered.v1")]
    assert [event["subject"] for event in said] == [incident.id]
    assert said[0]["data"]["sender"] == "page"


def test_it_reaches_staff_with_the_accused_in_the_text_only(
    visitor: Visitor, town: Sender, database: Database
) -> None:
    visitor.report()

    shown = town.show({"id": reported(database)[0].id})

    assert shown["narrative"].endswith("Herr X")
    assert shown["accused"] == {"persons": [], "unit": None}


def test_only_what_happened_is_needed(visitor: Visitor, database: Database) -> None:
    visitor.answer("danger")
    visitor.answer("what", forms="unknown")
    sent = visitor.send("/report/review", "/report/send")

    assert sent.headers["Location"].endswith("/report/receipt")
    (incident,) = reported(database)
    assert incident.coded.danger is None
    assert incident.coded.danger_level == "unknown"


@pytest.mark.parametrize(("ticked", "danger"), [([], None), (["nothing"], ())])
def test_open_danger_is_not_the_same_as_none(
    visitor: Visitor, database: Database, ticked: list[str], danger: Any
) -> None:
    visitor.report(danger={"danger": ticked})

    assert reported(database)[0].coded.danger == danger


def test_acute_danger_shows_110_first_with_the_reason_and_the_report_stays_in_reach(
    visitor: Visitor,
) -> None:
    where = visitor.answer("danger", danger="weapon_shown")

    page = visitor.get(where).text
    assert where.endswith("/report/alarm")
    assert 'class="rk-acute-number" href="tel:110"' in page
    assert "Waffe genannt oder gezeigt" in page
    assert 'href="/report/what"' in page


def test_anonymity_never_lowers_the_urgency(
    visitor: Visitor, visitors: Any, database: Database
) -> None:
    visitor.report(danger={"danger": "concrete_threat"})
    visitors().report(
        danger={"danger": "concrete_threat"},
        contact={"named": "yes", "name": "Zora", "email": "zora@beispiel.example"},
    )

    levels = {(each.coded.danger_level, each.coded.severity) for each in reported(database)}
    assert levels == {("high", 2)}


def test_a_name_is_kept_only_when_it_was_chosen(
    visitor: Visitor, visitors: Any, database: Database, town: Sender
) -> None:
    visitor.report(contact={"named": "no", "name": "Zora"})
    visitors().report(contact={"named": "yes", "name": "Yara"})

    names = [town.show({"id": each.id})["reporter"].get("name") for each in reported(database)]
    assert sorted(names, key=str) == [None, "Yara"]


@pytest.mark.parametrize(
    "address",
    [
        *("zora@stadt.example", "z.zeugin+amt@post.bürgeramt-süd.example", "jürgen@müller.example"),
        *("zora@rathaus.intern", "x..y@sub.sub.beispiel.example", "o'neil@xn--mller-kva.example"),
    ],
)
def test_an_address_that_somebody_may_have_is_taken(visitor: Visitor, address: str) -> None:
    visitor.answer("danger")

    assert visitor.answer("contact", named="yes", email=address) == "/report/sharing"


@pytest.mark.parametrize(
    "address", ["x@y", "zora", "zora@", "@stadt.example", "a@b@c.example", "Zora <z@stadt.example>"]
)
def test_an_address_where_nothing_can_arrive_is_told_and_stays(
    visitor: Visitor, address: str
) -> None:
    visitor.answer("danger")

    wrong = visitor.send("/report/contact", named="yes", name="Zora", email=address)

    assert wrong.status_code == 422
    assert 'href="#f-email"' in wrong.text
    assert "Das ist keine vollständige E-Mail-Adresse." in wrong.text
    assert f'value="{escape(address)}"' in wrong.text
    assert visitor.answer("contact", named="no", email=address) == "/report/sharing"


@pytest.mark.parametrize(
    ("answers", "asked", "spared"),
    [
        ({"forms": ["hatepost"]}, {"channel"}, {"where"}),
        ({"forms": ["assault"], "place": "home"}, {"where"}, {"channel"}),
        ({"forms": ["threat"], "relation": "colleague"}, {"conflict"}, {"behalf"}),
        ({"role": "trusted_person"}, {"behalf"}, {"conflict"}),
    ],
)
def test_only_the_questions_that_fit_are_asked(
    answers: dict[str, Any], asked: set[str], spared: set[str]
) -> None:
    way = set(domain.way(answers))

    assert asked <= way
    assert spared.isdisjoint(way)


def test_a_report_from_within_keeps_the_unit_and_the_superior_out(
    visitor: Visitor, database: Database
) -> None:
    visitor.report(
        source={"relation": "supervisor"},
        conflict={"accused_unit": "buergeramt"},
        contact={"wishes": ["exclude_supervisor"]},
    )

    (incident,) = reported(database)
    assert incident.coded.exclude_supervisor
    assert incident.coded.excluded_unit == "buergeramt"


def test_sent_twice_it_is_one_report_with_one_code(
    visitor: Visitor, database: Database, events: Events
) -> None:
    visitor.fill()
    token = visitor.token("/report/review")
    body = {"csrf_token": token}

    first = visitor.client.post("/report/send", data=body)
    again = visitor.client.post("/report/send", data=body)

    assert first.status_code == again.status_code == 303
    assert len(reported(database)) == 1
    assert visitor.words("/report/receipt") == visitor.words("/report/receipt")
    assert len([e for e in events() if "registered" in e["type"]]) == 1


def test_what_was_wrong_is_told_and_what_was_typed_stays(visitor: Visitor) -> None:
    visitor.answer("danger")
    long = "N" * 10_000

    bad = visitor.send("/report/contact", named="yes", name=long, phone="12 34")
    missing = visitor.send("/report/what")
    both = visitor.send("/report/danger", danger=["nothing", "escalating"])

    assert [each.status_code for each in (bad, missing, both)] == [422, 422, 422]
    assert long in bad.text
    assert 'value="12 34"' in bad.text
    assert "rk-summary" in bad.text
    assert "200" in bad.text
    assert "mindestens eine Antwort" in missing.text
    assert Page(bad.text).faults() == []


@pytest.mark.parametrize(
    "text",
    [
        "Du Schlampe, verrecke! \U0001f52a\U0001f480",
        "\u202eمرحبا من اليمين إلى اليسار",
        "mit\0Null",
        "<script>alert(1)</script>",
        "W" * 150_000,
    ],
)
def test_whatever_is_told_is_taken_as_it_is(
    visitor: Visitor, database: Database, town: Sender, text: str
) -> None:
    visitor.report(tell={"narrative": text})

    assert town.show({"id": reported(database)[0].id})["narrative"] == text


def test_a_nul_in_a_name_is_refused_with_a_sentence(visitor: Visitor) -> None:
    visitor.answer("danger")

    bad = visitor.send("/report/contact", named="yes", name="Zo\0ra")

    assert bad.status_code == 422
    assert "rk-summary" in bad.text


def test_a_page_that_was_open_too_long_keeps_what_was_typed(visitor: Visitor) -> None:
    visitor.answer("danger")

    late = visitor.client.post("/report/tell", data={"csrf_token": "old", "narrative": "Mein Text"})

    assert late.status_code == 409
    assert "Mein Text" in late.text
    assert "nichts verloren" in late.text


def test_back_shows_what_was_answered(visitor: Visitor) -> None:
    visitor.fill()

    assert "Ich weiß, wo du wohnst." in visitor.get("/report/tell").text
    assert 'value="threat" checked' in visitor.get("/report/what").text


def test_seven_words_lead_back_from_another_browser_and_become_the_code(
    visitor: Visitor, visitors: Any, database: Database
) -> None:
    visitor.fill()
    visitor.send("/report/review", "/report/save")
    words = visitor.words("/report/words")
    other = visitors()

    back = other.open_case(words.upper().replace(" ", "-"))
    sent = other.send("/report/review", "/report/send")

    assert back.headers["Location"].endswith("/report/review")
    assert sent.status_code == 303
    assert other.words("/report/receipt") == words.upper().replace(" ", "-")
    assert visitor.get("/report/tell").status_code == 303
    assert visitors().open_case(words).headers["Location"].endswith("/case")
    assert len(reported(database)) == 1


def test_a_draft_is_sealed_and_goes_when_its_time_is_over(
    visitor: Visitor, database: Database, settings: Settings, clock: FakeClock
) -> None:
    visitor.fill()
    (draft,) = kept(database)

    clock.pass_(days=29)
    sweep(settings, database)
    stays = len(kept(database))
    clock.pass_(days=2)
    sweep(settings, database)

    assert b"wohnst" not in draft["content"]
    assert stays == 1
    assert kept(database) == []
    assert not database.context["vault"].keys.read(lambda tx: _has_key(tx, draft["key_id"]))


def test_the_receipt_goes_but_the_report_stays_readable(
    visitor: Visitor, database: Database, settings: Settings, clock: FakeClock, town: Sender
) -> None:
    visitor.report()
    clock.pass_(days=2)

    sweep(settings, database)

    assert kept(database) == []
    assert "wohnst" in town.show({"id": reported(database)[0].id})["narrative"]


def test_discarding_leaves_nothing(visitor: Visitor, database: Database) -> None:
    visitor.fill()

    gone = visitor.send("/report/review", "/report/discard")

    assert gone.status_code == 303
    assert kept(database) == []
    assert "rueckhalt_draft=;" in gone.headers.getlist("Set-Cookie")[0]


def test_no_address_no_title_and_no_cookie_tells_anything(visitor: Visitor) -> None:
    code = visitor.report()

    page = visitor.get("/report/receipt")
    cookies = [cookie.value for cookie in visitor.client._cookies.values()]
    title = page.text.partition("<title>")[2].partition("</title>")[0]
    assert title == "Bestätigung – Musterstadt"
    assert not [value for value in cookies if "threat" in value or code.split()[0] in value]
    assert "no-store" in page.headers["Cache-Control"]


def test_a_private_log_tells_nobody_until_its_writer_says_so(
    visitor: Visitor, visitors: Any, database: Database, events: Events, clock: FakeClock
) -> None:
    visitor.send("/log", text="Heute hat er wieder angerufen.")
    clock.pass_(days=2)
    visitor.send("/log", text="Und heute vor der Tür gestanden.")
    words = visitor.send("/log", "/log/words").text
    quiet = len(events())
    page = visitor.get("/log").text

    visitor.send("/log", "/log/report")
    told = visitor.get("/report/tell").text

    assert quiet == 0
    assert page.index("wieder angerufen") < page.index("vor der Tür")
    assert "wieder angerufen" in told
    assert "vor der Tür" in told
    code = words.partition("<code>")[2].partition("</code>")[0]
    other = visitors()
    assert other.open_case(code).headers["Location"].endswith("/log")
    assert "vor der Tür" in other.get("/log").text


def test_what_is_drafted_is_json_only_inside_the_seal(visitor: Visitor, database: Database) -> None:
    visitor.fill()

    for row in kept(database):
        plain = json.dumps({name: str(value) for name, value in row.items() if name != "content"})
        assert "threat" not in plain


def _has_key(tx: Transaction, key_id: str) -> bool:
    return vault.find_key(tx, key_id) is not None
