# SPDX-License-Identifier: EUPL-1.2
"""`plan check|prove|verify|explain|diff|simulate`: everything about a plan file, without a server.

Exit status 0: fine, 1: something was found, 2: nothing could be said.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_routing.proving.choosing import (
    draft_in,
    facts_option,
    file_argument,
    instant_in,
    known_in,
    language_option,
    second_argument,
    text_of,
    untangled,
    write_out,
)
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_routing.plan.findings import Finding
    from rueckhalt_routing.plan.handlers import Draft

_hints = click.option("--hints", is_flag=True, help="Also tell what may stay as it is.")


@click.command()
@file_argument
@facts_option
@language_option
@_hints
@json_option
@honest
def check(*, file: Path, facts_file: Path | None, lang: str, hints: bool, as_json: bool) -> None:
    """Check a plan: roles, gaps, overlaps, dead rules; 0 fine, 1 findings, 2 unusable."""
    from rueckhalt_routing.plan.lint import lint  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.proving.tables import Laid, told_of_table  # noqa: PLC0415

    draft = draft_in(file, lang, as_json=as_json)
    known, now = known_in(facts_file, draft.plan, lang), instant_in(None, draft.plan)
    linted = lint(draft.plan, facts=known.facts, confirmed=known.confirmed, now=now)
    found = [each for each in linted if not each.is_hint]
    advice = [each for each in linted if each.is_hint]
    with untangled(draft.plan.units, lang, as_json=as_json):
        told = list(told_of_table(Laid(draft.plan)))
    grave = [each for each in told if not each.is_hint]
    minor = [each for each in told if each.is_hint]
    rules, people, count = len(draft.plan.rules), len(draft.plan.persons), len(found) + len(grave)
    document = {
        "usable": True,
        "municipality": draft.plan.municipality,
        "rules": rules,
        "persons": people,
        "findings": [
            *(_finding(each, draft, lang) for each in found),
            *(each.as_dict(lang) for each in grave),
        ],
        "hints": [
            *(_finding(each, draft, lang) for each in advice),
            *(each.as_dict(lang) for each in minor),
        ],
    }
    lines = [_said(each, draft, lang) for each in found] + [each.words(lang) for each in grave]
    if hints:
        lines += [_said(each, draft, lang) for each in advice]
        lines += [each.words(lang) for each in minor]
    figures = (rules, people, count, len(minor) + len(advice))
    lines.append(_summary(draft.plan.title, figures, lang))
    tell(document, lines, as_json=as_json)
    _end(bool(count))


def _finding(finding: "Finding", draft: "Draft", lang: str) -> dict[str, Any]:
    told = {"code": finding.code, "subject": finding.subject, "about": finding.about}
    return told | {"line": draft.lines.get(finding.where), "told": finding.words(lang)}


def _said(finding: "Finding", draft: "Draft", lang: str) -> str:
    line = draft.lines.get(finding.where)
    place = f"{'Zeile' if lang == 'de' else 'line'} {line}, " if line else ""
    return place + finding.words(lang)


def _summary(title: str, figures: tuple[int, int, int, int], lang: str) -> str:
    words = ("Regeln", "Personen", "Befunde", "Hinweise")
    if lang != "de":
        words = ("rules", "persons", "findings", "hints")
    said = ", ".join(f"{n} {word}" for n, word in zip(figures, words, strict=True))
    return f"{title}: {said}"


@click.command()
@file_argument
@facts_option
@click.option("--from", "start", help="Wall clock to prove from: 2026-12-24 23:00; default: now.")
@click.option("--days", type=click.IntRange(1, 1500), default=400, show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Certificate file.")
@click.option("--enumerate", "count_all", is_flag=True, help="Count every single case as well.")
@language_option
@_hints
@json_option
@honest
def prove(
    *,
    file: Path,
    facts_file: Path | None,
    start: str | None,
    days: int,
    out: Path | None,
    count_all: bool,
    lang: str,
    hints: bool,
    as_json: bool,
) -> None:
    """Prove who is reachable for every case until when; 0 proved, 1 findings, 2 unusable."""
    from rueckhalt_routing.proof.certificate import canonical  # noqa: PLC0415
    from rueckhalt_routing.proving.concluding import prove as run  # noqa: PLC0415
    from rueckhalt_routing.proving.counting import counted_wrong  # noqa: PLC0415
    from rueckhalt_routing.proving.standing import standing  # noqa: PLC0415

    draft = draft_in(file, lang, as_json=as_json)
    facts = known_in(facts_file, draft.plan, lang).facts
    with untangled(draft.plan.units, lang, as_json=as_json):
        proof = run(draft, instant_in(start, draft.plan), days, facts=facts)
    told = [*proof.findings, *(counted_wrong(proof.laid) if count_all else ())]
    if out is not None and proof.certificate is not None:
        write_out(out, canonical(proof.certificate) + "\n")
    document = {
        "findings": [each.as_dict(lang) for each in told],
        "hints": [each.as_dict(lang) for each in proof.hints],
        "certificate": proof.certificate,
    }
    shown = [*told, *(proof.hints if hints else ())]
    lines = [each.words(lang) for each in shown] + list(standing(proof, lang))
    tell(document, lines, as_json=as_json)
    _end(bool(told) or proof.certificate is None)


@click.command()
@file_argument
@click.argument("facts", nargs=-1, metavar="[FIELD=VALUE]...")
@language_option
@json_option
@honest
def explain(*, file: Path, facts: tuple[str, ...], lang: str, as_json: bool) -> None:
    """Say who would be told of one case, when, and why: at="2026-12-24 23:00" form=threat …"""
    from rueckhalt_routing.plan.compiled import compile_plan  # noqa: PLC0415
    from rueckhalt_routing.proving.explaining import as_document, explained  # noqa: PLC0415
    from rueckhalt_routing.proving.people import reach_of  # noqa: PLC0415
    from rueckhalt_routing.proving.trying import NotACase, case_of, trial_of  # noqa: PLC0415

    draft = draft_in(file, lang, as_json=as_json)
    fields = dict(_pair(fact) for fact in facts)
    try:
        case = case_of(fields, draft.plan, instant_in(None, draft.plan))
    except NotACase as error:
        raise unusable(str(error)) from None
    compiled = compile_plan(draft.plan, id="trial", version=0)
    reach = reach_of(draft.plan, case.registered_at, 1)
    trial = trial_of(case, compiled, reach)
    tell(as_document(trial), explained(trial, compiled, reach, lang), as_json=as_json)
    _end(trial.is_late)


def _pair(fact: str) -> tuple[str, str]:
    name, is_given, value = fact.partition("=")
    if not is_given:
        raise unusable(f"{fact[:60]}: FIELD=VALUE")
    return name, value


@click.command()
@file_argument
@second_argument
@language_option
@json_option
@honest
def diff(*, file: Path, other: Path, lang: str, as_json: bool) -> None:
    """Say what changes from a plan to another (second file): 0 nothing, 1 something."""
    from rueckhalt_routing.proving.differing import OtherTown, differences  # noqa: PLC0415

    old, new = (draft_in(each, lang, as_json=as_json) for each in (file, other))
    try:
        told = list(differences(old.plan, new.plan))
    except OtherTown as error:
        raise unusable(f"two municipalities: {error}") from None
    none = "Nichts ändert sich." if lang == "de" else "Nothing changes."
    lines = [each.words(lang) for each in told] or [none]
    tell({"changes": [each.as_dict(lang) for each in told]}, lines, as_json=as_json)
    _end(bool(told))


@click.command()
@file_argument
@click.argument("cases", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Another plan: say which cases would go elsewhere.",
)
@language_option
@json_option
@honest
def simulate(*, file: Path, cases: Path, against: Path | None, lang: str, as_json: bool) -> None:
    """Run a table of cases (CSV, one a line) or scenarios (given, when, then) through a plan.

    1 if nobody would know in time, or something is not as a scenario expects it.
    """
    from rueckhalt_routing.proving.rehearsing import is_scenario  # noqa: PLC0415
    from rueckhalt_routing.proving.simulating import BadCase, simulated  # noqa: PLC0415

    draft = draft_in(file, lang, as_json=as_json)
    if is_scenario(text_of(cases)):
        _rehearse(draft, cases, against, lang=lang, as_json=as_json)
        return
    former = draft_in(against, lang, as_json=as_json).plan if against is not None else None
    now = instant_in(None, draft.plan)
    try:
        document, lines = simulated(text_of(cases), draft.plan, former, now=now, language=lang)
    except BadCase as error:
        raise unusable(f"{cases.name}: {error}") from None
    tell(document, lines, as_json=as_json)
    _end(bool(document["late"] or document["elsewhere"]))


def _rehearse(
    draft: "Draft", scenarios: Path, against: Path | None, *, lang: str, as_json: bool
) -> None:
    from rueckhalt_routing.proving.rehearsing import rehearsed  # noqa: PLC0415
    from rueckhalt_routing.proving.scenarios import BadScenario  # noqa: PLC0415

    if against is not None:
        raise unusable("--against: CSV")
    now = instant_in(None, draft.plan)
    try:
        document, lines = rehearsed(text_of(scenarios), draft.plan, now=now, language=lang)
    except BadScenario as error:
        raise unusable(f"{scenarios.name}: {error}") from None
    tell(document, lines, as_json=as_json)
    _end(document["failed"])


def _end(found: Any) -> None:
    if found:
        raise click.exceptions.Exit(FINDINGS)
