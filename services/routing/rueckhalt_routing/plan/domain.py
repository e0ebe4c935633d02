# SPDX-License-Identifier: EUPL-1.2
"""What a responsibility plan consists of. No framework, no file format, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

CATCH_ALL = "catch_all"
"""The kind of the last step's target, which every chain gets."""
SUPERVISOR_ROLE = "fuehrungskraft"
HEAD_ROLE = "hvb"


@dataclass(frozen=True, kw_only=True)
class Term:
    """When somebody can be counted on; only the proof of a plan asks for it.

    First and last day in the house or of the agreement (None: open), and the time classes in
    which a notice is read (none named: at any time).
    """

    first_day: date | None = None
    last_day: date | None = None
    reachable: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the house; the key names them in plan and contact files."""

    key: str
    name: str
    unit: str | None = None
    term: Term = Term()


@dataclass(frozen=True, kw_only=True)
class Partner:
    """An organisation outside the house that has agreed to help."""

    key: str
    name: str
    term: Term = Term()
    drills: bool = False
    """Have they agreed to take part in drills?"""


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Somebody is away, from the first wall clock to before the last one. Never why."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Deliberate:
    """Cases that are left to the catch-all rule on purpose, and who has signed for that."""

    when: Mapping[str, tuple[str, ...]]
    signed_by: str
    reason: str = ""


HOLIDAY = 7
"""The day of a window that means every holiday and closing day, beside Monday (0) to Sunday (6)."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A stretch of each week that a rota covers; until at or before its start: over midnight."""

    days: tuple[int, ...]
    start: time
    end: time


@dataclass(frozen=True, kw_only=True)
class Rota:
    """Who is on duty in turn. The first of a group is told; the others stand behind them."""

    code: str
    groups: tuple[tuple[str, ...], ...]
    every: timedelta
    starts: datetime
    """The first handover, on the wall clock; all others follow on the wall clock, too."""
    ends: datetime | None = None
    windows: tuple[Window, ...] = ()
    """When somebody is on duty at all; none named: around the clock."""
    stand_ins: tuple[str, ...] = ()
    """Told in this order while nobody of the group on duty can be reached."""
    title: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody of it, each once: the groups in their order, then the stand-ins."""
        return tuple(dict.fromkeys((*(p for g in self.groups for p in g), *self.stand_ins)))


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role with its holder and the ordered stand-ins, for the house and per unit."""

    code: str
    holders: tuple[str, ...]
    """The holder and the stand-ins; the stand-ins alone where a rota holds the role."""
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rota: str | None = None
    """The rota whose people hold the role for the house in turn."""

    def leading(self, unit: str) -> tuple[str, ...]:
        """Keys of whoever holds the role for this unit: all holders while the unit is unknown."""
        if unit in self.units:
            return self.units[unit][:1]
        holder = () if self.rota else self.holders[:1]
        return holder + tuple(people[0] for people in self.units.values())

    def is_rotating(self, unit: str) -> bool:
        """Does a rota hold the role for this unit?"""
        return self.rota is not None and unit not in self.units


@dataclass(frozen=True)
class Target:
    """Whom a step tells: a role, its stand-in, a rota, a person, a partner or the catch-all."""

    kind: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}" if self.key else self.kind


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a chain. Without a wait of its own it takes the plan's times."""

    targets: tuple[Target, ...]
    wait: timedelta | None = None
    urgencies: frozenset[str] = frozenset()

    def applies_to(self, urgency: str) -> bool:
        """Is the step taken at this urgency? A step that names none is always taken."""
        return not self.urgencies or urgency in self.urgencies


NO_HOLD, NEXT_OPENING = "none", "next_opening"
HOLDS = (NO_HOLD, NEXT_OPENING)
HOLDABLE = frozenset({"u0", "u1"})
"""Only what is known to be slow ever waits: u2, u3 and the unknown never do."""
LAST_STEP = Step(targets=(Target(CATCH_ALL, ""),))


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Who is told next while nobody takes over; the catch-all person always ends it."""

    code: str
    steps: tuple[Step, ...]
    hold: str = NO_HOLD

    def holds(self, urgency: str) -> bool:
        """May cases of this urgency wait for the next opening?"""
        return self.hold == NEXT_OPENING and urgency in HOLDABLE

    def steps_at(self, urgency: str) -> tuple[Step, ...]:
        """The steps taken at this urgency, and the catch-all."""
        return (*(step for step in self.steps if step.applies_to(urgency)), LAST_STEP)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a rule says: who leads by which chain, which roles sign, are asked and are told."""

    chain: str | None = None
    signs: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    without_consent: tuple[str, ...] = ()
    take_over_within: timedelta | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When these values meet, this outcome holds. An unnamed dimension means any value."""

    code: str
    tier: int
    outcome: Outcome
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    title: str = ""
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Times:
    """The promised times of one urgency, and the waits between the steps of a chain."""

    take_over_within: timedelta
    talk_within: timedelta
    waits: tuple[timedelta, ...]
    repeat: timedelta

    def wait(self, position: int) -> timedelta:
        """The wait after the step at this position; the last one counts for all that follow."""
        return self.waits[min(position, len(self.waits) - 1)]


def _times(take_over: float, talk: float, waits: tuple[float, ...], repeat: float) -> Times:
    return Times(
        take_over_within=timedelta(hours=take_over),
        talk_within=timedelta(hours=talk),
        waits=tuple(timedelta(hours=hours) for hours in waits),
        repeat=timedelta(hours=repeat),
    )


DEFAULT_TIMES: Mapping[str, Times] = {
    "u3": _times(0.25, 0.5, (1 / 6, 1 / 6, 1 / 6), 0.25),
    "u2": _times(2, 8, (2, 2, 20), 0.25),
    "unknown": _times(2, 8, (2, 2, 20), 0.25),
    "u1": _times(24, 48, (24, 24, 72), 24),
    "u0": _times(72, 72, (72,), 24),
}
"""The times of the default matrix, in calendar hours; an unknown urgency counts like u2."""


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When the offices are open and what counts as night, in local wall-clock time."""

    zone: str = "Europe/Berlin"
    office_from: time = time(8)
    office_until: time = time(16)
    night_from: time = time(20)
    night_until: time = time(6)
    closing_days: frozenset[date] = frozenset()
    crisis: bool = False
    land: str | None = None
    """Whose holidays count, as `TH`; none: only the closing days."""
    catholic: bool = False
    """Are the holidays of its mainly Catholic communes kept, too?"""
    region: str | None = None
    """A part of the Land with a holiday of its own: `augsburg`."""


@dataclass(frozen=True, kw_only=True)
class CatchAll:
    """Who is responsible when nobody else is."""

    person: str
    stand_in: str


HIDDEN, BY_ROLE, BY_NAME = "none", "role", "name"
SHOWN = (HIDDEN, BY_ROLE, BY_NAME)


@dataclass(frozen=True, kw_only=True)
class Public:
    """What of today's duty anybody may see: nothing, roles, or also who holds them."""

    show: str = HIDDEN
    contact: str = ""
    """How the public reaches them: a number or a place of the house."""
    roles: tuple[str, ...] = ()
    """Which roles are shown; none named: the contact point."""

    @property
    def is_shown(self) -> bool:
        """May anybody see anything?"""
        return self.show != HIDDEN


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One whole plan. Published versions never change."""

    municipality: str
    title: str
    owner: str | None = None
    """Key of the person who keeps the plan and closes its gaps; else the catch-all person does."""
    catch_all: CatchAll
    persons: tuple[Person, ...]
    partners: tuple[Partner, ...] = ()
    units: tuple[str, ...] = ()
    roles: Mapping[str, Role]
    chains: Mapping[str, Chain]
    rules: tuple[Rule, ...]
    times: Mapping[str, Times] = field(default_factory=lambda: dict(DEFAULT_TIMES))
    calendar: Calendar = Calendar()
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()
    deliberate: tuple[Deliberate, ...] = ()
    emergency: tuple[str, ...] = ()
    """Keys of the persons who are told when a whole chain was in vain."""
    public: Public = Public()
    is_unique: bool = False
    """Must no two rules of a tier match one case? Otherwise the first of them counts."""

    @property
    def ordered_rules(self) -> tuple[Rule, ...]:
        """The rules of tiers 1 to 3 in the order in which they win."""
        return tuple(sorted((r for r in self.rules if r.tier > 0), key=lambda rule: rule.tier))

    @property
    def immediate_rules(self) -> tuple[Rule, ...]:
        """The rules of tier 0, which add and never decide alone."""
        return tuple(rule for rule in self.rules if rule.tier == 0)

    def without_stand_in(self) -> tuple[str, ...]:
        """Codes of the roles that nobody can act for."""
        return tuple(
            code
            for code, role in self.roles.items()
            if len(role.holders) + len(self.on_rota(role)) < 2
        )

    def on_rota(self, role: Role) -> tuple[str, ...]:
        """Everybody of the rota that holds the role, if one does."""
        rota = self.rotas.get(role.rota) if role.rota is not None else None
        return rota.people if rota is not None else ()
