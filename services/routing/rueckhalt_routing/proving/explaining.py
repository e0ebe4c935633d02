# SPDX-License-Identifier: EUPL-1.2
"""Why this person, in sentences: rule, time, chain, who was left out and why."""

from collections.abc import Iterator
from typing import Any

from rueckhalt_routing.assignments.staffing import (
    ACCUSED_UNIT,
    HEAD_OF_HOUSE,
    LINE_OF_SOURCE,
    NAMED,
    TICKED_OUT,
)
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.proving.people import Reach
from rueckhalt_routing.proving.told import clock, lasting, speech
from rueckhalt_routing.proving.trying import Trial
from rueckhalt_shared.contracts import codes

_CAUSES = {
    NAMED: ("als Quelle genannt", "named as source"),
    TICKED_OUT: ("von der betroffenen Person ausgeschlossen", "ticked out by the affected person"),
    LINE_OF_SOURCE: ("in der Linie der Quelle", "in the line of the source"),
    ACCUSED_UNIT: ("im beschuldigten Bereich", "of the accused unit"),
    HEAD_OF_HOUSE: ("die Quelle ist im Rat", "the source is on the council"),
}


_BY = {
    "stand_in": (", in Vertretung", ", as stand-in"),
    "rota": (", Bereitschaftsdienst", ", on duty"),
    "swap": (", Bereitschaftsdienst nach Tausch", ", on duty by a swap"),
    "override": (", Bereitschaftsdienst in Vertretung", ", on duty in place of another"),
    "emergency": (", Notfallplan", ", by the emergency roster"),
    "catch_all": (", Auffangperson", ", catch-all"),
    "last_resort": (", weil sonst niemand da ist", ", because nobody else is there"),
}


def explained(trial: Trial, compiled: CompiledPlan, reach: Reach, language: str) -> Iterator[str]:
    """The lines of an explanation."""
    german = language == "de"
    say = speech(compiled.dimensions, language)
    decision, verdict = trial.decision, trial.decision.verdict
    words = [
        "+".join(say.label(d, value) for value in verdict.values[d.name])
        for d in compiled.dimensions
    ]
    start = int(trial.case.registered_at.timestamp())
    at = clock(start, reach.zone, language)
    yield f"{'Fall' if german else 'Case'}: {at}: {', '.join(words)}"
    rule = verdict.leading
    tier = codes.TIERS.label(str(rule.tier), language)
    yield f"{'Regel' if german else 'Rule'}: {rule.code} ({tier}): {rule.title or '–'}"
    lost = [code for code in verdict.matched if code != rule.code]
    if lost:
        yield f"{'Passt auch, gilt nicht' if german else 'Matches, too'}: {', '.join(lost)}"
    added = [each.code for each in verdict.immediate if each is not rule]
    if added:
        yield f"{'Kommt hinzu' if german else 'Added'}: {', '.join(added)}"
    within = lasting(int(decision.take_over_within.total_seconds()))
    yield (
        f"Meldekette: {decision.chain}, {decision.urgency}, Übernahme zugesagt in {within}"
        if german
        else f"Chain: {decision.chain}, {decision.urgency}, take-over promised within {within}"
    )
    for passed in decision.passed:
        why = reach.because(passed.member.key, start, language)
        said = "Übergangen" if german else "Passed over"
        yield f"  {said}: {passed.member.name} ({why})"
    yield from _people(trial, reach, language)
    for id, cause in sorted(decision.conflict.excluded.items()):
        name = compiled.by_id[id].name if id in compiled.by_id else id
        why = _CAUSES[cause][0 if german else 1]
        yield f"{'Ausgeschlossen' if german else 'Excluded'}: {name} ({why})"


def _people(trial: Trial, reach: Reach, language: str) -> Iterator[str]:
    german = language == "de"
    start = int(trial.case.registered_at.timestamp())
    for (told, after), heard in zip(trial.told, trial.heard, strict=True):
        role = codes.ROLES.label(told.role, language)
        when = f"{'nach' if german else 'after'} {lasting(after)}"
        if heard == after:
            knows = "erreichbar" if german else "reachable"
        else:
            knows = reach.because(told.member.key, start + after, language)
        by = _BY.get(told.because, ("", ""))[0 if german else 1]
        yield f"  {when}: {told.member.name} ({role}{by}), {knows}"


def as_document(trial: Trial) -> dict[str, Any]:
    """The same for `--json`."""
    decision, verdict = trial.decision, trial.decision.verdict
    return {
        "at": trial.case.registered_at.isoformat(),
        "cell": {name: list(values) for name, values in verdict.values.items()},
        "rule": verdict.leading.code,
        "tier": verdict.leading.tier,
        "weak": verdict.weak,
        "matched": list(verdict.matched),
        "immediate": [rule.code for rule in verdict.immediate],
        "chain": decision.chain,
        "urgency": decision.urgency,
        "take_over_within_s": int(decision.take_over_within.total_seconds()),
        "told": [
            {
                "key": told.member.key,
                "role": told.role,
                "because": told.because,
                "after_s": after,
                "knows_after_s": heard,
            }
            for (told, after), heard in zip(trial.told, trial.heard, strict=True)
        ],
        "first_knows_after_s": trial.first,
        "excluded": dict(decision.conflict.excluded),
        "late": trial.is_late,
    }
