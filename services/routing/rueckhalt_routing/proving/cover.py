# SPDX-License-Identifier: EUPL-1.2
"""Is somebody there, at every instant, and how soon do they know: each route, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rueckhalt_routing.proof.reaching import Worst, alone, gaps, worst
from rueckhalt_routing.proof.spans import Span, Spans
from rueckhalt_routing.proof.wording import Speech
from rueckhalt_routing.proving.people import Reach
from rueckhalt_routing.proving.told import Told, clock, lasting
from rueckhalt_routing.proving.ways import BOTH, HEAD, NO_CONFLICT, SUPERVISOR, Route

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
    gaps: Spans
    alone: tuple[tuple[Span, str], ...]
    first: Worst | None
    """Until one human knows."""
    second: Worst | None
    """Until a second one knows, if the first does not react."""

    @property
    def late_at(self) -> int | None:
        """The first start whose promise to take over is over before anybody knows."""
        return self.first.late_at if self.first else None


Known = dict[tuple[object, ...], tuple[Spans, tuple[tuple[Span, str], ...], list[Worst | None]]]


def covers_of(routes: list[Route], reach: Reach) -> Iterator[Cover]:
    """Layers B, C and D of each route; routes that tell the same people are looked at once."""
    known: Known = {}
    for route in routes:
        tellings = route.situation.tellings
        promise = route.situation.promise
        key = (tellings, frozenset(route.classes), promise)
        if key not in known:
            need = reach.need(frozenset(route.classes))
            known[key] = (
                gaps(need, tellings, reach.of),
                tuple(sorted(alone(need, tellings, reach.of))),
                [worst(need, tellings, reach.of, count=count, promise=promise) for count in (1, 2)],
            )
        holes, lonely, waits = known[key]
        yield Cover(route, holes, lonely, waits[0], waits[1])


def told_of_cover(
    covers: list[Cover], reach: Reach, speeches: Mapping[str, Speech]
) -> Iterator[Told]:
    """Every gap, every time a chain hangs on one person, every broken promise; each once."""
    seen: set[tuple[object, ...]] = set()
    for cover in covers:
        where = cover.route.situation
        for code, what in (
            ("gap_in_time", cover.gaps),
            ("single_person", () if where.conflict else cover.alone),
            ("late", (cover.first,) if cover.late_at is not None and not cover.gaps else ()),
        ):
            key = (code, where.chain, what, where.conflict != NO_CONFLICT)
            if not what or key in seen or (code, where.chain, what, False) in seen:
                continue
            seen.add(key)
            yield _told(code, cover, reach, speeches)


def _told(code: str, cover: Cover, reach: Reach, speeches: Mapping[str, Speech]) -> Told:
    where = cover.route.situation
    write = {"gap_in_time": _gap, "single_person": _single, "late": _late}[code]
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
    if code == "late":
        detail["seconds"] = cover.first.seconds if cover.first else None
        detail["from"] = cover.late_at
        detail["promised"] = where.promise
    return Told(code, sentences[0], sentences[1], detail)


def _chain(cover: Cover, say: Speech) -> str:
    where = cover.route.situation
    name = f"Meldekette „{where.chain}“" if say.language == "de" else f"chain {where.chain}"
    without = _WITHOUT[say.language].get(where.conflict)
    return f"{name}, {where.urgency}" + (f", {without}" if without else "")


def _gap(cover: Cover, reach: Reach, say: Speech) -> str:
    german = say.language == "de"
    start = cover.gaps[0][0]
    example = say.example(cover.route.example, clock(start, reach.zone, say.language))
    away = "; ".join(
        f"{reach.name(key)} {reach.because(key, start, say.language)}"
        for key in dict.fromkeys(t.person for t in cover.route.situation.tellings)
    )
    spans = _spans(list(cover.gaps), reach, say)
    if german:
        return f"Lücke: {example}: niemand. {_chain(cover, say)}: {spans} ({away})."
    return f"Gap: {example}: nobody. {_chain(cover, say)}: {spans} ({away})."


def _single(cover: Cover, reach: Reach, say: Speech) -> str:
    names = ", ".join(dict.fromkeys(reach.name(person) for _, person in cover.alone))
    spans = _spans([span for span, _ in cover.alone], reach, say)
    if say.language == "de":
        return f"Nur eine Person: {_chain(cover, say)} hängt allein an {names}: {spans}."
    return f"One person only: {_chain(cover, say)} hangs on {names} alone: {spans}."


def _late(cover: Cover, reach: Reach, say: Speech) -> str:
    promise = lasting(cover.route.situation.promise)
    found = cover.first
    at = clock(found.at if found else 0, reach.zone, say.language)
    seconds = found.seconds if found else None
    if say.language == "de":
        long = f"erst nach {lasting(seconds)}" if seconds is not None else "nie"
        return (
            f"Zu spät: {_chain(cover, say)}: ein Mensch weiß es {long} "
            f"(gemeldet {at}), zugesagt sind {promise}."
        )
    long = f"only after {lasting(seconds)}" if seconds is not None else "never"
    return f"Late: {_chain(cover, say)}: a human knows {long} (reported {at}), promised: {promise}."


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
