# SPDX-License-Identifier: EUPL-1.2
"""Emptying a postbox: put away after the commit only, each mail by itself, pauses when shut."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from rueckhalt_intake.app import Settings, checks, create_worker, entrance_of, towns_of
from rueckhalt_intake.inbound import store
from rueckhalt_intake.inbound.fetching import Addressing, Fetching
from rueckhalt_intake.inbound.postboxes import HEAD, Letter, Maildir, PostboxShut
from rueckhalt_shared import leases, states
from rueckhalt_shared.database import Database
from rueckhalt_shared.settings import BadSettings
from tests.intake.letters import HOSTILE, forwarded
from tests.intake.town import ARS, ELSEWHERE
from tests.support import FakeClock


class Killed(BaseException):
    """The process ends here."""


class Box:
    """A postbox in memory; `settled` says what was put away, `broken` what it does instead."""

    name = "imap"

    def __init__(self, clock: FakeClock, *letters: bytes) -> None:
        self.clock = clock
        self.lying = dict(enumerate(letters))
        self.shut: PostboxShut | None = None
        self.on_settle: BaseException | None = None
        self.visits = 0

    @contextmanager
    def opened(self) -> Iterator["Box"]:
        self.visits += 1
        if self.shut is not None:
            raise self.shut
        yield self

    def letters(self) -> Iterator[Letter]:
        for key, raw in list(self.lying.items()):
            yield Letter(
                key=str(key),
                received_at=self.clock(),
                size=len(raw),
                head=raw[:HEAD],
                whole=lambda raw=raw: raw,
            )

    def settle(self, letter: Letter) -> None:
        if self.on_settle is not None:
            raise self.on_settle
        del self.lying[int(letter.key)]


def arrivals(database: Database) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(store.arrivals)).mappings()))


def state(database: Database, name: str = "imap") -> tuple[str, str | None]:
    found = database.read(states.states)[name]
    return found.state, found.cause


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, municipality=ARS, municipality_name="Musterstadt")


def fetching(settings: Settings, database: Database, box: Any) -> Fetching:
    entrance = entrance_of(settings, database)
    return Fetching(box, entrance, Addressing(towns_of(settings), settings.mail_municipality))


def test_a_mail_is_taken_once_and_put_away(
    settings: Settings, database: Database, clock: FakeClock
) -> None:
    box = Box(clock, forwarded())

    fetching(settings, database, box).run(database)

    assert box.lying == {}
    assert [each["municipality"] for each in arrivals(database)] == [ARS]
    assert state(database) == ("up", None)


def test_killed_between_commit_and_putting_away_nothing_is_lost_or_doubled(
    settings: Settings, database: Database, clock: FakeClock
) -> None:
    box = Box(clock, forwarded(number=1), forwarded(number=2))
    box.on_settle = Killed()
    with pytest.raises(Killed):
        fetching(settings, database, box).run(database)
    assert len(arrivals(database)) == 1
    assert len(box.lying) == 2

    box.on_settle = None
    fetching(settings, database, box).run(database)  # the next process

    assert box.lying == {}
    assert len(arrivals(database)) == 2


def test_killed_before_the_commit_the_mail_still_lies_there(
    settings: Settings, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(clock, forwarded())
    with monkeypatch.context() as patched:
        patched.setattr("rueckhalt_intake.inbound.store.add_file", _killed)
        with pytest.raises(Killed):
            fetching(settings, database, box).run(database)
    assert arrivals(database) == []

    fetching(settings, database, box).run(database)

    assert len(arrivals(database)) == 1
    assert box.lying == {}


def _killed(*_: Any, **__: Any) -> None:
    raise Killed


def test_no_hostile_mail_is_lost_or_keeps_the_next_one_waiting(
    settings: Settings, database: Database, clock: FakeClock
) -> None:
    box = Box(clock, *HOSTILE.values(), forwarded())

    fetching(settings, database, box).run(database)

    assert box.lying == {}
    assert len(arrivals(database)) == len(HOSTILE) + 1
    assert state(database) == ("up", None)


def test_a_mail_the_house_refuses_stays_and_is_said_and_the_next_one_is_taken(
    settings: Settings, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(clock, forwarded(number=1), forwarded(number=2))
    round_ = fetching(settings, database, box)
    real = type(round_.entrance).take

    def takes(self: Any, told: Any) -> Any:
        if "<1@" in told.reference:
            raise ZeroDivisionError
        return real(self, told)

    with monkeypatch.context() as patched:
        patched.setattr(type(round_.entrance), "take", takes)
        round_.run(database)
    assert list(box.lying) == [0]
    assert state(database) == ("stuck", "1 mails lie there that could not be taken")

    clock.pass_(hours=2)
    round_.run(database)

    assert box.lying == {}
    assert state(database) == ("up", None)


def test_a_shut_postbox_is_said_and_asked_less_and_less_often(
    settings: Settings, database: Database, clock: FakeClock
) -> None:
    box = Box(clock, forwarded())
    box.shut = PostboxShut("the mail server does not accept user and password")
    round_ = fetching(settings, database, box)

    for _ in range(120):
        round_.run(database)
        clock.pass_(minutes=1)

    assert state(database) == ("down", "the mail server does not accept user and password")
    assert 9 <= box.visits <= 13
    box.shut = None
    clock.pass_(hours=1)
    round_.run(database)
    assert state(database) == ("up", None)
    assert box.lying == {}


def test_two_workers_do_not_empty_the_same_postbox_at_once(
    settings: Settings, database: Database, clock: FakeClock
) -> None:
    box = Box(clock, forwarded())
    database.run(leases.take, "mail.imap", "somebody else", seconds=60)

    round_ = fetching(settings, database, box)
    round_.run(database)
    assert box.visits == 0

    clock.pass_(seconds=61)
    round_.run(database)
    assert box.lying == {}


def test_a_mail_above_the_limit_stays_whole_in_the_postbox_and_waits_as_a_note(
    settings: Settings, database: Database, clock: FakeClock
) -> None:
    settings = replace(settings, evidence_bytes=1024 * 1024)
    box = Box(clock, forwarded() + b"x" * 2_000_000)
    round_ = fetching(settings, database, box)

    round_.run(database)
    round_.run(database)

    (row,) = arrivals(database)
    arrival = database.read(store.find, row["id"])
    assert arrival is not None
    said = round_.entrance.opened(arrival)
    assert said["notes"] == [["inbound.note.too_large", 2]]
    assert said["subject"] == "WG: Wir kriegen dich"
    assert row["files"] == 0


def test_a_bomb_of_mails_fills_the_mailbox_and_not_the_house(
    settings: Settings, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rueckhalt_intake.inbound.handlers.MOST_WAITING", 2)
    box = Box(clock, *(forwarded(number=n) for n in range(5)))
    round_ = fetching(settings, database, box)

    round_.run(database)
    clock.pass_(minutes=2)
    round_.run(database)

    assert len(arrivals(database)) == 2
    assert len(box.lying) == 3
    assert state(database)[0] == "stuck"


TOWNS = (
    "municipality,name,mail\n"
    f"{ARS},Musterstadt,hilfe@musterstadt.example hass@musterstadt.example\n"
    f"{ELSEWHERE},Nachbarstadt,hilfe@nachbar.example\n"
)


@pytest.mark.parametrize(
    ("to", "otherwise", "town"),
    [
        ("Hilfe@Nachbar.example", "", ELSEWHERE),
        ("hass@musterstadt.example", "", ARS),
        ("niemand@anderswo.example", ELSEWHERE, ELSEWHERE),
    ],
)
def test_the_address_says_which_town_a_mail_is_for(
    settings: Settings,
    database: Database,
    clock: FakeClock,
    tmp_path: Path,
    to: str,
    otherwise: str,
    town: str,
) -> None:
    (tmp_path / "towns.csv").write_text(TOWNS)
    box = Box(clock, forwarded(to=to))

    fetching(replace(settings, mail_municipality=otherwise), database, box).run(database)

    assert [each["municipality"] for each in arrivals(database)] == [town]


def test_a_mail_for_nobody_we_know_stays_and_is_said(
    settings: Settings, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "towns.csv").write_text(TOWNS)
    box = Box(clock, forwarded(to="niemand@anderswo.example"), forwarded(number=2))

    fetching(settings, database, box).run(database)

    assert list(box.lying) == [0]
    assert len(arrivals(database)) == 1
    told = "1 mails lie there that name no municipality's address (column `mail` of towns.csv)"
    assert state(database) == ("stuck", told)


def test_who_a_mail_was_delivered_to_counts_more_than_whom_it_names(
    settings: Settings, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "towns.csv").write_text(TOWNS)
    raw = forwarded().replace(b"To: hilfe@m", b"To: hilfe@nachbar.example, hilfe@m", 2)
    raw = raw.replace(b"Delivered-To: hilfe@nachbar.example, ", b"Delivered-To: ", 1)

    fetching(settings, database, Box(clock, raw)).run(database)

    assert [each["municipality"] for each in arrivals(database)] == [ARS]


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    path = tmp_path / "Maildir"
    for part in ("tmp", "new", "cur"):
        (path / part).mkdir(parents=True)
    return path


def test_a_maildir_is_emptied_into_its_folder(
    settings: Settings, database: Database, maildir: Path
) -> None:
    (maildir / "new" / "1.a").write_bytes(forwarded(number=1))
    (maildir / "cur" / "2.b:2,S").write_bytes(forwarded(number=2))
    box = Maildir(maildir, "Rueckhalt")

    fetching(settings, database, box).run(database)

    assert len(arrivals(database)) == 2
    away = sorted(path.name for path in (maildir / ".Rueckhalt" / "cur").iterdir())
    assert away == ["1.a:2,S", "2.b:2,S"]
    assert not any((maildir / "new").iterdir())
    assert not any((maildir / "cur").iterdir())
    assert state(database, "maildir") == ("up", None)


def test_a_file_nobody_may_read_does_not_stop_the_others(
    settings: Settings, database: Database, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("1.a", "2.b")):
        (maildir / "new" / name).write_bytes(forwarded(number=number))
    real = Path.read_bytes

    def refuses(path: Path) -> bytes:
        if path.name == "1.a":
            raise PermissionError
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", refuses)

    fetching(settings, database, Maildir(maildir, "Rueckhalt")).run(database)

    assert len(arrivals(database)) == 1
    assert state(database, "maildir")[0] == "stuck"


def test_check_opens_each_postbox(
    settings: Settings, database: Database, maildir: Path, tmp_path: Path
) -> None:
    found = checks(replace(settings, maildir=maildir), database)
    assert found["postbox maildir"] == {"status": "ok"}

    found = checks(replace(settings, maildir=tmp_path), database)

    told = {"status": "degraded", "reason": f"{tmp_path} is no Maildir"}
    assert found["postbox maildir"] == told


def test_a_folder_that_is_no_maildir_is_said(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    fetching(settings, database, Maildir(tmp_path, "Rueckhalt")).run(database)

    assert state(database, "maildir") == ("down", f"{tmp_path} is no Maildir")


def test_the_worker_visits_the_postboxes_that_are_set(
    settings: Settings, database: Database, maildir: Path
) -> None:
    told: dict[str, Any] = {"imap_user": "hilfe", "imap_password": "x"}
    settings = replace(settings, maildir=maildir, imap_host="mail.example", **told)

    loops = {loop.name for loop in create_worker(settings, database)._loops}

    assert {"maildir", "imap", "arrivals"} <= loops
    assert "x" not in repr(settings).split("imap_host")[1].split("imap_folder")[0].split("'")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"imap_host": "mail.example"}, "IMAP_USER, IMAP_PASSWORD"),
        ({"imap_port": 0}, "IMAP_PORT"),
        ({"mail_done": "../x"}, "MAIL_DONE"),
        ({"mail_municipality": "09564"}, "MAIL_MUNICIPALITY"),
    ],
)
def test_a_setting_that_cannot_work_stops_the_start(
    settings: Settings, wrong: dict[str, Any], named: str
) -> None:
    with pytest.raises(BadSettings, match=named):
        replace(settings, **wrong)
