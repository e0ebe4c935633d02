# SPDX-License-Identifier: EUPL-1.2
"""Is somebody there, at every instant, and how soon do they know: each route, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rueckhalt_routing.proof.reaching import (
    Course,
    Worst,
    alone,
    first_told,
    first_wait,
    gaps,
    second_wait,
)
from rueckhalt_routing.proof.spans import Span, Spans, intersect
from rueckhalt_routing.proof.wording import Speech
from rueckhalt_routing.proving.courses import Courses, people_of, rotas_of
from rueckhalt_routing.proving.people import Reach
from rueckhalt_routing.proving.told import Told, clock, lasting
from rueckhalt_routing.proving.ways import BOTH, HEAD, NO_CONFLICT, SUPERVISOR, Route, parted

_WITHOUT = {
    "de": {
        SUPERVISOR: "ohne die Führungskraft",
        HEAD: "ohne die Behördenleitung",
        BOTH: "ohne Führungskraft und Behördenleitung",
    },
    "en": {
        SUPERVISOR: "without the line manager",
        HEAD: "without the head of the house",
        BOTH: "without line manager and head of the house",
    },
}
_MOST_SPANS = 3
LANGUAGES = ("de", "en")


@dataclass(frozen=True)
class Cover:
    """What holds for one route."""

    route: Route
    course: Course
    waits: tuple[int, ...]
    shared: "Shared"
    second: Worst | None
    """Until a second human knows, if the first does not react; gaps left out."""

    @property
    def gaps(self) -> Spans:
        """When nobody is there."""
        return self.shared.gaps

    @property
    def alone(self) -> tuple[tuple[Span, str], ...]:
        """When there is one person only."""
        return self.shared.alone

    def second_until(self, end: int) -> Worst | None:
        """The same for starts before an instant only."""
        if self.second is None or self.second.at < end:
            return self.second
        told = list(first_told(intersect(self.shared.need, ((-_EVER, end),)), self.course))
        return second_wait(told, self.course, self.waits)


@dataclass(frozen=True)
class Shared:
    """What does not depend on how long the steps wait."""

    need: Spans
    gaps: Spans
    alone: tuple[tuple[Span, str], ...]
    first: Worst | None
    """Until one human knows; none if the chain is never needed."""
    told: tuple[tuple[int, Spans, frozenset[str]], ...]
    """Who is told first when."""
    seconds: dict[tuple[int, ...], Worst | None] = field(default_factory=dict, compare=False)


Known = dict[tuple[Course, frozenset[str], bool], Shared]
_EVER = 1 << 50


def covers_of(routes: list[Route], courses: Courses) -> Iterator[Cover]:
    """Layers B, C and D of each route; routes that tell the same people are looked at once."""
    known: Known = {}
    for route in routes:
        yield cover_of(route, courses, known)


def cover_of(route: Route, courses: Courses, known: Known) -> Cover:
    """The layers of one route; `known` holds what was worked out for others."""
    where = route.situation
    course, waits = courses.of(where), courses.waits(where)
    key = (course, frozenset(route.classes), where.holds)
    if key not in known:
        known[key] = _shared(course, courses.reach.need(key[1], holds=where.holds))
    shared = known[key]
    if waits not in shared.seconds:
        shared.seconds[waits] = second_wait(shared.told, course, waits)
    return Cover(route, course, waits, shared, shared.seconds[waits])


def _shared(course: Course, need: Spans) -> Shared:
    return Shared(
        need,
        gaps(need, course),
        tuple(sorted(alone(need, course.people))),
        first_wait(need, course),
        tuple(first_told(need, course)),
    )


def told_of_cover(
    covers: list[Cover], reach: Reach, speeches: Mapping[str, Speech]
) -> Iterator[Told]:
    """Every gap, and every time a chain hangs on one person; each once."""
    seen: set[tuple[object, ...]] = set()
    for cover in covers:
        where = cover.route.situation
        for code, what in (
            ("gap_in_time", cover.gaps),
            ("single_person", () if where.conflict else cover.alone),
        ):
            key = (code, where.chain, what, where.conflict != NO_CONFLICT)
            if not what or key in seen or (code, where.chain, what, False) in seen:
                continue
            seen.add(key)
            yield _told(code, cover, reach, speeches)


def _told(code: str, cover: Cover, reach: Reach, speeches: Mapping[str, Speech]) -> Told:
    where = cover.route.situation
    write = {"gap_in_time": _gap, "single_person": _single}[code]
    sentences = [write(cover, reach, speeches[language]) for language in LANGUAGES]
    detail: dict[str, object] = {
        "chain": where.chain,
        "urgency": where.urgency,
        "conflict": where.conflict or None,
    }
    if code == "gap_in_time":
        detail["spans"] = [list(span) for span in cover.gaps]
    if code == "single_person":
        detail["spans"] = [[*span, person] for span, person in cover.alone]
    return Told(code, sentences[0], sentences[1], detail)


def _chain(cover: Cover, say: Speech) -> str:
    where = cover.route.situation
    name = f"Meldekette „{where.chain}“" if say.language == "de" else f"chain {where.chain}"
    others, unit = parted(where.conflict)
    said = [name, where.urgency]
    if others:
        said.append(_WITHOUT[say.language][others])
    if unit:
        said.append(f"ohne den Bereich {unit}" if say.language == "de" else f"without {unit}")
    return ", ".join(said)


def _gap(cover: Cover, reach: Reach, say: Speech) -> str:
    german = say.language == "de"
    start = cover.gaps[0][0]
    example = say.example(cover.route.example, clock(start, reach.zone, say.language))
    spans = _spans(list(cover.gaps), reach, say)
    why = "; ".join(_reasons(cover, reach, start, say.language))
    knows = _knows(cover, say.language)
    if german:
        return f"Lücke: {example}: niemand. {_chain(cover, say)}: {spans} ({why}). {knows}"
    return f"Gap: {example}: nobody. {_chain(cover, say)}: {spans} ({why}). {knows}"


def _reasons(cover: Cover, reach: Reach, start: int, language: str) -> Iterator[str]:
    """Why nobody is there at the beginning of a gap: the day, each rota, each person."""
    holiday = reach.holiday(start)
    if holiday is not None:
        yield f"Feiertag: {holiday}" if language == "de" else f"holiday: {holiday}"
    where = cover.route.situation
    for rota in sorted(rotas_of(reach.plan, where)):
        said = reach.no_duty(rota, start, language)
        if said is not None:
            yield said
    there = set(cover.course.people)
    for key in sorted(people_of(reach.plan, where, {}) & there):
        yield f"{reach.name(key)} {reach.because(key, start, language)}"


def _knows(cover: Cover, language: str) -> str:
    seconds = cover.shared.first.seconds if cover.shared.first else None
    if seconds is None:
        return "Niemand erfährt es." if language == "de" else "Nobody ever knows."
    if language == "de":
        return f"Erst nach {lasting(seconds)} weiß es jemand, wenn es am schlechtesten trifft."
    return f"At worst somebody knows after {lasting(seconds)} only."


def _single(cover: Cover, reach: Reach, say: Speech) -> str:
    names = ", ".join(dict.fromkeys(reach.name(person) for _, person in cover.alone))
    spans = _spans([span for span, _ in cover.alone], reach, say)
    if say.language == "de":
        return f"Nur eine Person: {_chain(cover, say)} hängt allein an {names}: {spans}."
    return f"One person only: {_chain(cover, say)} hangs on {names} alone: {spans}."


def _spans(spans: list[Span], reach: Reach, say: Speech) -> str:
    between = "bis" if say.language == "de" else "to"
    told = [
        f"{clock(start, reach.zone, say.language)} {between} {clock(end, reach.zone, say.language)}"
        for start, end in spans[:_MOST_SPANS]
    ]
    more = len(spans) - len(told)
    if more:
        told.append(f"und {more} weitere" if say.language == "de" else f"and {more} more")
    return ", ".join(told)
