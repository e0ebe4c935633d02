# SPDX-License-Identifier: EUPL-1.2
"""Whatever comes in whatever order: final stays final, failures are said, nobody is asked late."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select

from rueckhalt_notify.app import create_database, create_worker
from rueckhalt_notify.contacts import handlers as contacts
from rueckhalt_notify.contacts import sheet
from rueckhalt_notify.delivery import handlers
from rueckhalt_notify.delivery.handlers import Hands
from rueckhalt_notify.delivery.sender import Sender
from rueckhalt_notify.notices.domain import FINAL
from rueckhalt_notify.notices.resending import NoContactLeft, NothingToResend, resend
from rueckhalt_notify.notices.store import notices
from rueckhalt_notify.settings import Settings
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import ResponsibilityCompleted, ResponsibilityLapsed
from rueckhalt_shared.migrations import upgrade
from tests.notify.conftest import LETTERHEAD
from tests.notify.town import (
    ANNA,
    BAD_FORM,
    CONTACTS,
    DROPPED,
    GREYLISTED,
    LARS,
    MAILBOX_FULL,
    NOBODY,
    POLICY,
    QUEUE,
    REFUSED,
    TOWN,
    UNKNOWN_MAILBOX,
    ScriptedMailer,
    assigned,
    changed,
    escalated,
    lead,
    taken_over,
    told,
)
from tests.support import NOON, FakeClock, outbox

ANSWERS = st.sampled_from(
    [GREYLISTED, UNKNOWN_MAILBOX, MAILBOX_FULL, POLICY, BAD_FORM, DROPPED, REFUSED]
)
PERSONS = st.sampled_from([ANNA, LARS, NOBODY])
VERSIONS = st.integers(1, 9)
URGENCIES = st.sampled_from(["u0", "u2", "u3", "unknown"])


class Notify(RuleBasedStateMachine):
    """Events, mail servers, crashes and time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        given = Settings(
            service="notify",
            data=Path(self.folder.name),
            services=frozenset({"notify", "routing"}),
            bus_url=f"rkbus:///{self.folder.name}/bus.db",
            database_url=f"sqlite:///{self.folder.name}/notify.db",
            municipality=TOWN,
        )
        upgrade(given.database_url, "rueckhalt_notify.migrations")
        self.database = create_database(given)
        self.database.clock = self.clock
        self.database.run(
            contacts.import_lines,
            sheet.read_lines(CONTACTS.encode()),
            municipality=TOWN,
            reaches=lambda _: True,
        )
        self.worker = create_worker(given, self.database)
        self.mailer = ScriptedMailer()
        self.sender = Sender(self.mailer, LETTERHEAD, random=lambda: 0.5)
        self.final: dict[str, str] = {}
        self.events = 0
        self.newest = 0
        self.is_over = False

    def teardown(self) -> None:
        self.database.dispose()
        self.folder.cleanup()

    def tell(self, event: contracts.Event) -> None:
        self.events += 1
        self.worker.deliver(
            QUEUE, contracts.wrap(event, service="routing", id=f"e{self.events}", time=NOON)
        )
        if event.version > self.newest:
            self.newest = event.version
            self.is_over = isinstance(
                event, contracts.ResponsibilityTakenOver | ResponsibilityCompleted
            )

    @rule(person=PERSONS, other=PERSONS, version=VERSIONS, urgency=URGENCIES)
    def assign(self, person: str, other: str, version: int, urgency: str) -> None:
        self._ask(assigned(lead(person), told(other), version=version, urgency=urgency))

    @rule(person=PERSONS, version=VERSIONS, round=st.integers(0, 2))
    def escalate(self, person: str, version: int, round: int) -> None:
        self._ask(escalated(lead(person), version=version, round=round))

    def _ask(self, event: contracts.Event) -> None:
        before = len(self._rows())
        was_over = self.is_over and event.version <= self.newest
        newest, over = self.newest, self.is_over
        self.tell(event)
        if was_over:
            assert len(self._rows()) == before, "asked after somebody took over"
        self.newest, self.is_over = newest, over  # a question changes nothing of what is known

    @rule(person=PERSONS, version=VERSIONS)
    def take_over(self, person: str, version: int) -> None:
        self.tell(taken_over(person, version=version))

    @rule(version=VERSIONS)
    def lapse(self, version: int) -> None:
        self.tell(changed(ResponsibilityLapsed, version=version))

    @rule(version=VERSIONS)
    def complete(self, version: int) -> None:
        self.tell(changed(ResponsibilityCompleted, version=version))

    @rule(script=st.lists(ANSWERS, max_size=4), down=st.booleans())
    def send(self, script: list, down: bool) -> None:
        self.mailer.script, self.mailer.down = script, REFUSED if down else None
        for _ in range(30):
            if not self.sender.run(self.database):
                break

    @rule()
    def another_sender_dies(self) -> None:
        gone = Hands(sender="gone|1|word|1", provider="scripted")
        for due in self.database.read(handlers.due, limit=2):
            self.database.run(handlers.turn, None, due, gone)

    @rule(seconds=st.sampled_from([1, 20, 40, 1000, 300_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.pass_(seconds=seconds)

    @rule(number=st.integers(0, 5))
    def send_again(self, number: int) -> None:
        rows = self._rows()
        if rows:
            with suppress(NothingToResend, NoContactLeft):
                chosen = rows[number % len(rows)]["id"]
                self.database.run(resend, chosen)

    @invariant()
    def final_states_never_change_back(self) -> None:
        found = {row["id"]: row["state"] for row in self._rows()}
        for notice, state in self.final.items():
            assert found[notice] == state
        self.final = {n: state for n, state in found.items() if state in FINAL}

    @invariant()
    def every_final_state_but_a_cancellation_is_said_once(self) -> None:
        for state, said in (("failed", "notice.failed.v1"), ("sent", "notice.sent.v1")):
            rows = sorted(row["id"] for row in self._rows() if row["state"] == state)
            told_of = sorted(
                event["data"]["notice"]
                for event in outbox(self.database)
                if event["type"].endswith(said)
            )
            assert rows == told_of

    @invariant()
    def keys_are_unique(self) -> None:
        keys = [row["key"] for row in self._rows()]
        assert len(keys) == len(set(keys))

    def _rows(self) -> list[dict]:
        query = select(notices).order_by(notices.c.id)
        return self.database.read(lambda tx: [dict(r) for r in tx.execute(query).mappings()])


Notify.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestNotify = Notify.TestCase
