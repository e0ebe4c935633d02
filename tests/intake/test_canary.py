# SPDX-License-Identifier: EUPL-1.2
"""No name and no narrative lies anywhere in clear: not in a file, not in an event, not in a log."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from rueckhalt_shared import logging as our_logging
from rueckhalt_shared.database import Database
from tests.intake.town import THREAT, Sender, report

Events = Callable[[], list[dict[str, Any]]]
CANARIES = {
    "narrative": "Kanarienvogel-Schilderung-4711",
    "name": "Kanarina Vogelsang",
    "email": "kanarina.4711@vogel.example",
    "phone": "+49 361 4711 0815",
    "reference": "Kanarien-Aktenzeichen-4711",
    "key": "Kanarien-Schluessel-4711",
}


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What the service writes to its log, as it would in production."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    our_logging.configure(service="intake", level="debug")
    yield lambda: "".join(capsys.readouterr())
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def body() -> dict[str, Any]:
    reporter = {name: CANARIES[name] for name in ("name", "email", "phone")}
    return report(
        narrative=CANARIES["narrative"], reporter=reporter, reference=CANARIES["reference"]
    )


def found(where: bytes) -> list[str]:
    """List the canaries in these bytes, also in other encodings."""
    spellings = {
        name: [word.encode(), word.encode("utf-16-le"), repr(word)[1:-1].encode()]
        for name, word in CANARIES.items()
    }
    return [name for name, words in spellings.items() if any(word in where for word in words)]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def walk_the_whole_way(town: Sender) -> dict[str, Any]:
    """Accept, retry, take another body, correct, fail in every way, close."""
    accepted: dict[str, Any] = town.post(body(), Idempotency_Key=CANARIES["key"]).json
    town.post(body(), Idempotency_Key=CANARIES["key"])
    town.post(body() | {"forms": ["insult"]})
    town.post(body() | {"channel": CANARIES["narrative"]})
    town.post(body() | {CANARIES["narrative"]: 1})
    town.post_raw(CANARIES["narrative"])
    town.bulk(body() | {"reference": None}, CANARIES["narrative"])
    town.patch(accepted, narrative=CANARIES["narrative"] * 2)
    town.show(accepted)
    town.close(accepted)
    return accepted


def test_no_canary_sings_on_disk(town: Sender, tmp_path: Path) -> None:
    walk_the_whole_way(town)

    kept = files(tmp_path)
    assert {"intake.db", "intake-keys.db", "identity.db"} <= set(kept)
    assert {name: hits for name, raw in kept.items() if (hits := found(raw))} == {}


def test_a_planted_canary_is_found(town: Sender, tmp_path: Path, database: Database) -> None:
    accepted = town.post(THREAT).json
    planted = text("UPDATE incidents SET sender = :leak WHERE id = :id")

    database.run(lambda tx: tx.execute(planted, {"leak": CANARIES["name"], "id": accepted["id"]}))

    assert any("name" in found(raw) for raw in files(tmp_path).values())


def test_no_canary_sings_in_an_event(town: Sender, events: Events) -> None:
    walk_the_whole_way(town)

    assert found(str(events()).encode()) == []


def test_no_canary_sings_in_the_log(
    town: Sender,
    database: Database,
    logged: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    walk_the_whole_way(town)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError(CANARIES["narrative"])

    monkeypatch.setattr(database, "run", broken)
    assert town.post(body()).status_code == 500
    town.bulk(body())

    written = logged()
    assert "RuntimeError" in written
    assert found(written.encode()) == []


def test_an_error_of_ours_tells_the_sender_nothing(
    town: Sender, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError(CANARIES["narrative"])

    monkeypatch.setattr(database, "run", broken)

    assert found(town.post(THREAT).data) == []
