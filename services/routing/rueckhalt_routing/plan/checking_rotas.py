# SPDX-License-Identifier: EUPL-1.2
"""From entries to rotas: who is on duty in turn, from when on, at which hours of the week."""

import re
from datetime import datetime, time, timedelta
from itertools import combinations

from rueckhalt_routing.plan.checking_cover import read_wall
from rueckhalt_routing.plan.domain import HOLIDAY, Rota, Window
from rueckhalt_routing.plan.reading import Entry, Problem, Reader

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_HOUR = timedelta(hours=1)
_WEEK_MINUTES = 7 * 1440
_MOST_WINDOWS = 50
_NEVER = datetime(1970, 1, 5)  # noqa: DTZ001 - a wall clock


def read_rotas(reader: Reader, entry: Entry | None, people: list[str]) -> dict[str, Rota]:
    """The rotas by code; `people` are the keys of everybody who may stand in one."""
    rotas = {}
    for code, item in reader.mapping(entry).items():
        if not _CODE.fullmatch(code):
            problem = Problem(item.line, item.path, "bad_form", code[:60], ("a-z 0-9 _",))
            reader.problems.append(problem)
        rotas[code] = _rota(reader, item, code=code, people=people)
    return rotas


def _rota(reader: Reader, item: Entry, *, code: str, people: list[str]) -> Rota:
    found = reader.fields(
        item, ("members", "every", "starts"), ("title", "ends", "windows", "stand_ins")
    )
    groups = tuple(_group(reader, each, people) for each in reader.items(found.get("members")))
    if "members" in found and not groups:
        reader.refuse(found["members"], "empty")
    starts = _wall(reader, found.get("starts")) or _NEVER
    ends = _wall(reader, found.get("ends"))
    if ends is not None and ends <= starts:
        reader.refuse(found["ends"], "ends_before")
    return Rota(
        code=code,
        groups=groups,
        every=_every(reader, found.get("every")),
        starts=starts,
        ends=ends,
        windows=_windows(reader, found.get("windows")),
        stand_ins=_stand_ins(reader, found.get("stand_ins"), people, groups=groups),
        title=reader.text(found.get("title"), longest=120),
    )


def _group(reader: Reader, entry: Entry, people: list[str]) -> tuple[str, ...]:
    """One turn: a person, or several, of whom the first is told."""
    found: list[str] = []
    for item in reader.items(entry):
        key = reader.code(item, people)
        if key in found:
            reader.refuse(item, "twice")
        found.append(key)
    if not found:
        reader.refuse(entry, "empty")
    return tuple(found)


def _stand_ins(
    reader: Reader, entry: Entry | None, people: list[str], *, groups: tuple[tuple[str, ...], ...]
) -> tuple[str, ...]:
    """Nobody stands in for themselves: who has every turn is no stand-in."""
    always = set(groups[0]).intersection(*groups) if groups else set()
    found: list[str] = []
    for item in reader.items(entry):
        key = reader.code(item, people)
        if key in always:
            reader.refuse(item, "same_person")
        elif key in found:
            reader.refuse(item, "twice")
        found.append(key)
    return tuple(dict.fromkeys(found))


def _every(reader: Reader, entry: Entry | None) -> timedelta:
    if entry is None:
        return 7 * 24 * _HOUR
    wanted = reader.duration(entry)
    if wanted % _HOUR:
        reader.refuse(entry, "bad_form", allowed=("7 d", "1 d", "12 h"))
        return 7 * 24 * _HOUR
    return wanted


def _wall(reader: Reader, entry: Entry | None) -> datetime | None:
    return read_wall(reader, entry, is_end=False) if entry is not None else None


def _windows(reader: Reader, entry: Entry | None) -> tuple[Window, ...]:
    items = reader.items(entry)
    if entry is not None and not 0 < len(items) <= _MOST_WINDOWS:
        reader.refuse(entry, "bad_form", allowed=(f"1 – {_MOST_WINDOWS}",))
        return ()
    read = [(item, _window(reader, item)) for item in items]
    known = [(item, window) for item, window in read if window is not None]
    for (_, first), (item, second) in combinations(known, 2):
        if _minutes(first) & _minutes(second):
            reader.refuse(item, "overlaps")
    return tuple(window for _, window in known)


def _window(reader: Reader, item: Entry) -> Window | None:
    found = reader.fields(item, ("days", "from", "until"))
    days = reader.codes(found.get("days"), DAYS)
    start, end = (_clock(reader, found.get(name)) for name in ("from", "until"))
    if "days" in found and not days:
        reader.refuse(found["days"], "empty", allowed=DAYS)
    if start is None or end is None or not days or set(days) - set(DAYS):
        return None
    return Window(days=tuple(DAYS.index(day) for day in days), start=start, end=end)


def _clock(reader: Reader, entry: Entry | None) -> time | None:
    """A time of day; 24:00 is the midnight after it."""
    if entry is None:
        return None
    text = reader.text(entry, longest=5)
    if not _CLOCK.fullmatch(text):
        reader.refuse(entry, "bad_form", allowed=("08:00", "24:00"))
        return None
    return time(0) if text == "24:00" else time.fromisoformat(text)


def _minutes(window: Window) -> int:
    """The minutes of a week as bits; holidays lie beside the week, they add to any day."""
    start = window.start.hour * 60 + window.start.minute
    length = (window.end.hour * 60 + window.end.minute - start) % 1440 or 1440
    bits = 0
    for day in window.days:
        if day == HOLIDAY:
            bits |= ((1 << length) - 1) << (_WEEK_MINUTES + start)
            continue
        run = ((1 << length) - 1) << (day * 1440 + start)
        bits |= run & ((1 << _WEEK_MINUTES) - 1) | run >> _WEEK_MINUTES
    return bits
