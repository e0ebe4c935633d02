# SPDX-License-Identifier: EUPL-1.2
"""The questions of a report, which of them are asked, and what becomes of the answers."""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

REPORT, LOG = "report", "log"
REPORT_KEPT, LOG_KEPT = timedelta(days=30), timedelta(days=365)
RECEIPT_KEPT = timedelta(hours=24)
DANGER, WHAT, WHO, BEHALF, WHERE, CHANNEL = "danger", "what", "who", "behalf", "where", "channel"
SOURCE, CONFLICT, TELL, CONTACT, SHARING, MORE = (
    "source",
    "conflict",
    "tell",
    "contact",
    "sharing",
    "more",
)
STEPS = (
    *(DANGER, WHAT, WHO, BEHALF, WHERE, CHANNEL, SOURCE, CONFLICT, TELL, CONTACT, SHARING),
    MORE,
)
NOTHING = "nothing"  # the box "none of this", beside the questions of danger
OPEN = "open"  # the box "I leave this open", where an answer is taken back
DIGITAL = frozenset({"hatepost", "doxxing", "image_fake"})
BODILY = frozenset({"assault", "weapon", "trespass", "property", "symbol"})
FOR_OTHERS = frozenset({"trusted_person", "supervisor"})
INTERNAL = frozenset({"colleague", "supervisor", "elected"})
ON_BEHALF = "on_behalf"
Answers = Mapping[str, Any]


class NoDraft(Exception):
    """There is no draft of that cookie or code: it was sent, discarded or is too old."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A report or a private log on its way; what it says is sealed until somebody sends it."""

    id: str
    kind: str
    municipality: str
    holder: str  # SHA-256 of the cookie
    key_id: str
    version: int
    changed_at: datetime
    content: bytes | None = field(default=None, repr=False)
    lookup: str | None = None  # of the seven words, where somebody has asked for them
    public_key: bytes | None = field(default=None, repr=False)
    incident_id: str | None = None  # sent
    answer: bytes | None = field(default=None, repr=False)  # the words, sealed for the cookie

    def is_over(self, now: datetime) -> bool:
        """Is it too old to be kept?"""
        if self.incident_id is not None:
            return now - self.changed_at >= RECEIPT_KEPT
        return now - self.changed_at >= (LOG_KEPT if self.kind == LOG else REPORT_KEPT)


def new_token() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def holder_of(token: str) -> str:
    """What is kept of a cookie."""
    return hashlib.sha256(token.encode()).hexdigest()


def way(answers: Answers, *, by_phone: bool = False) -> tuple[str, ...]:
    """The questions this report needs, in their order; `more` is offered, never in the way."""
    forms = frozenset(answers.get("forms") or ())
    place = answers.get("place")
    asked = {
        BEHALF: by_phone or answers.get("role") in FOR_OTHERS,
        WHERE: not forms or not forms <= DIGITAL,
        CHANNEL: not forms <= BODILY and (place in (None, "online", "unknown")),
        CONFLICT: answers.get("relation") in INTERNAL,
        MORE: False,
    }
    return tuple(step for step in STEPS if asked.get(step, True))


def following(step: str, answers: Answers, *, by_phone: bool = False) -> str | None:
    """The question after this one; None: look through it and send."""
    later = STEPS[STEPS.index(step) + 1 :]
    on_the_way = way(answers, by_phone=by_phone)
    return next((each for each in later if each in on_the_way), None)


def before(step: str, answers: Answers, *, by_phone: bool = False) -> str | None:
    """The question before this one; None for the first."""
    earlier = STEPS[: STEPS.index(step)]
    on_the_way = way(answers, by_phone=by_phone)
    return next((each for each in reversed(earlier) if each in on_the_way), None)


def danger_of(answers: Answers) -> tuple[str, ...] | None:
    """None: left open. (): asked, and nothing applies."""
    ticked = tuple(each for each in answers.get("danger") or () if each != NOTHING)
    if ticked:
        return ticked
    return () if answers.get("danger") else None


def is_anonymous(answers: Answers) -> bool:
    """Did somebody not give a name? Left open counts as anonymous: nobody is named by accident."""
    return answers.get("named") != "yes"


def wishes_of(answers: Answers) -> tuple[str, ...]:
    """What is wished, with staying anonymous and keeping the superior out of it."""
    wishes = list(answers.get("wishes") or ())
    if is_anonymous(answers):
        wishes.append("anonymous")
    return tuple(dict.fromkeys(wishes))


def narrative_of(answers: Answers, *, label: str) -> str | None:
    """The narrative, with what is said about who it was: a text, never a list of persons."""
    told, who = answers.get("narrative") or "", answers.get("accused") or ""
    parts = [told] if told else []
    if who:
        parts.append(f"{label}\n{who}")
    return "\n\n".join(parts) or None


def body_of(
    answers: Answers, municipality: str, *, person: str | None, label: str
) -> dict[str, Any]:
    """The report as the reception takes it."""
    anonymous = is_anonymous(answers)
    contact = {} if anonymous else {n: answers.get(n) for n in ("name", "email", "phone")}
    role = answers.get("role") or "unknown"
    forms: Sequence[str] = answers.get("forms") or ("unknown",)
    digital = bool(answers.get("forms")) and frozenset(forms) <= DIGITAL
    return {
        "municipality": municipality,
        "forms": tuple(forms),
        "danger": danger_of(answers),
        "place": answers.get("place") or ("online" if digital else None),
        "channel": answers.get("channel"),
        "relation": answers.get("relation"),
        "occurred_at": answers.get("occurred_on"),
        "affected_groups": answers.get("affected_groups"),
        "organisation_unit": answers.get("organisation_unit"),
        "motives": answers.get("motives"),
        "wishes": wishes_of(answers),
        "narrative": narrative_of(answers, label=label),
        "reporter": {"role": role, **contact, "person": None if anonymous else person},
        "accused": {"unit": answers.get("accused_unit")},
    }


def consents_of(answers: Answers, allowed: Collection[str]) -> tuple[str, ...]:
    """With whom it may be shared, and whether the affected person knows of the report."""
    shared = tuple(each for each in answers.get("sharing") or () if each in allowed)
    return shared + ((ON_BEHALF,) if answers.get("behalf") == "yes" else ())


def first_answer_within(level: str, severity: int | None) -> str:
    """How soon somebody takes over by default: `now`, `hours`, `day`, `days`."""
    if level == "acute" or severity == 3:
        return "now"
    if severity is None or severity == 2:
        return "hours"
    return "day" if severity == 1 else "days"


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One note of a private log."""

    at: datetime
    text: str


def told_as_report(entries: Sequence[LogEntry], *, spelled: Mapping[datetime, str]) -> str:
    """A private log as the narrative of a report, oldest first."""
    ordered = sorted(entries, key=lambda each: each.at)
    return "\n\n".join(f"{spelled[each.at]}\n{each.text}" for each in ordered)
