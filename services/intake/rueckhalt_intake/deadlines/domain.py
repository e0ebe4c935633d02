# SPDX-License-Identifier: EUPL-1.2
"""Dates of deadlines, from what is known of a deed. Pure: the calendar comes in as a question.

Three dates belong to a deadline: `nominal` as the law counts it, `legal_end` moved forward over
closed days where the law says so, and `safe_until`, moved back to a working day: whoever acts by
then has nothing to fear from any dispute about holidays.
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

AFFECTED, SUPERIOR, HOUSE_RIGHT, OWNER = "affected", "superior", "house_right", "owner"
ENTITLED = (AFFECTED, SUPERIOR, HOUSE_RIGHT, OWNER)
LAW, PROPOSAL = "law", "proposal"
PAUSES = ("suehneversuch", "death", "other")
_DAY = timedelta(days=1)
_LONGEST_PAUSE = timedelta(days=3650)

IsClosed = Callable[[date], bool]
"""Is this a Saturday, a Sunday or a public holiday there?"""


class BadClock(Exception):
    """What was said about a clock cannot be: `field` names what, the text says why."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field, self.problem = field, problem


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A deadline as the content pack states it."""

    code: str
    kind: str  # law: with a source in the law; proposal: our own
    months: int = 0
    days: int = 0
    safe_days: int | None = None  # days until the safe date, where it is not the last of all
    rolls: bool = False  # does the law move the end over Saturday, Sunday and holiday?
    starts: str = "known"  # known: with knowledge; told: only when somebody says when
    forms: frozenset[str] = frozenset()  # empty: any
    places: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    reminders: tuple[int, ...] = ()  # days before the safe date
    recipients: tuple[str, ...] = ()  # roles to remind
    texts: dict[str, str] = field(default_factory=dict, hash=False)
    quelle: str = ""
    stand: date = date.min


@dataclass(frozen=True, kw_only=True)
class Offence:
    """What the law calls it, and whether somebody must apply for prosecution."""

    code: str
    norm: str
    name: dict[str, str] = field(hash=False)
    application: str  # absolute, relative, follows (the threatened deed), none
    entitled: tuple[str, ...]
    forms: frozenset[str]
    groups: frozenset[str] = frozenset()  # empty: any
    needs_motive: bool = False
    quelle: str = ""
    stand: date = date.min


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What is known of an incident, as far as deadlines care."""

    on: date  # when it happened, else when it was reported
    is_dated: bool  # did somebody say when it happened?
    forms: tuple[str, ...] = ()
    place: str = "unknown"
    groups: tuple[str, ...] = ()
    motives: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A time in which the clock rests (§ 77b Abs. 5 StGB); a person has entered it."""

    since: date
    until: date | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What is known of one clock: whose, about which offender, since when."""

    code: str
    entitled: str
    offender: int = 1  # the law counts for each offender apart
    knows_deed_on: date | None = None
    knows_offender_on: date | None = None
    pause: Pause | None = None
    settled_on: date | None = None  # done: applied, complained, filed

    @property
    def key(self) -> tuple[str, str, int]:
        """What makes two clocks of an incident the same one."""
        return self.code, self.entitled, self.offender


@dataclass(frozen=True, kw_only=True)
class Dates:
    """The three dates of a deadline."""

    nominal: date
    legal_end: date
    safe_until: date
    why: tuple[str, ...] = ()  # clipped, weekend, paused


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A deadline of an incident, ready to show and to remind of."""

    clock: Clock
    rule: Rule
    starts_on: date
    nominal: date
    legal_end: date
    safe_until: date
    is_assumed: bool  # nobody said since when: counted from the deed, to be careful
    why: tuple[str, ...]
    offences: tuple[Offence, ...] = ()

    @property
    def code(self) -> str:
        """Which deadline."""
        return self.clock.code

    @property
    def entitled(self) -> str:
        """Whose deadline."""
        return self.clock.entitled

    @property
    def offender(self) -> int:
        """About which of several offenders."""
        return self.clock.offender

    @property
    def is_settled(self) -> bool:
        """Has somebody said that it is done?"""
        return self.clock.settled_on is not None

    def days_left(self, today: date) -> int:
        """Days until the safe date; negative when it has passed."""
        return (self.safe_until - today).days


def after_months(day: date, months: int) -> date:
    """The same day so many months later, clipped to the last day of that month."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def forward(day: date, is_closed: IsClosed) -> date:
    """The first open day on or after this one."""
    while is_closed(day):
        day += _DAY
    return day


def back(day: date, is_closed: IsClosed) -> date:
    """The last open day on or before this one."""
    while is_closed(day):
        day -= _DAY
    return day


def dates(
    rule: Rule,
    starts_on: date,
    *,
    is_closed: IsClosed,
    closes_too: IsClosed | None = None,
    pause: Pause | None = None,
) -> Dates:
    """The dates of a rule for a start.

    `closes_too` are days on which only the house is shut: they move the safe date, never the
    end by law. A pause lengthens the end by law once it is over; the safe date ignores it.
    """
    nominal = after_months(starts_on, rule.months) + timedelta(days=rule.days)
    why = ["clipped"] if rule.months and nominal.day != starts_on.day and not rule.days else []
    rested = _rested(pause)
    if rested:
        why.append("paused")
    end = nominal + rested
    legal_end = forward(end, is_closed) if rule.rolls else end
    if rule.safe_days is not None:
        safe_until = starts_on + timedelta(days=rule.safe_days)
    else:
        shut = is_closed if closes_too is None else lambda day: is_closed(day) or closes_too(day)
        safe_until = max(back(nominal, shut), starts_on)
    if legal_end != end or safe_until != nominal:
        why.append("closed_day" if rule.safe_days is None else "own_day")
    return Dates(nominal=nominal, legal_end=legal_end, safe_until=safe_until, why=tuple(why))


def _rested(pause: Pause | None) -> timedelta:
    if pause is None or pause.until is None:
        return timedelta()
    return pause.until - pause.since


def start_of(clock: Clock, deed: Deed) -> tuple[date, tuple[str, ...]]:
    """The day the clock starts, and what was assumed for it.

    The law counts from the knowledge of deed and offender. Where either is not known the clock
    starts as early as it may have, so that nobody trusts a date that is too late.
    """
    known = clock.knows_deed_on
    if known is None:
        return deed.on, ("from_deed",) if deed.is_dated else ("from_report",)
    if clock.knows_offender_on is None:
        return known, ("offender_unknown",)
    return max(known, clock.knows_offender_on), ()


def deadline(
    clock: Clock,
    rule: Rule,
    deed: Deed,
    *,
    is_closed: IsClosed,
    closes_too: IsClosed | None = None,
    offences: Sequence[Offence] = (),
) -> Deadline:
    """The deadline of a clock."""
    starts_on, assumed = start_of(clock, deed)
    found = dates(rule, starts_on, is_closed=is_closed, closes_too=closes_too, pause=clock.pause)
    resting = ("rests",) if clock.pause is not None and clock.pause.until is None else ()
    return Deadline(
        clock=clock,
        rule=rule,
        starts_on=starts_on,
        nominal=found.nominal,
        legal_end=found.legal_end,
        safe_until=found.safe_until,
        is_assumed=bool(assumed),
        why=(*assumed, *found.why, *resting),
        offences=tuple(offences),
    )


def offences_of(deed: Deed, known: Sequence[Offence]) -> tuple[Offence, ...]:
    """What the law may call it, by the forms; nobody decides here what was committed."""
    return tuple(each for each in known if _fits(each, deed))


def _fits(offence: Offence, deed: Deed) -> bool:
    if not offence.forms & {*deed.forms}:
        return False
    if offence.groups and not offence.groups & {*deed.groups}:
        return False
    return not offence.needs_motive or bool({*deed.motives} - _NO_MOTIVE)


_NO_MOTIVE = frozenset({"unknown", "keine_erkennbar"})
# In doubt the clock of an official superior runs, too; a council has none in this sense.
_HAS_SUPERIOR = frozenset(
    {
        *("staff_front", "staff_field", "staff_back", "rescue", "management"),
        *("elected_fulltime", "apprentice", "institution", "unknown"),
    }
)


def entitled_of(deed: Deed, offences: Collection[Offence]) -> tuple[str, ...]:
    """Who may have to apply. In doubt a clock runs: a missed one is final."""
    named = {who for each in offences for who in each.entitled}
    if not {*deed.groups} & _HAS_SUPERIOR:
        named.discard(SUPERIOR)
    only_things = named and not named & {AFFECTED} and {*deed.groups} == {"institution"}
    if not only_things:
        named.add(AFFECTED)
    return tuple(who for who in ENTITLED if who in named)


def applies(rule: Rule, deed: Deed) -> bool:
    """Does a rule concern this deed at all?"""
    return (
        (not rule.forms or bool(rule.forms & {*deed.forms}))
        and (not rule.places or deed.place in rule.places)
        and (not rule.groups or bool(rule.groups & {*deed.groups}))
    )


def checked(clock: Clock, *, today: date, earliest: date) -> Clock:
    """The clock, if what it says can be; raises BadClock that names the field."""
    told = {
        "knows_deed_on": clock.knows_deed_on,
        "knows_offender_on": clock.knows_offender_on,
        "settled_on": clock.settled_on,
    }
    for name, day in told.items():
        if day is not None and not earliest <= day <= today:
            raise BadClock(name, f"must lie between {earliest} and {today}")
    if clock.knows_offender_on is not None and clock.knows_deed_on is None:
        raise BadClock("knows_deed_on", "must be told, too, when the offender is known")
    if clock.pause is not None:
        _checked_pause(clock.pause, earliest=earliest)
    return clock


def _checked_pause(pause: Pause, *, earliest: date) -> None:
    if pause.since < earliest:
        raise BadClock("pause_since", f"must not lie before {earliest}")
    if pause.until is not None and not timedelta() <= pause.until - pause.since <= _LONGEST_PAUSE:
        raise BadClock("pause_until", "must not lie before the pause begins, or ten years later")


def due_reminder(deadline: Deadline, sent: Collection[int], *, today: date) -> int | None:
    """Which reminder is due now: the latest whose day has come, unless it or a later one went.

    After a standstill the earlier ones are not sent as well: one word says it all.
    """
    left = deadline.days_left(today)
    if deadline.is_settled or today > deadline.legal_end:
        return None
    reached = [days for days in deadline.rule.reminders if left <= days]
    if not reached or any(days <= min(reached) for days in sent):
        return None
    return min(reached)
