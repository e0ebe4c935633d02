# SPDX-License-Identifier: EUPL-1.2
"""What an incident is and what may happen to it. No framework in sight."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
UNKNOWN = "unknown"
EARLIEST = date(1990, 1, 1)
AHEAD = timedelta(hours=24)  # a sender's clock or calendar may be a day ahead, no more
_PEOPLE = "account:"  # how the senders that are people begin
_ANONYMOUS, _FORGOTTEN = "anonymous:", "forgotten:"
PAGE = "page:"  # the sender of whoever reports on a public page; chance is added to it
_NO_CODE = re.compile(r"[^a-z0-9_.:-]")
_STATUS_BY_STATE = {state: state for state in ("taken_over", "handed_over", "completed")}


class Anachronism(Exception):
    """A time lies before 1990 or more than a day ahead."""


class AlreadyClosed(Exception):
    """The incident was closed before, for another reason."""


class NoSuchIncident(Exception):
    """There is no such incident, or not for this key."""


class Erased(Exception):
    """There was such an incident; it was erased."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed the incident at the same time; please look and try again."""


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Who reports, as far as they say so."""

    role: str = UNKNOWN
    person: str | None = None  # an id of the responsibility plan
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Accused:
    """Whom the report accuses: they are never made responsible and never told."""

    persons: tuple[str, ...] = ()
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """What somebody says has happened: the part of a report that may be corrected later."""

    occurred_at: date | datetime | None = None
    forms: tuple[str, ...]
    channel: str = UNKNOWN
    place: str = UNKNOWN
    affected_groups: tuple[str, ...] = (UNKNOWN,)
    relation: str = UNKNOWN
    motives: tuple[str, ...] = (UNKNOWN,)
    severity: int | None = None  # None: derived from the forms
    danger: tuple[str, ...] | None = None  # None: not asked; (): asked, nothing applies
    organisation_unit: str | None = None
    wishes: tuple[str, ...] = (UNKNOWN,)
    reporter: Reporter = Reporter()
    accused: Accused = Accused()

    @property
    def names_a_target(self) -> bool:
        """Was somebody meant, or only a building or institution?"""
        return set(self.affected_groups) != {"institution"}


@dataclass(frozen=True, kw_only=True)
class Coded:
    """The coded state of an incident: codes, ids and a day; what the bus may know."""

    occurred_at: date | datetime | None
    forms: tuple[str, ...]
    channel: str
    place: str
    affected_groups: tuple[str, ...]
    relation: str
    motives: tuple[str, ...]
    severity: int | None
    severity_derived: bool
    danger: tuple[str, ...] | None
    danger_level: str
    organisation_unit: str | None
    wishes: tuple[str, ...]
    reporter_role: str
    reporter_kind: str
    excluded: tuple[str, ...]
    exclude_supervisor: bool
    excluded_unit: str | None = None

    @property
    def occurred_on(self) -> date | None:
        """The local day on which it happened."""
        return local_day(self.occurred_at)

    def changed_from(self, before: "Coded") -> tuple[str, ...]:
        """The names of the fields in which this state differs from an earlier one."""
        return tuple(
            each.name
            for each in fields(self)
            if getattr(self, each.name) != getattr(before, each.name)
        )


@dataclass(frozen=True, kw_only=True)
class Responsibility:
    """Who has it, as routing tells: applied by version, never refused."""

    state: str  # assigned, escalated, taken_over, lapsed, handed_over, completed
    version: int
    at: datetime
    role: str | None = None
    person: str | None = None
    partner: str | None = None
    take_over_by: datetime | None = None
    held_until: datetime | None = None
    next_due_at: datetime | None = None
    stand_in: str | None = None
    """The role that is asked next if nobody takes over."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One report on its way from the first word to its closing."""

    id: str
    municipality: str
    sender: str
    mode: str
    version: int
    registered_at: datetime
    imported: bool
    coded: Coded
    key_id: str
    narrative: bytes | None = field(default=None, repr=False)  # sealed
    narrative_version: int = 0
    particulars: bytes | None = field(default=None, repr=False)  # sealed names and addresses
    particulars_version: int = 0
    closed_at: datetime | None = None
    close_reason: str | None = None
    feedback_given: bool | None = None
    responsibility: Responsibility | None = None

    @property
    def status(self) -> str:
        """One of the published statuses: registered, assigned … closed."""
        if self.closed_at is not None:
            return "closed"
        if self.responsibility is None:
            return "registered"
        return _STATUS_BY_STATE.get(self.responsibility.state, "assigned")


def local_day(moment: date | datetime | None) -> date | None:
    """The day in Germany; a report that says only the day keeps it."""
    return moment.astimezone(BERLIN).date() if isinstance(moment, datetime) else moment


def within_living_memory(moment: date | datetime, *, now: datetime) -> None:
    """Raise Anachronism for a time before 1990 or more than a day ahead."""
    latest = now + AHEAD
    if isinstance(moment, datetime):
        fits = moment <= latest and moment.astimezone(BERLIN).date() >= EARLIEST
    else:
        fits = EARLIEST <= moment <= latest.astimezone(BERLIN).date()
    if not fits:
        raise Anachronism("must lie between 1990-01-01 and at most 24 hours ahead")


def coded(account: Account, *, severity: int | None, danger_level: str) -> Coded:
    """The coded state of an account; the two grades are derived by the published rules."""
    reporter, accused = account.reporter, account.accused
    own = (reporter.person,) if reporter.person else ()
    return Coded(
        occurred_at=account.occurred_at,
        forms=account.forms,
        channel=account.channel,
        place=account.place,
        affected_groups=account.affected_groups,
        relation=account.relation,
        motives=account.motives,
        severity=severity if account.severity is None else account.severity,
        severity_derived=account.severity is None,
        danger=account.danger,
        danger_level=danger_level,
        organisation_unit=account.organisation_unit,
        wishes=account.wishes,
        reporter_role=reporter.role,
        reporter_kind=reporter_kind(reporter, account.wishes),
        excluded=tuple(sorted({*accused.persons, *own})),
        exclude_supervisor="exclude_supervisor" in account.wishes or accused.unit is not None,
        excluded_unit=accused.unit,
    )


def reporter_kind(reporter: Reporter, wishes: Collection[str]) -> str:
    """A person, an anonymous person, a system, or nobody said. Anonymity never lowers anything."""
    if "anonymous" in wishes:
        return "anonymous"
    if reporter.role == "system":
        return "system"
    return UNKNOWN if reporter == Reporter() else "person"


def kept_contact(reporter: Reporter, wishes: Collection[str]) -> dict[str, str]:
    """Name and addresses to seal; nothing of somebody who wants to stay anonymous."""
    if "anonymous" in wishes:
        return {}
    said = {"name": reporter.name, "email": reporter.email, "phone": reporter.phone}
    return {name: value for name, value in said.items() if value}


def kept_sender(sender: str, wishes: Collection[str], chance: str) -> str:
    """The sender to keep: of somebody signed in who stays anonymous nothing but chance."""
    if sender == PAGE:
        return f"{PAGE}{chance}"
    is_nobody = "anonymous" in wishes and sender.startswith(_PEOPLE)
    return f"{_ANONYMOUS}{chance}" if is_nobody else sender


def forgotten_sender(sender: str, chance: str) -> str:
    """The sender when the source is to be forgotten; a system stays, a person does not."""
    return sender if not sender.startswith(_PEOPLE) else f"{_FORGOTTEN}{chance}"


def sender_code(sender: str) -> str:
    """The sender as a code for the bus, where neither free text nor a person's id may travel."""
    if sender.startswith((_PEOPLE, _ANONYMOUS, _FORGOTTEN)):
        return "account"
    if sender.startswith(PAGE):
        return "page"
    code = _NO_CODE.sub("-", sender.lower())[:80].lstrip("_.:@-")
    return code or UNKNOWN


def close(incident: Incident, *, reason: str, feedback_given: bool, now: datetime) -> Incident:
    """Close it; the same closing again changes nothing, another one raises AlreadyClosed."""
    if incident.closed_at is not None:
        if (incident.close_reason, incident.feedback_given) == (reason, feedback_given):
            return incident
        raise AlreadyClosed(f"closed as {incident.close_reason} before")
    return replace(
        incident,
        version=incident.version + 1,
        closed_at=now,
        close_reason=reason,
        feedback_given=feedback_given,
    )
