# SPDX-License-Identifier: EUPL-1.2
"""Settings: embedded defaults, all faults at once, loud typing errors, secrets from files."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from rueckhalt_shared.settings import BadSettings, ServiceSettings, from_env, secret, variables


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    """A service's own fields of every kind."""

    kek: str = secret("")
    level: int = 0
    share: float = 0.5
    strict: bool = True
    units: Path | None = None
    incidents_to: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Needy(ServiceSettings):
    """A service that cannot start without its secret."""

    kek: str = secret()


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    for name in [name for name in os.environ if name.startswith("RUECKHALT_")]:
        monkeypatch.delenv(name)


def put(monkeypatch, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(f"RUECKHALT_{name}", value)


def faults(settings=Settings, service="intake"):
    with pytest.raises(BadSettings) as raised:
        from_env(settings, service)
    return raised.value.faults


def test_without_any_variable_everything_lies_below_the_data_folder(monkeypatch, tmp_path):
    put(monkeypatch, DATA=str(tmp_path))

    settings = from_env(Settings, "intake")

    assert settings.database_url == f"sqlite:///{tmp_path}/intake.db"
    assert settings.identity_url == f"sqlite:///{tmp_path}/identity.db"
    assert settings.bus_url == f"rkbus:///{tmp_path}/bus.db"
    assert settings.mode == "real"
    assert "intake" in settings.services


def test_a_relative_data_folder_becomes_absolute(monkeypatch):
    put(monkeypatch, DATA="somewhere")

    assert from_env(Settings, "intake").data == Path("somewhere").resolve()


def test_common_variables_have_no_service_name_and_own_ones_do(monkeypatch):
    put(
        monkeypatch,
        BUS_URL="amqp://broker",
        SERVICES="intake, routing",
        INTAKE_LEVEL="1",
        INTAKE_SHARE="0.25",
        INTAKE_STRICT="false",
        INTAKE_UNITS="/etc/units.csv",
        INTAKE_INCIDENTS_TO="a@b.example, c@d.example",
        INTAKE_BASE_URL="https://melden.example",
    )

    settings = from_env(Settings, "intake")

    assert settings.bus_url == "amqp://broker"
    assert settings.services == {"intake", "routing"}
    assert (settings.level, settings.share, settings.strict) == (1, 0.25, False)
    assert settings.units == Path("/etc/units.csv")
    assert settings.incidents_to == ("a@b.example", "c@d.example")
    assert settings.url_of("intake") == "https://melden.example"


def test_neighbours_are_known_by_their_addresses(monkeypatch):
    put(monkeypatch, ROUTING_BASE_URL="https://routing.example")

    settings = from_env(Settings, "intake")

    assert settings.url_of("routing") == "https://routing.example"
    assert settings.url_of("notify") is None


def test_all_wrong_variables_are_told_at_once(monkeypatch):
    put(monkeypatch, INTAKE_LEVEL="many", THREADS="x", MODE="play", INTAKE_STRICT="perhaps")

    told = " ".join(faults())

    for name in ("INTAKE_LEVEL", "THREADS", "MODE", "INTAKE_STRICT"):
        assert f"RUECKHALT_{name}" in told
    assert "real, demo" in told


@pytest.mark.parametrize("name", ["INTAKE_LEVLE", "BUSURL", "DATA_BASE"])
def test_an_unknown_variable_stops_the_start(monkeypatch, name):
    put(monkeypatch, **{name: "1"})

    assert any(fault.startswith(f"RUECKHALT_{name}: unknown") for fault in faults())


def test_a_typing_error_is_told_with_what_was_meant(monkeypatch):
    put(monkeypatch, INTAKE_LEVLE="1")

    assert "did you mean RUECKHALT_INTAKE_LEVEL?" in faults()[0]


def test_another_services_variables_are_not_ours_to_judge(monkeypatch):
    put(monkeypatch, NOTIFY_WHATEVER="1")

    assert from_env(Settings, "intake").level == 0


def test_a_secret_comes_from_a_file_and_never_shows(monkeypatch, tmp_path):
    (tmp_path / "kek").write_text("CANARY-SECRET\n")
    put(monkeypatch, INTAKE_KEK_FILE=str(tmp_path / "kek"))

    settings = from_env(Settings, "intake")

    assert settings.kek == "CANARY-SECRET"
    assert "CANARY" not in repr(settings)


def test_addresses_with_passwords_do_not_show_either(monkeypatch):
    put(
        monkeypatch, BUS_URL="amqp://u:CANARY@broker", INTAKE_DATABASE_URL="postgresql://u:CANARY@d"
    )

    assert "CANARY" not in repr(from_env(Settings, "intake"))


@pytest.mark.parametrize(
    "secret",
    [
        *("changeme", "CHANGE-ME-please", "geheim", "Passwort", "<your key here>", "xxxxxxxx"),
        *("A" * 43 + "=", "0" * 64, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "kek.example"),
    ],
)
def test_an_example_in_the_place_of_a_secret_stops_the_start(monkeypatch, secret):
    put(monkeypatch, INTAKE_KEK=secret)

    assert faults() == ["RUECKHALT_INTAKE_KEK: this is an example, no secret"]


def test_an_example_in_a_secret_file_stops_the_start_and_is_not_repeated(monkeypatch, tmp_path):
    (tmp_path / "kek").write_text("changeme-4711\n")
    put(monkeypatch, INTAKE_KEK_FILE=str(tmp_path / "kek"))

    (fault,) = faults()
    assert "example" in fault
    assert "4711" not in fault


@pytest.mark.parametrize(
    "address",
    [
        *(
            "amqp://intake:changeme@broker",
            "amqp://guest:guest@broker",
            "amqp://u:%3Cpass%3E@b.example",
        ),
        *("postgresql://intake:intake@db/x", "postgresql://intake:password@127.0.0.1/x"),
    ],
)
def test_a_default_password_in_an_address_stops_the_start(monkeypatch, address):
    put(monkeypatch, INTAKE_DATABASE_URL=address)

    assert [fault.partition(":")[0] for fault in faults()] == ["RUECKHALT_INTAKE_DATABASE_URL"]


@pytest.mark.parametrize(
    "address",
    [
        *("amqp://guest:guest@127.0.0.1:5672//", "postgresql:///x?host=/run/postgresql"),
        *(
            "postgresql://intake@db.example/x",
            "amqp://u:dG9sbGVzIFBhc3N3b3J0@b.example",
            "sqlite:///x",
        ),
    ],
)
def test_an_address_with_a_real_password_or_none_is_taken(monkeypatch, address):
    put(monkeypatch, INTAKE_DATABASE_URL=address)

    assert from_env(Settings, "intake").database_url == address


def test_a_secret_file_that_cannot_be_read_is_a_fault_among_the_others(monkeypatch, tmp_path):
    put(monkeypatch, INTAKE_KEK_FILE=str(tmp_path / "none"), INTAKE_LEVEL="x")

    assert len(faults()) == 2


def test_a_value_and_a_file_together_are_a_fault(monkeypatch, tmp_path):
    (tmp_path / "kek").write_text("b")
    put(monkeypatch, INTAKE_KEK="a", INTAKE_KEK_FILE=str(tmp_path / "kek"))

    assert "given twice" in faults()[0]


def test_a_secret_without_default_must_be_given():
    assert faults(Needy) == ["RUECKHALT_INTAKE_KEK: must be set, or RUECKHALT_INTAKE_KEK_FILE"]


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    put(monkeypatch, INTAKE_LEVEL="", BUS_URL="")

    assert from_env(Settings, "intake").level == 0


def test_what_is_given_wins_over_the_environment(monkeypatch, tmp_path):
    put(monkeypatch, DATA="elsewhere", MODE="real")

    settings = from_env(Settings, "intake", given={"data": tmp_path, "mode": "demo"})

    assert settings.data == tmp_path
    assert settings.is_demo


def test_every_variable_can_be_listed_for_the_readme():
    listed = variables(Settings, "intake")

    assert {"RUECKHALT_DATA", "RUECKHALT_INTAKE_KEK", "RUECKHALT_INTAKE_PORT"} <= set(listed)
    assert not any("EMBEDDED" in name or "NEIGHBOURS" in name for name in listed)
