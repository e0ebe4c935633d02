# SPDX-License-Identifier: EUPL-1.2
"""Use cases: the deadlines of an incident, and what people say about when a clock began.

Who may ask is decided by whoever calls: these take the incident as found within reach.
"""

from collections.abc import Callable, Collection
from datetime import date

from rueckhalt_intake.deadlines import domain, store
from rueckhalt_intake.deadlines.domain import AFFECTED, Clock, Deadline, Deed, Rule
from rueckhalt_intake.deadlines.pack import Pack, pack
from rueckhalt_intake.deadlines.working_days import Place, place_of
from rueckhalt_intake.incidents import erasing as incidents
from rueckhalt_intake.incidents.domain import EARLIEST, Incident, local_day
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

PLACES, CLOSING_DAYS = "deadline_places", "deadline_closing_days"
"""In the context, from `app.py`: the place of a municipality, and when its house is shut."""
STRAFANTRAG = "strafantrag"
MOST_OFFENDERS = 20


def dates_of(tx: Transaction, incident_id: str) -> tuple[Deadline, ...]:
    """The deadlines of an incident, soonest first; none where there is no such incident."""
    incident = incidents.whoever_asks(tx, incident_id)
    return of_incident(tx, incident) if incident is not None else ()


def of_incident(tx: Transaction, incident: Incident) -> tuple[Deadline, ...]:
    """The same for an incident that was found already."""
    known, deed = pack(), deed_of(incident)
    told = {clock.key: clock for clock in store.clocks(tx, incident.id)}
    place = place_in(tx, incident.municipality)
    closing: Collection[date] = tx.context.get(CLOSING_DAYS, ())
    offences = domain.offences_of(deed, known.offences)
    return tuple(
        sorted(
            (
                domain.deadline(
                    clock,
                    known.rules[clock.code],
                    deed,
                    is_closed=place.is_closed,
                    closes_too=closing.__contains__,
                    offences=[each for each in offences if clock.entitled in each.entitled]
                    if clock.code == STRAFANTRAG
                    else (),
                )
                for clock in {**_by_default(known, deed), **told}.values()
            ),
            key=lambda each: (each.safe_until, each.code, each.entitled, each.offender),
        )
    )


def clock_of(
    tx: Transaction, incident: Incident, code: str, *, entitled: str, offender: int
) -> Clock | None:
    """One clock as it stands: told, or running by default; None where none can run."""
    key = code, entitled, offender
    told = {clock.key: clock for clock in store.clocks(tx, incident.id)}
    if key in told:
        return told[key]
    found = _by_default(pack(), deed_of(incident)).get(key)
    if found is not None:
        return found
    return Clock(code=code, entitled=entitled, offender=offender) if _may_run(*key) else None


def set_clock(tx: Transaction, incident: Incident, clock: Clock, *, who: str, why: str) -> None:
    """Keep when somebody knew, rests or has finished; recorded. Raises BadClock.

    The reminders follow: of a date that has moved each goes out anew.
    """
    today = local_day(tx.now) or tx.now.date()
    checked = domain.checked(clock, today=today, earliest=_earliest(incident))
    if not _may_run(*checked.key):
        raise domain.BadClock("code", "no such clock")
    incidents.lock(tx, incident.id)
    store.put(tx, incident.id, checked)
    done = Act(
        municipality=incident.municipality,
        who=who,
        act="deadline.set",
        fields="case",
        why=why,
        incident=incident.id,
        object=f"{clock.code}/{clock.entitled}/{clock.offender}",
    )
    record(tx, done)
    store.look_again(tx, incident.id, tx.now)


def next_offender(deadlines: Collection[Deadline]) -> int | None:
    """The number of one more offender, for whom a clock of their own runs; None: enough."""
    most = max((each.offender for each in deadlines if each.code == STRAFANTRAG), default=1)
    return most + 1 if most < MOST_OFFENDERS else None


def place_in(tx: Transaction, municipality: str) -> Place:
    """Where the deadlines of a municipality end."""
    known: Callable[[str], Place] = tx.context.get(PLACES, place_of)
    return known(municipality)


def deed_of(incident: Incident) -> Deed:
    """What deadlines need to know of an incident."""
    coded = incident.coded
    registered_on = local_day(incident.registered_at) or incident.registered_at.date()
    return Deed(
        on=coded.occurred_on or registered_on,
        is_dated=coded.occurred_on is not None,
        forms=coded.forms,
        place=coded.place,
        groups=coded.affected_groups,
        motives=coded.motives,
    )


def _by_default(known: Pack, deed: Deed) -> dict[tuple[str, str, int], Clock]:
    """The clocks that run without anybody saying so."""
    clocks = [
        Clock(code=rule.code, entitled=who)
        for rule in known.rules.values()
        if rule.starts == "known" and domain.applies(rule, deed)
        for who in _whose(rule, deed, known)
    ]
    return {clock.key: clock for clock in clocks}


def _whose(rule: Rule, deed: Deed, known: Pack) -> Collection[str]:
    if rule.code != STRAFANTRAG:
        return (AFFECTED,)
    return domain.entitled_of(deed, domain.offences_of(deed, known.offences))


def _may_run(code: str, entitled: str, offender: int) -> bool:
    if code == STRAFANTRAG:
        return entitled in domain.ENTITLED and 1 <= offender <= MOST_OFFENDERS
    rule = pack().rules.get(code)
    if rule is None or offender != 1:
        return False
    return entitled == (domain.SUPERIOR if rule.starts == "told" else AFFECTED)


def _earliest(incident: Incident) -> date:
    """Nobody knows of a deed before it happens, as far as it is known when it did."""
    return incident.coded.occurred_on or EARLIEST
