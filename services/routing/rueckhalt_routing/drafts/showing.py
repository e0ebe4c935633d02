# SPDX-License-Identifier: EUPL-1.2
"""Drafts as their pages show them: names instead of senders, sentences instead of codes."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rueckhalt_routing.drafts.domain import Reason
from rueckhalt_routing.drafts.handlers import Editor
from rueckhalt_routing.plan.reading import Problem
from rueckhalt_shared.identity.showing import accounts_of, name_of
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import Caller, caller, settings
from rueckhalt_shared.web import Problem as HttpProblem

WRITE = "plan:write"
_MOST_TOLD = 50


def editor_of(who: Caller) -> Editor:
    """Whoever asks."""
    return Editor(
        sender=who.sender,
        name=name_of(who.sender),
        municipalities=who.municipalities,
        accounts=accounts_of(who),
    )


def signer() -> str:
    """The name whoever asks would sign with."""
    return name_of(caller().sender)


def person_of(who: Caller) -> Editor:
    """The same, where a name is put under something: only somebody signed in; raises Problem."""
    if who.account is None:
        told = "Only somebody who has signed in can sign, ask for an emergency or publish here."
        raise HttpProblem(403, "A person is needed", told, kind="person-needed")
    return editor_of(who)


def municipality_of(who: Caller, wanted: str = "") -> str:
    """Whose plan: the one asked for, the installation's, or the first the caller has a role in."""
    own: str = settings().municipality
    municipality = wanted or (own if own and who.reaches(own) else _first(who))
    who.must_reach(municipality)
    return municipality


def _first(who: Caller) -> str:
    return next((each for each in who.municipalities if each != "*"), settings().municipality)


def spoken() -> str:
    """The language in which proofs speak: Einfache Sprache has no words of its own there."""
    return "en" if language() == "en" else "de"


def told(reason: Reason) -> str:
    """A reason as a sentence."""
    said = reason.told.get(spoken(), "")
    return said or words(reason.code)


def sentence(finding: Mapping[str, Any]) -> str:
    """What a finding says."""
    found: str = finding[spoken()]
    return found


def names_of(senders: Iterable[str]) -> str:
    """People by their names."""
    return ", ".join(name_of(each) for each in senders)


def percent(share: float) -> str:
    """A share as people read it; what is there is never shown as nothing."""
    if 0 < share < 0.005:
        return words("plan.under_one")
    if 0.995 <= share < 1:
        return words("plan.over_99")
    return words("plan.percent", figure=f"{share * 100:.0f}")


def as_errors(problems: Iterable[Problem]) -> Form:
    """Problems of a plan as an error summary, each at the field it is about."""
    found = [FieldError(field_of(each), each.words(spoken())) for each in problems]
    return Form(errors=tuple(found[:_MOST_TOLD]))


def field_of(problem: Problem) -> str:
    """The field of a form that a problem belongs to; empty: the whole form."""
    parts = [part.partition("[")[0] for part in problem.field.split(".")]
    if window := _WINDOW.search(problem.field):
        return f"window_{window[2] or 'days'}_{int(window[1]) + 1}"
    if parts[0] == "times" and len(parts) > 2:
        return f"{parts[1]}_{parts[2]}"
    for group in ("when", "term", "public"):
        if group in parts[:-1]:
            return f"{group}_{parts[parts.index(group) + 1]}"
    return parts[-1] if parts[-1] in _FIELDS else ""


_WINDOW = re.compile(r"\.windows\[([0-9]+)\](?:\.(days|from|until))?")
_FIELDS = frozenset(
    {
        *("code", "tier", "title", "reason", "chain", "signs", "asked", "told", "holder"),
        *("without_consent", "take_over_within", "key", "name", "unit", "from", "until"),
        *("stand_ins", "office_hours", "night", "closing_days", "zone", "steps", "municipality"),
        *("person", "stand_in", "reachable", "source", "owner", "hits", "emergency", "hold"),
        *("every", "starts", "ends", "members"),
    }
)
