# SPDX-License-Identifier: EUPL-1.2
"""Arrivals in the reader's words: in the list without a word of what they say."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from rueckhalt_intake.evidence.domain import Attachment
from rueckhalt_intake.evidence.sealing import Opener
from rueckhalt_intake.evidence.showing import size
from rueckhalt_intake.inbound.domain import Arrival
from rueckhalt_intake.inbound.keeping import Entrance
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.showing import name_of
from rueckhalt_intake.report import showing as report
from rueckhalt_intake.waves.handlers import Looker
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import local_time
from rueckhalt_shared.web import Caller, extension

Row = dict[str, Any]
_DAYS = timedelta(days=2)


def looker_of(caller: Caller) -> Looker:
    """Who asks, in the towns they are responsible in."""
    return Looker(
        municipalities=caller.where(ASSIGNED),
        mode=caller.mode,
        who=name_of(caller),
        person=caller.person,
    )


def entrance() -> Entrance:
    """Where arrivals of this app come in."""
    return cast(Entrance, extension("entrance"))


def rows(found: Iterable[Arrival], now: datetime) -> list[Row]:
    """Lines of the list."""
    return [
        {
            "id": each.id,
            "origin": words(f"inbound.origin.{each.origin}"),
            "received": local_time(each.received_at),
            "age": _age(now - each.received_at),
            "is_late": each.is_late(now),
            "files": str(each.files),
            "reason": words(f"inbound.reason.{each.reason}") if each.reason else "",
            "decided": local_time(each.decided_at) if each.decided_at else "",
        }
        for each in found
    ]


def files(found: Iterable[Attachment]) -> list[Row]:
    """Files without their names."""
    return [
        {"kind": words(f"evidence.kind.{each.kind}"), "size": size(each.size)} for each in found
    ]


def opened(arrival: Arrival, found: Sequence[Attachment]) -> Row:
    """What it says, with the names of its files; raises Tampered, KeyMissing."""
    here = entrance()
    said = here.opened(arrival)
    reader = Opener(here.vault, lambda *_: None)  # names only: no file is opened here
    named = [{"name": reader.label(each).name} for each in found]
    return {
        "subject": said.get("subject", ""),
        "sender": said.get("sender", ""),
        "text": said.get("text", ""),
        "attached": said.get("attached", []),
        "notes": [words(name, number=str(count)) for name, count in said.get("notes", [])],
        "files": [row | name for row, name in zip(files(found), named, strict=True)],
        "answers": said.get("answers", {}),
    }


def proposed(said: Mapping[str, Any]) -> Form:
    """The form with what is certain, and the words as the beginning of the narrative."""
    answers = {"narrative": said["text"], **said["answers"]}
    day = str(answers.pop("occurred_on", ""))
    parts = dict(zip(("year", "month", "day"), day.split("-"), strict=False)) if day else {}
    return Form.blank(**answers, **{f"occurred_on.{part}": told for part, told in parts.items()})


def choices(municipality: str) -> dict[str, report.Choices]:
    """What may be chosen in the form."""
    units = cast(Reception, extension("reception")).units
    return report.choices({}, units=units, municipality=municipality)


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds()) // 3600
    if age >= _DAYS:
        return words("inbound.days", count=str(age.days))
    return words("inbound.hours", count=str(hours)) if hours else words("inbound.fresh")
