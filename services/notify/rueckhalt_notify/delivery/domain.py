# SPDX-License-Identifier: EUPL-1.2
"""What the answer of a mail server means, and what follows from it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

RETRIES = (0, 15, 60, 300, 900)  # seconds; the last one repeats
JITTER = 0.2
SOFT_LIMIT = 3

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REFUSAL_WORDS = re.compile(
    r"spam|block|black|blocklist|deny|denied|policy|reputation|dmarc|spf|dkim|relay|reject|abuse",
    re.IGNORECASE,
)
_NO_SUCH_MAILBOX = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_FULL = frozenset({"4.2.2", "5.2.2"})
_PROVIDER_CODES = frozenset({530, 534, 535, 538})


class Stage(StrEnum):
    """How far a conversation came before the answer."""

    OPEN = "open"  # name, connection, greeting, TLS, sign-in
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end"  # after the final dot


class Kind(StrEnum):
    """What came: a reply with a code, or why none did."""

    REPLY = "reply"
    DNS = "dns"
    REFUSED = "refused"
    TLS = "tls"
    TIMEOUT = "timeout"
    DROPPED = "dropped"
    UNSENDABLE = "unsendable"  # we could not even write it down for this server


@dataclass(frozen=True)
class Answer:
    """What the other side said to one attempt."""

    stage: Stage
    kind: Kind = Kind.REPLY
    code: int = 0
    text: str = ""

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), or nothing."""
        match = _ENHANCED.search(self.text)
        return match[0] if match else ""

    @property
    def reason(self) -> str:
        """What is kept of it: codes only, the words may hold an address."""
        what = f"{self.code} {self.enhanced}".strip() if self.kind is Kind.REPLY else self.kind
        return f"{what} at {self.stage}"

    @property
    def is_doubtful(self) -> bool:
        """Everything was handed over and no answer came: it may have arrived."""
        return self.stage is Stage.END and self.kind is not Kind.REPLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try."""

    notice_id: str
    n: int
    contact_id: str | None
    provider: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    reason: str | None = None
    doubtful: bool = False
    token_hash: str | None = None


class Outcome(StrEnum):
    """The classes of NOTICES 7."""

    SENT = "sent"
    CONTACT_DEAD = "contact_dead"  # no such mailbox
    SOFT = "soft"  # mailbox full
    TEMPORARY = "temporary"
    OURS = "ours"  # they refuse us, not the person
    PROVIDER = "provider"  # our relay, its name, certificate or password
    CONTENT = "content"  # they refuse what the mail looks like
    LOCAL = "local"  # the contact became unusable before anything was sent


def classify(answer: Answer) -> Outcome:
    """The class of an answer; only explicit evidence makes a contact dead."""
    if answer.kind is not Kind.REPLY:
        return _without_reply(answer)
    if answer.stage is Stage.END and 200 <= answer.code < 300:
        return Outcome.SENT
    if answer.stage is Stage.OPEN:
        return Outcome.TEMPORARY if answer.code == 421 else Outcome.PROVIDER
    return _by_enhanced(answer) or _by_code(answer)


def _without_reply(answer: Answer) -> Outcome:
    if answer.kind is Kind.UNSENDABLE:
        return Outcome.CONTENT
    if answer.stage is Stage.OPEN or answer.kind in (Kind.DNS, Kind.REFUSED, Kind.TLS):
        return Outcome.PROVIDER
    return Outcome.TEMPORARY


def _by_enhanced(answer: Answer) -> Outcome | None:
    enhanced = answer.enhanced
    if enhanced in _FULL:
        return Outcome.SOFT
    if enhanced in _NO_SUCH_MAILBOX and answer.stage is not Stage.MAIL:
        return Outcome.CONTACT_DEAD
    if enhanced.startswith("5.7.") and answer.code not in _PROVIDER_CODES:
        return Outcome.OURS
    if enhanced == "5.3.4" or enhanced.startswith("5.6."):
        return Outcome.CONTENT
    return None


def _by_code(answer: Answer) -> Outcome:
    if answer.code in _PROVIDER_CODES:
        return Outcome.PROVIDER
    if 400 <= answer.code < 500:
        return Outcome.TEMPORARY
    if answer.code == 552:
        return Outcome.SOFT if answer.stage is Stage.RCPT else Outcome.CONTENT
    if answer.stage is Stage.MAIL:
        return Outcome.PROVIDER
    plain_refusal = answer.code in (550, 551, 553) and not answer.enhanced
    if answer.stage is Stage.RCPT and plain_refusal and not _REFUSAL_WORDS.search(answer.text):
        return Outcome.CONTACT_DEAD
    return Outcome.OURS


def retry_delay(failures: int, *, random: Callable[[], float]) -> timedelta:
    """The pause after so many failures; `random` answers in [0, 1)."""
    seconds = RETRIES[min(failures, len(RETRIES)) - 1]
    return timedelta(seconds=seconds * (1 + JITTER * (2 * random() - 1)))


@dataclass(frozen=True)
class Standing:
    """What is known of a notice when its attempt ends."""

    failures: int  # failed attempts, this one included
    soft_bounces: int  # of the contact, without a success between, this one included
    is_urgent: bool  # u2, u3 or unknown
    is_plain: bool  # already reduced to level 0 text
    is_revoked: bool  # taken over or closed meanwhile
    deliver_by: datetime
    now: datetime


@dataclass(frozen=True)
class Verdict:
    """What happens to the notice, its contact and the person's next contact."""

    status: str  # sent, waiting, failed or cancelled
    due_at: datetime | None = None
    contact: str | None = None  # the contact's new state, if it changes
    next_contact: bool = False
    plain: bool = False
    alarm: bool = False


def judge(outcome: Outcome, standing: Standing, pause: timedelta) -> Verdict:
    """What follows from an outcome; `pause` is the one of the retry table (or the relay's)."""
    if outcome is Outcome.SENT:
        return Verdict("sent")
    contact = _contact_state(outcome, standing)
    if standing.is_revoked:
        return Verdict("cancelled", contact=contact)
    if outcome is Outcome.CONTENT and not standing.is_plain:
        return Verdict("waiting", due_at=standing.now, plain=True, alarm=True)
    again_at = standing.now + pause
    if contact or outcome in (Outcome.OURS, Outcome.CONTENT, Outcome.LOCAL):
        alarm = outcome in (Outcome.OURS, Outcome.CONTENT)
        return Verdict("failed", contact=contact, next_contact=True, alarm=alarm)
    if again_at > standing.deliver_by:
        return Verdict("failed", next_contact=outcome is not Outcome.PROVIDER)
    beside = outcome is not Outcome.PROVIDER and standing.is_urgent and standing.failures >= 2
    return Verdict("waiting", due_at=again_at, next_contact=beside)


def _contact_state(outcome: Outcome, standing: Standing) -> str | None:
    if outcome is Outcome.CONTACT_DEAD:
        return "dead"
    if outcome is Outcome.SOFT and standing.soft_bounces >= SOFT_LIMIT:
        return "bounced"
    return None
