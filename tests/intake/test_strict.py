# SPDX-License-Identifier: EUPL-1.2
"""Strict reports: sealed to the role key, opened by its holders and nobody else, and never refused.
The same on both databases."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from rueckhalt_intake.app import Settings, checks, create_app, role_keys_of, service, vault_of
from rueckhalt_intake.erasure.shredding import Shredding
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.strict import handlers, holding, rights
from rueckhalt_intake.strict.boxes import Passphrases
from rueckhalt_intake.strict.domain import (
    LastHolder,
    NoPersonalKey,
    NoRoleKey,
    NotAHolder,
    RoleKeyExists,
    WrongPassphrase,
)
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_intake.strict.reading import BadRules, read_rules
from rueckhalt_intake.vault import store as keys_store
from rueckhalt_intake.vault.sealing import SealedStrictly
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender, report
from tests.support import FakeClock

RULES = """
strict:
  - accused: [person]
  - relation: [colleague, supervisor]
    forms: [threat]
"""
ACCUSING = report(accused={"persons": [ANNA]}, reporter={"role": "affected", "name": "Erika"})
ZOE, UTE, OLE = "zoe", "ute", "ole"  # three who are responsible
WORDS = {ZOE: "zehn zahme Ziegen ziehen", UTE: "Uhus rufen unter Ulmen", OLE: "Ostern oft im Ofen"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "strict.yaml").write_text(RULES)
    if request.param == "sqlite":
        return settings
    return replace(settings, database_url=request.getfixturevalue("postgres").create_database())


@pytest.fixture
def database(settings: Settings, clock: FakeClock) -> Iterator[Database]:
    upgrade(settings.database_url, service.migrations)
    database = Database(settings.database_url, "intake", clock=clock)
    vault = vault_of(settings, database)
    database.context[rights.CONTEXT] = RoleKeys(vault, Passphrases(memory_kib=64, passes=1))
    yield database
    vault.keys.dispose()
    database.dispose()


@pytest.fixture
def role_keys(settings: Settings, database: Database) -> RoleKeys:
    return role_keys_of(settings, database)


@pytest.fixture
def town(app: Flask, keys: KeyStore) -> Sender:
    scopes = ("incident:create", "incident:read", "incident:erase")
    key = keys.create(sender="kita", scopes=scopes, municipalities=[ARS])
    return Sender(app.test_client(), key)


Opens = Callable[[str, dict[str, Any]], str]


@pytest.fixture
def opens(app: Flask, database: Database, role_keys: RoleKeys) -> Opens:
    """What somebody reads who types their passphrase."""
    desk = app.extensions["rueckhalt"].extensions["reception"]

    def read(who: str, incident: dict[str, Any]) -> str:
        found = database.read(incidents.find, incident["id"])
        assert found is not None
        key = role_keys.open_key(found.key_id, who, WORDS[who])
        return str(desk.narrative(found, by=key))

    return read


def hangs_on(database: Database, settings: Settings) -> set[str]:
    """What the keys of all incidents hang on: `role`, `master`, or both."""
    ids = database.read(incidents.newest_keys, limit=1000)
    vault = vault_of(settings, database)
    found = (vault.keys.read(keys_store.find, each) for each in ids)
    return {"role" if each and each.master.startswith("r") else "master" for each in found}


# ------------------------------------------------------------------------------ the rules


def test_without_a_file_nothing_is_strict(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "none.yaml", must_exist=False) == ()
    with pytest.raises(BadRules):
        read_rules(tmp_path / "none.yaml", must_exist=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("strict: yes", "one list of rules"),
        ("rules: []", "one list of rules"),
        ("strict: [", "no YAML"),
        ("strict:\n  - {}", "rule 1: must name some of"),
        ("strict:\n  - municipality: ['160770999999']", "rule 1: must name some of"),
        ("strict:\n  - accused: [person]\n  - motive: [x]", "rule 2: must name some of"),
        ("strict:\n  - accused: person", "must be a list"),
        ("strict:\n  - accused: []", "must be a list"),
        ("strict:\n  - accused: [boss]", "unknown boss; known: person, unit"),
        ("strict:\n  - forms: [theft]", "unknown theft; known: insult"),
        ("strict:\n  - accused_unit: ['Amt 1']", "unknown Amt 1"),
    ],
)
def test_a_file_with_a_fault_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "strict.yaml"
    path.write_text(text)

    with pytest.raises(BadRules, match=told):
        read_rules(path, must_exist=True)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({}, "master"),
        ({"accused": {"persons": [ANNA]}}, "role"),
        ({"accused": {"unit": "bauamt"}}, "master"),
        ({"relation": "supervisor"}, "role"),
        ({"relation": "supervisor", "forms": ["insult"]}, "master"),
        ({"relation": "citizen"}, "master"),
    ],
)
def test_the_rules_decide_what_the_key_hangs_on(
    town: Sender, database: Database, settings: Settings, role_keys: RoleKeys, told: Any, kind: str
) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])

    assert town.post(report(**told)).status_code == 201

    assert hangs_on(database, settings) == {kind}


# --------------------------------------------------------------------------- who can read


def test_a_holder_reads_with_their_passphrase_and_with_no_other(
    town: Sender, role_keys: RoleKeys, opens: Opens, database: Database
) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    incident = town.post(ACCUSING).json

    assert opens(ZOE, incident) == THREAT["narrative"]
    found = database.read(incidents.find, incident["id"])
    assert found is not None
    with pytest.raises(WrongPassphrase):
        role_keys.open_key(found.key_id, ZOE, "zehn zahme Ziegen")
    with pytest.raises(NotAHolder):
        role_keys.open_key(found.key_id, UTE, WORDS[UTE])


def test_no_key_of_a_system_reads_it(town: Sender, role_keys: RoleKeys) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    incident = town.post(ACCUSING).json

    shown = town.show(incident)

    assert shown["strict"] is True
    assert {"narrative", "reporter", "accused", "reference"}.isdisjoint(shown)
    assert THREAT["narrative"] not in str(shown)


def test_whoever_has_everything_the_server_keeps_reads_nothing(
    town: Sender, role_keys: RoleKeys, settings: Settings, database: Database, app: Flask
) -> None:
    """Database, key store, every file and the master key: as an administrator copies them."""
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    strict, plain = town.post(ACCUSING).json, town.post(THREAT).json
    thief = Database(settings.database_url, "intake", clock=database.clock)
    stolen = create_app(settings, thief).extensions["rueckhalt"].extensions["reception"]
    vault = vault_of(settings, thief)

    shut = thief.read(incidents.find, strict["id"])
    easy = thief.read(incidents.find, plain["id"])
    assert shut is not None
    assert easy is not None
    kept = vault.keys.read(keys_store.find, shut.key_id)
    assert kept is not None
    secrets = [bytes.fromhex("00" * 32), *_all_bytes(vault.keys)]

    assert stolen.narrative(easy) == THREAT["narrative"]  # the thief has all that opens mode A
    with pytest.raises(SealedStrictly):
        stolen.narrative(shut)
    for master in vault.masters.ids:
        with pytest.raises(Exception, match=r"does not open|was not wrapped|is not active"):
            vault.masters.unwrap(kept.wrapped, shut.key_id, master=master)
    assert not any(_opens_as_key(secret, shut) for secret in secrets)
    vault.keys.dispose()
    thief.dispose()


def _all_bytes(keys: Database) -> Iterator[bytes]:
    """Every 32 bytes in a row that any column of the key store holds, at every place."""
    tables = ("data_keys", "own_secrets", "role_keys", "role_key_copies", "personal_keys")
    prefix = "intake_keys." if keys.dialect == "postgresql" else ""
    for table in tables:
        query = text(f"SELECT * FROM {prefix}{table}")
        for row in keys.read(lambda tx, q=query: tx.execute(q).all()):
            for value in row:
                if isinstance(value, bytes | memoryview):
                    raw = bytes(value)
                    yield from (raw[at : at + 32] for at in range(len(raw) - 31))


def _opens_as_key(secret: bytes, incident: Any) -> bool:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from rueckhalt_intake.vault.domain import Frame, Place

    frame = Frame.from_bytes(incident.narrative)
    place = Place(incident.id, "narrative", incident.narrative_version)
    try:
        AESGCM(secret).decrypt(frame.nonce, frame.sealed, place.bound_to(frame.key_id))
    except InvalidTag:
        return False
    return True


# ------------------------------------------------------------------- coming, going, paper


def test_a_stand_in_reads_at_once_when_a_holder_hands_the_key_on(
    town: Sender, role_keys: RoleKeys, opens: Opens
) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    incident = town.post(ACCUSING).json
    with pytest.raises(NoPersonalKey):
        role_keys.hand_on(ARS, ZOE, WORDS[ZOE], to=UTE)
    role_keys.prepare(UTE, WORDS[UTE])
    with pytest.raises(WrongPassphrase):
        role_keys.hand_on(ARS, ZOE, WORDS[UTE], to=UTE)
    with pytest.raises(NotAHolder):
        role_keys.hand_on(ARS, UTE, WORDS[UTE], to=UTE)

    role_keys.hand_on(ARS, ZOE, WORDS[ZOE], to=UTE)

    assert opens(UTE, incident) == THREAT["narrative"]
    assert opens(ZOE, incident) == THREAT["narrative"]


@pytest.fixture
def two(role_keys: RoleKeys) -> RoleKeys:
    """Zoe and Ute hold the role key."""
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    role_keys.prepare(UTE, WORDS[UTE])
    role_keys.hand_on(ARS, ZOE, WORDS[ZOE], to=UTE)
    return role_keys


def test_a_leaver_reads_nothing_at_once_and_nothing_new_ever(
    town: Sender, two: RoleKeys, opens: Opens, settings: Settings, database: Database
) -> None:
    incident = town.post(ACCUSING).json
    (before,) = {role.id for role in [two.ring(ARS).current] if role}

    two.leave(ARS, UTE)

    with pytest.raises(NotAHolder):
        opens(UTE, incident)
    assert two.ring(ARS).renewal_is_due
    assert checks(settings, database)["strict"]["status"] == "degraded"
    assert sum(two.renew(ARS, ZOE, WORDS[ZOE])) == 1
    ring = two.ring(ARS)
    assert ring.current is not None
    assert (ring.current.id != before, ring.retired, ring.renewal_is_due) == (True, (), False)
    assert opens(ZOE, incident) == THREAT["narrative"]
    assert opens(ZOE, town.post(ACCUSING).json) == THREAT["narrative"]
    assert checks(settings, database)["strict"] == {"status": "ok"}


def test_a_copy_kept_by_a_leaver_opens_nothing_after_the_renewal(
    town: Sender, two: RoleKeys, database: Database
) -> None:
    """They have copied their row of the key store before they left, and know their passphrase."""
    incident = town.post(ACCUSING).json
    kept = two.ring(ARS).copies_of(UTE)

    two.remove(ARS, ZOE, WORDS[ZOE], holder=UTE)

    two._keys.run(handlers.give, list(kept.values()))  # as if they had put it back
    found = database.read(incidents.find, incident["id"])
    assert found is not None
    with pytest.raises(NotAHolder):
        two.open_key(found.key_id, UTE, WORDS[UTE])


def test_the_last_holder_does_not_leave(role_keys: RoleKeys) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])

    with pytest.raises(LastHolder):
        role_keys.leave(ARS, ZOE)

    assert role_keys.ring(ARS).holders == (ZOE,)
    assert role_keys.end(ARS, ZOE)  # an account that was closed goes whatever is left
    assert role_keys.ring(ARS).holders == ()


def test_the_paper_brings_the_key_back_also_after_a_renewal(
    town: Sender, role_keys: RoleKeys, opens: Opens
) -> None:
    paper = role_keys.make(ARS, ZOE, WORDS[ZOE])
    incident = town.post(ACCUSING).json
    assert sum(role_keys.renew(ARS, ZOE, WORDS[ZOE])) == 1
    role_keys.end(ARS, ZOE)
    for wrong in ("", "nonsense", "0000-" * 6 + "00"):
        with pytest.raises(WrongPassphrase):
            role_keys.recover(ARS, wrong, UTE, WORDS[UTE])

    role_keys.recover(ARS, paper.lower().replace("-", " "), UTE, WORDS[UTE])

    assert opens(UTE, incident) == THREAT["narrative"]


def test_a_renewal_that_stopped_half_way_goes_on(
    town: Sender, two: RoleKeys, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "BATCH", 2)
    old = [town.post(ACCUSING).json for _ in range(5)]
    two.end(ARS, UTE)
    assert next(two.renew(ARS, ZOE, WORDS[ZOE])) == 2
    half = two.ring(ARS)
    assert len(half.retired) == 1
    fresh = town.post(ACCUSING).json  # meanwhile nobody is turned away
    assert {opens(ZOE, each) for each in (*old, fresh)} == {THREAT["narrative"]}

    assert sum(two.renew(ARS, ZOE, WORDS[ZOE])) == 3

    ring = two.ring(ARS)
    assert (ring.retired, ring.renewal_is_due) == ((), False)
    assert ring.current == half.current
    assert {opens(ZOE, each) for each in (*old, fresh)} == {THREAT["narrative"]}


def test_a_damaged_key_holds_up_no_renewal_and_loses_no_role_key(
    town: Sender, role_keys: RoleKeys, opens: Opens, settings: Settings, database: Database
) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    good, bad = (town.post(ACCUSING).json for _ in range(2))
    keys = vault_of(settings, database).keys
    incident = database.read(incidents.find, bad["id"])
    assert incident is not None
    found = keys.read(keys_store.find, incident.key_id)
    assert found is not None
    broken = keys_store.Rehung(found, found.master, found.wrapped[:-1] + b"\0")
    keys.run(keys_store.rehang, [broken])

    assert sum(role_keys.renew(ARS, ZOE, WORDS[ZOE])) == 1

    assert [key.id for key in role_keys.ring(ARS).retired] == [found.master]
    assert opens(ZOE, good) == THREAT["narrative"]
    keys.run(keys_store.rehang, [keys_store.Rehung(found, found.master, found.wrapped)])  # restored
    assert opens(ZOE, bad) == THREAT["narrative"]


def test_a_passphrase_can_be_changed(town: Sender, role_keys: RoleKeys, opens: Opens) -> None:
    role_keys.make(ARS, ZOE, "die alte lange Passphrase")
    incident = town.post(ACCUSING).json

    role_keys.change_passphrase(ZOE, "die alte lange Passphrase", WORDS[ZOE])

    assert opens(ZOE, incident) == THREAT["narrative"]
    with pytest.raises(WrongPassphrase):
        role_keys.change_passphrase(ZOE, "die alte lange Passphrase", WORDS[ZOE])


def test_there_is_one_role_key_and_none_without_being_made(role_keys: RoleKeys) -> None:
    with pytest.raises(NoRoleKey):
        role_keys.recover(ARS, "x", UTE, WORDS[UTE])
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    with pytest.raises(RoleKeyExists):
        role_keys.make(ARS, OLE, WORDS[OLE])
    assert not role_keys.is_prepared(OLE)


# --------------------------------------------------------------------- nothing is refused


def test_without_a_role_key_nothing_is_refused_and_it_is_told(
    town: Sender, role_keys: RoleKeys, settings: Settings, database: Database, opens: Opens
) -> None:
    incident = town.post(ACCUSING)

    assert incident.status_code == 201
    assert hangs_on(database, settings) == {"master"}
    told = checks(settings, database)["strict"]
    assert told["status"] == "degraded"
    assert ARS in told["reason"]
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    role_keys.cover()
    assert hangs_on(database, settings) == {"role"}
    assert checks(settings, database)["strict"] == {"status": "ok"}
    assert opens(ZOE, incident.json) == THREAT["narrative"]


def test_a_correction_can_make_a_report_strict(
    town: Sender, role_keys: RoleKeys, settings: Settings, database: Database, opens: Opens
) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    incident = town.post(THREAT).json

    assert town.patch(incident, accused={"persons": [BERND]}).status_code == 200
    role_keys.cover()

    assert hangs_on(database, settings) == {"role"}
    assert opens(ZOE, incident) == THREAT["narrative"]


def test_the_codes_of_a_strict_report_are_corrected_and_its_texts_are_not(
    town: Sender, role_keys: RoleKeys, opens: Opens, events: Callable[[], list[dict[str, Any]]]
) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    incident = town.post(ACCUSING).json

    corrected = town.patch(incident, danger=[], place="home")
    refused = town.patch(incident, narrative="Doch nicht so schlimm")

    assert corrected.status_code == 200
    assert events()[-1]["data"]["place"] == "home"
    assert events()[-1]["data"]["excluded"] == [ANNA]
    assert events()[-1]["data"]["reporter_kind"] == "person"
    assert refused.status_code == 409
    assert "report again" in refused.json["detail"]
    assert opens(ZOE, incident) == THREAT["narrative"]


def test_an_erasure_drops_what_the_role_key_opened(
    town: Sender, role_keys: RoleKeys, settings: Settings, database: Database
) -> None:
    role_keys.make(ARS, ZOE, WORDS[ZOE])
    incident = town.post(ACCUSING).json
    found = database.read(incidents.find, incident["id"])
    assert found is not None
    path = f"/v1/incidents/{incident['id']}/erasure"
    source = town.post({"scope": "source", "reason": "request"}, path)

    assert source.status_code == 409
    assert town.post({"scope": "case", "reason": "request"}, path).status_code == 202
    Shredding(vault_of(settings, database)).run(database)

    assert vault_of(settings, database).keys.read(keys_store.find, found.key_id) is None
    assert not role_keys.holds(ZOE, found.key_id)
    assert sum(role_keys.renew(ARS, ZOE, WORDS[ZOE])) == 0


def test_an_exposed_report_that_is_erased_leaves_no_mark(
    town: Sender, role_keys: RoleKeys, settings: Settings, database: Database
) -> None:
    incident = town.post(ACCUSING).json
    assert role_keys.exposed() == {ARS: 1}
    path = f"/v1/incidents/{incident['id']}/erasure"
    assert town.post({"scope": "source", "reason": "request"}, path).status_code == 202
    Shredding(vault_of(settings, database)).run(database)
    assert role_keys.exposed() == {ARS: 1}  # it has another key, which lies there as well
    town.post({"scope": "case", "reason": "request"}, path)

    Shredding(vault_of(settings, database)).run(database)

    assert role_keys.exposed() == {}
