# SPDX-License-Identifier: EUPL-1.2
"""The loop that sends: reads what is due, hands it over one by one, commits each mail.

No network call happens inside a transaction. Only the one mail on its way is leased; what was
begun when the process died is in doubt, and goes out once more with the same Message-ID.
"""

import random as chance
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rueckhalt_notify.delivery import handlers
from rueckhalt_notify.delivery.domain import Answer, Kind, Outcome, Stage, classify, retry_delay
from rueckhalt_notify.delivery.handlers import Begun, Due, Ended, Hands
from rueckhalt_notify.delivery.letter import Letter, compose
from rueckhalt_notify.delivery.mailers import Mailer
from rueckhalt_notify.notices import sending
from rueckhalt_notify.notices.domain import Notice, message_id
from rueckhalt_notify.notices.senders import identity
from rueckhalt_notify.templates import handlers as templates
from rueckhalt_shared import crash
from rueckhalt_shared.contracts.codes import PARTS
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
BATCH = 20
LONGEST_PAUSE = 30  # seconds between two looks at a relay that is away
_OVERDUE_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """What is the same on every mail of this installation."""

    sender: str  # as a header, with its name
    domain: str  # of message ids
    base_url: str  # public address of this service, for links
    time_zone: str = "Europe/Berlin"


class Sender:
    """One thread's way out of the house, over one mailer."""

    def __init__(
        self,
        mailer: Mailer,
        letterhead: Letterhead,
        *,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._mailer = mailer
        self._letterhead = letterhead
        self._random = random
        self._me = ""
        self._relay = _Relay(mailer)
        self._unsaved: Ended | None = None  # answered, but the database was away
        self._looked_at: datetime | None = None

    def run(self, database: Database) -> bool:
        """Send what is due; true when more may be due now."""
        now = database.clock()
        if not self._me:
            self._me = identity()
            database.run(sending.void_dead_senders)
        if self._unsaved is not None:
            self._turn(database, self._unsaved, None)
        self._fail_overdue(database, now)
        if self._relay.is_resting(now):
            return False
        waiting = database.read(handlers.due, limit=BATCH)
        if not waiting:
            self._mailer.rest()
            return False
        if (down := self._mailer.open()) is not None:
            self._note_down(database, waiting[0], down)
            return False
        return self._send_all(database, waiting)

    def close(self) -> None:
        """Let the connection go."""
        self._mailer.close()

    def _fail_overdue(self, database: Database, now: datetime) -> None:
        if self._looked_at is None or now - self._looked_at >= _OVERDUE_EVERY:
            self._looked_at = now
            if database.read(sending.has_overdue):
                database.run(sending.fail_overdue)

    def _send_all(self, database: Database, waiting: list[Due]) -> bool:
        """One commit per mail: it ends this one and begins the next. True when more may be due."""
        begun = self._turn(database, None, waiting.pop(0))
        crash.at("sender.after_claim")
        for number in range(BATCH, 0, -1):
            ended = self._send(begun, database.clock()) if begun is not None else None
            self._unsaved = ended
            outcome = ended.outcome if ended is not None else None
            if outcome is Outcome.PROVIDER or self._mailer.open() is not None:
                self._turn(database, ended, None)
                return outcome is not Outcome.PROVIDER
            if number == 1:  # somebody may want this thread to end
                waiting = []
            elif not waiting:  # looked for before the commit, so that it can begin the next
                waiting = database.read(handlers.due, limit=BATCH)
            following = waiting.pop(0) if waiting else None
            begun = self._turn(database, ended, following)
            if following is None:
                return number == 1 or outcome is not Outcome.SENT
        return True

    def _note_down(self, database: Database, first: Due, down: Answer) -> None:
        """The relay is away: the first in line carries the record, the others just wait."""
        begun = self._turn(database, None, first)
        if begun is not None:
            self._turn(database, self._judged(begun, down, database.clock()), None)

    def _turn(self, database: Database, ended: Ended | None, following: Due | None) -> Begun | None:
        if ended is None and following is None:
            return None
        hands = Hands(sender=self._me, provider=self._mailer.name)
        self._unsaved = ended
        try:
            begun = database.run(handlers.turn, ended, following, hands)
        except sending.LeaseLost:
            log.warning("lease lost", notice_id=ended.begun.notice.id if ended else None)
            self._unsaved = None
            return database.run(handlers.turn, None, following, hands)
        self._unsaved = None
        return begun

    def _send(self, begun: Begun, now: datetime) -> Ended:
        try:
            letter = self._letter(begun)
        except Exception as error:  # one bad letter must not hold back all others
            log.error("letter cannot be written", notice_id=begun.notice.id, exc_info=error)
            return self._judged(begun, Answer(Stage.MAIL, Kind.UNSENDABLE), now)
        answer = self._mailer.send(letter)
        if classify(answer) is Outcome.SENT:
            crash.at("smtp.after_250")
        return self._judged(begun, answer, now)

    def _judged(self, begun: Begun, answer: Answer, now: datetime) -> Ended:
        outcome = classify(answer)
        self._relay.note(outcome, answer, now)
        pause = retry_delay(begun.notice.failures + 1, random=self._random)
        if outcome is Outcome.PROVIDER:
            pause = self._relay.pause
        return Ended(begun=begun, answer=answer, outcome=outcome, pause=pause)

    def _letter(self, begun: Begun) -> Letter:
        notice, contact = begun.notice, begun.contact
        words = templates.render(
            notice.template,
            language=contact.language,
            level=0 if notice.is_plain else min(notice.level, contact.max_level),
            values=values(notice, begun.token, self._letterhead, contact.language),
        )
        return compose(
            words,
            sender=self._letterhead.sender,
            to=contact.address,
            message_id=message_id(notice.key, self._letterhead.domain),
            at=notice.created_at,
            plain=notice.is_plain,
        )


class _Relay:
    """Whether the relay itself is away; then nothing is tried until a growing pause is over."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self._failures = 0
        self._until: datetime | None = None

    @property
    def pause(self) -> timedelta:
        """How long to leave the relay alone."""
        return timedelta(seconds=min(2 ** max(0, self._failures - 1), LONGEST_PAUSE))

    def is_resting(self, now: datetime) -> bool:
        """Is the pause still on?"""
        return self._until is not None and now < self._until

    def note(self, outcome: Outcome, answer: Answer, now: datetime) -> None:
        """One more failure of the relay, or anything else: it works."""
        if outcome is not Outcome.PROVIDER:
            self._failures, self._until = 0, None
            return
        self._failures = min(self._failures + 1, 10)
        self._until = now + self.pause
        self._mailer.close()
        log.error("mail relay away", cause=answer.reason, attempts=self._failures)


def values(
    notice: Notice, token: str | None, letterhead: Letterhead, language: str
) -> dict[str, str]:
    """What the templates may show. Their level decides what they do show."""
    known = {
        "link": f"{letterhead.base_url}/n/{token}" if token else "",
        "repeat": "1" if notice.doubtful else "",
    }
    if notice.level == 0:
        return known
    by = notice.take_over_by_at
    return known | {
        "incident": notice.subject,
        "part": PARTS.label(notice.part, language),
        "take_over_by": by.astimezone(ZoneInfo(letterhead.time_zone)).strftime("%d.%m.%Y %H:%M")
        if by
        else "",
    }
