# SPDX-License-Identifier: EUPL-1.2
"""The service as a whole: settings that must not start, migration, demo, commands."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner

from rueckhalt_notify import commands, demo
from rueckhalt_notify.app import create_mailer, create_sender, service
from rueckhalt_notify.contacts import handlers as contacts
from rueckhalt_notify.delivery.mailers import ConsoleMailer, SmtpMailer, is_loopback
from rueckhalt_notify.settings import Settings
from rueckhalt_notify.tables import metadata
from rueckhalt_shared.contracts import topology
from rueckhalt_shared.plumbing import plumbing
from rueckhalt_shared.settings import BadSettings, variables
from tests.notify.town import TOWN, assigned, lead
from tests.support import outbox

README = Path(__file__).parents[2] / "services" / "notify" / "README.md"


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"smtp_host": "mail.musterstadt.example"}, "SMTP_SECURITY"),
        ({"smtp_host": "mail.example", "smtp_security": "tls", "mode": "demo"}, "SMTP_HOST"),
        ({"max_level": 2}, "MAX_LEVEL"),
        ({"smtp_timeout": 60.0}, "SMTP_TIMEOUT"),
        ({"sender": "kein Absender"}, "SENDER"),
        ({"sender": "a@b.de\nBcc: x"}, "SENDER"),
    ],
)
def test_a_dangerous_set_up_does_not_start(given, variable):
    with pytest.raises(BadSettings, match=variable):
        Settings(service="notify", **given)


def test_all_faults_are_told_at_once():
    with pytest.raises(BadSettings) as caught:
        Settings(service="notify", smtp_host="x.example", max_level=9, mode="demo")

    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_machine_is_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "mail.example", "", "127.0.0.1.example.org"])
def test_other_machines_are_not(host):
    assert not is_loopback(host)


def test_a_password_never_shows(settings):
    secretive = replace(settings, smtp_password="geheim")

    assert "geheim" not in repr(secretive)
    assert "geheim" not in repr(create_mailer(secretive)._relay)


def test_the_way_out_is_chosen_by_a_setting(settings):
    assert isinstance(create_mailer(settings), SmtpMailer)
    assert isinstance(create_mailer(replace(settings, mail_via="console")), ConsoleMailer)


def test_every_queue_of_notify_has_a_consumer():
    bound = {
        (queue, f"de.rueckhalt.{key}")
        for queue, keys in topology.QUEUES.items()
        for key in keys
        if queue.startswith("notify.") and queue != "notify.keep-ledger"
    }

    assert {pair for pair in service.subscriptions.pairs() if "ledger" not in pair[0]} == bound


def test_the_migration_makes_exactly_the_tables_of_the_code(empty_database):
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        both = [metadata, plumbing]
        differences = compare_metadata(context, both)

    assert [each for each in differences if "alembic_version" not in str(each)] == []


def test_the_readme_lists_every_setting():
    text = README.read_text("utf-8")
    own = [name for name in variables(Settings, "notify") if "_NOTIFY_" in name]

    assert [name for name in own if f"`{name}`" not in text] == []
    assert len(fields(Settings)) > len(own) > 10


def test_the_demo_has_twelve_persons_and_three_partners_however_often(settings, empty_database):
    given = replace(settings, mode="demo")
    demo.prepare_demo(given)
    demo.prepare_demo(given)

    found = empty_database.read(
        contacts.list_contacts, within=[TOWN], state="usable", after="", limit=100
    )

    assert sorted(each.owner_kind for each in found) == ["partner"] * 3 + ["person"] * 12
    assert all(each.address.endswith("@musterstadt.example") for each in found)


@pytest.fixture
def command(settings, monkeypatch):
    """Run a command of this service as an operator would."""
    monkeypatch.setenv("RUECKHALT_DATA", str(settings.data))
    monkeypatch.setenv("RUECKHALT_MUNICIPALITY", TOWN)
    return lambda *words: CliRunner().invoke(commands.notify, list(words), obj=service)


def test_contacts_are_imported_on_the_command_line(command, empty_database, tmp_path):
    file = tmp_path / "kontakte.csv"
    file.write_bytes("person;adresse\nanna.aydin;a@müller.de\nx y;b\n".encode("cp1252"))

    dry = command("import", "contacts", str(file), "--dry-run")
    done = command("import", "contacts", str(file), "--json")

    assert dry.exit_code == done.exit_code == 1
    assert "line 2: created" in dry.output
    assert json.loads(done.output)["created"] == 1
    assert len(outbox(empty_database)) == 1


def test_an_unreadable_file_ends_with_2(command, empty_database, tmp_path):
    file = tmp_path / "leer.csv"
    file.write_text("")

    assert command("import", "contacts", str(file)).exit_code == 2


def test_notices_are_listed_on_the_command_line(command, tell, send):
    tell(assigned(lead()))
    send()

    (listed,) = json.loads(command("notices", "list", "--state", "sent", "--json").output)

    assert (listed["state"], listed["purpose"], listed["attempts"]) == ("sent", "ask", 1)


def test_links_point_to_the_public_address(settings):
    sender = create_sender(replace(settings, base_url="https://x.example/notify/"))

    assert sender._letterhead.base_url == "https://x.example/notify"
