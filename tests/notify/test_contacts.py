# SPDX-License-Identifier: EUPL-1.2
"""Contacts: lists as offices save them, and what routing hears of them."""

import pytest

from rueckhalt_notify.contacts import handlers
from rueckhalt_notify.contacts.domain import Contact, answered, in_order
from rueckhalt_notify.contacts.handlers import BadAddress, mail_address
from rueckhalt_notify.contacts.sheet import UnreadableSheet, read_lines
from rueckhalt_shared.contracts.ids import partner_id, person_id
from tests.notify.town import ANNA, CONTACTS, TOWN
from tests.support import NOON, outbox

HEAD = "person;partner;adresse;sprache\n"


def contact(**given) -> Contact:
    values = {
        "id": "c1",
        "municipality": TOWN,
        "owner_kind": "person",
        "owner_id": ANNA,
        "channel": "mail",
        "address": "a@b.de",
    }
    return Contact(**values | given)


@pytest.fixture
def load(empty_database):
    """Import a text; one `result problem` a line."""

    def run(text: str, **given) -> list[str]:
        results = empty_database.run(
            handlers.import_lines,
            read_lines(text.encode()),
            **{"municipality": TOWN, "reaches": lambda _: True} | given,
        )
        return [f"{each.result} {each.problem}".strip() for each in results]

    return run


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_separator_and_encoding_is_read(separator, encoding):
    text = (
        HEAD.replace(";", separator)
        + f"anna.aydin{separator}{separator}ä@müller.de{separator}de\r\n"
    )

    (line,) = read_lines(text.encode(encoding))

    assert (line.owner_kind, line.owner_key, line.address) == (
        "person",
        "anna.aydin",
        "ä@müller.de",
    )


def test_empty_lines_and_cells_and_known_extra_columns_do_not_matter():
    (line,) = read_lines(b"Name;Person;E-Mail\n\n;;\nAydin;anna.aydin;a@b.de\n")

    assert (line.number, line.problem) == (4, "")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "needs a column"),
        (b"person;adresse;gehalt\n", "gehalt"),
        (b"person;sprache\n", "needs a column address"),
        (b"PK\x03\x04\x00\x00", "not a text file"),
        (b"person;adresse\n" + b"a;a@b.de\n" * 10_001, "10000"),
        (b"person;adresse\n" + b"a" * 200_000 + b";x\n", "field larger"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(raw, reason):
    with pytest.raises(UnreadableSheet, match=reason):
        read_lines(raw)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (";;a@b.de;de", "either a person or a partner"),
        ("anna;police;a@b.de;de", "either a person or a partner"),
        ("Anna Aydin;;a@b.de;de", "a key like"),
        ("anna.aydin;;;de", "address: is missing"),
        ("anna.aydin;;a@b.de;tlh", "language"),
        ("anna.aydin;;keine-adresse;de", "@-sign"),
        ("anna.aydin;;a@b.de\x0bBcc:x;de", ""),
    ],
)
def test_a_bad_line_is_told_and_spoils_no_other(row, problem, load):
    bad, good = load(f"{HEAD}{row}\nlars.lind;;lars@musterstadt.example;de\n")

    assert bad.startswith("rejected")
    assert problem in bad
    assert good == "created"


def test_an_import_says_the_reachability_without_the_address(load, empty_database):
    load(CONTACTS)

    events = outbox(empty_database)
    assert {event["type"] for event in events} == {"de.rueckhalt.contact.reachability_changed.v1"}
    assert events[0]["data"]["person"] == person_id(TOWN, "anna.aydin")
    assert events[-1]["data"]["partner"] == partner_id(TOWN, "polizei.musterstadt")
    assert events[0]["data"]["state"] == "usable"
    assert "@" not in str(events)


def test_importing_again_changes_nothing_and_says_nothing(load, empty_database):
    load(CONTACTS)
    before = len(outbox(empty_database))

    assert set(load(CONTACTS)) == {"unchanged"}
    assert len(outbox(empty_database)) == before


def test_a_changed_line_is_one_more_version(load, empty_database):
    load(HEAD + "anna.aydin;;a@b.de;de\n")

    assert load(HEAD + "anna.aydin;;a@b.de;en\n") == ["changed"]
    assert [event["version"] for event in outbox(empty_database)] == [1, 2]


def test_a_dry_run_changes_nothing(load, empty_database):
    assert load(HEAD + "anna.aydin;;a@b.de;de\n", dry_run=True) == ["created"]
    assert outbox(empty_database) == []
    assert load(HEAD + "anna.aydin;;a@b.de;de\n") == ["created"]


def test_a_dead_contact_does_not_rise_by_an_import(load, empty_database):
    load(HEAD + "anna.aydin;;a@b.de;de\n")
    (found,) = empty_database.read(
        handlers.list_contacts, within=["*"], state=None, after="", limit=9
    )
    empty_database.run(handlers.note_state, found.id, "dead")

    assert load(HEAD + "anna.aydin;;a@b.de;de\n") == ["unchanged is dead and stays so"]


def test_a_line_for_another_municipality_needs_reach(load):
    text = "person;adresse;kommune\nanna;a@b.de;010010000000\nlars;b@b.de;99\nina;c@b.de;16\n"

    results = load(text, reaches=lambda ars: ars == TOWN)

    assert [each.split(":")[0] for each in results] == [
        "rejected municipality",
        "rejected a regional key begins with a Land from 01 to 16",
        "rejected municipality",
    ]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("amt@Müller.DE", "amt@xn--mller-kva.de"),
        ("Anna.Aydin@Musterstadt.example", "Anna.Aydin@musterstadt.example"),
        ("wache@rathaus.local", "wache@rathaus.local"),
    ],
)
def test_addresses_are_stored_in_one_form(text, stored):
    assert mail_address(text) == stored


@pytest.mark.parametrize("text", ["", "a", "a@", "@b", "a b@c.de", "a@b.de\r\nBcc: x", "ä@b.de"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadAddress):
        mail_address(text)


def test_the_owner_s_order_comes_first_and_unusable_ones_never():
    listed = [
        contact(id="late", rank=2),
        contact(id="dead", rank=0, state="dead"),
        contact(id="sms", rank=1, channel="sms"),
        contact(id="mail", rank=1),
    ]

    assert [each.id for each in in_order(listed)] == ["mail", "sms", "late"]


def test_an_answer_soon_after_another_says_nothing_new():
    proved = answered(contact(), NOON)

    assert proved.version == 2
    assert answered(proved, NOON) is proved
