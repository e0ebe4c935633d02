# SPDX-License-Identifier: EUPL-1.2
"""`plan mend`: the holes of a plan's table with what would close each, and one of it done."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rueckhalt_routing.proving.choosing import (
    draft_in,
    file_argument,
    language_option,
    untangled,
    usable,
    write_out,
)
from rueckhalt_shared.commands.telling import FINDINGS, honest, json_option, tell, unusable

if TYPE_CHECKING:
    from rueckhalt_routing.drafts.mending import Hole, Offer
    from rueckhalt_routing.plan.handlers import Draft

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_RULE_TIER = "2"
_WORDS = {
    "de": {
        "gap": "Lücke",
        "weak": "Nur durch die Auffangregel gedeckt",
        "widen": "Regel „{rule}“ erweitern um {name}: {said}",
        "restore": "Regel „{rule}“ zurückholen",
        "own_rule": "eine eigene Regel genau dafür (--chain CODE)",
        "sign": "bewusst so lassen und unterschreiben (--by NAME --reason TEXT)",
        "none": "Keine Lücke in der Tabelle.",
        "take": "Übernehmen: plan mend {file} --take 1.1 -o NEU",
        "left": "{out}: {count} Lücken bleiben",
    },
    "en": {
        "gap": "Gap",
        "weak": "Held by the catch-all rule only",
        "widen": "widen rule {rule} by {name}: {said}",
        "restore": "bring rule {rule} back",
        "own_rule": "a rule of its own for just that (--chain CODE)",
        "sign": "leave it on purpose and sign (--by NAME --reason TEXT)",
        "none": "No hole in the table.",
        "take": "Take one: plan mend {file} --take 1.1 -o NEW",
        "left": "{out}: {count} holes left",
    },
}


@dataclass(frozen=True, kw_only=True)
class Taking:
    """What the person has chosen, with what that choice needs."""

    choice: str
    former: "Draft | None"
    chain: str | None
    by: str | None
    reason: str | None


@click.command()
@file_argument
@click.option("--take", "choice", help="The proposal to take, as it is numbered: 1.2")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="New plan.")
@click.option("--former", type=_FILE, help="An earlier plan, whose rules may be brought back.")
@click.option("--chain", help="For a rule of its own: the chain it starts.")
@click.option("--by", help="For a signature: who signs.")
@click.option("--reason", help="For a signature: why these cases stay with the catch-all.")
@language_option
@json_option
@honest
def mend(
    *, file: Path, choice: str | None, out: Path | None, former: Path | None, **how: Any
) -> None:
    """Say what would close each hole of the table, or take one proposal into a new plan file.

    0: no hole is left, 1: some are, 2: nothing could be done and nothing was written.
    """
    lang, as_json = how.pop("lang"), how.pop("as_json")
    draft = draft_in(file, lang, as_json=as_json)
    old = draft_in(former, lang, as_json=as_json) if former is not None else None
    found = _holes(draft, old, lang, as_json=as_json)
    if choice is None:
        last = _WORDS[lang]["take"].format(file=file.name) if found else _WORDS[lang]["none"]
        tell(_document(found), [*_lines(found, draft, lang), last], as_json=as_json)
    else:
        if out is None:
            raise unusable("--out: needed to write the new plan")
        taking = Taking(choice=choice, former=old, **how)
        with usable(file, lang, as_json=as_json):
            new = _taken(draft, found, taking)
        found = _holes(new, old, lang, as_json=as_json)
        from rueckhalt_routing.plan.files import format_of, write_plan  # noqa: PLC0415

        write_out(out, write_plan(_plain(new), format_of(out.name)))
        left = _WORDS[lang]["left"].format(out=out, count=len(found))
        tell(
            _document(found) | {"out": str(out)}, [*_lines(found, new, lang), left], as_json=as_json
        )
    if found:
        raise click.exceptions.Exit(FINDINGS)


def _holes(draft: "Draft", old: "Draft | None", lang: str, *, as_json: bool) -> "list[Hole]":
    from rueckhalt_routing.drafts.mending import holes  # noqa: PLC0415 - commands start fast

    with untangled(draft.plan.units, lang, as_json=as_json):
        return holes(draft.plan, old.plan if old is not None else None, lang)


def _lines(found: "Sequence[Hole]", draft: "Draft", lang: str) -> Iterator[str]:
    from rueckhalt_routing.plan.vocabulary import dimensions  # noqa: PLC0415 - commands start fast
    from rueckhalt_routing.proving.told import speech  # noqa: PLC0415

    words, names = _WORDS[lang], speech(dimensions(draft.plan.units), lang).names
    for number, hole in enumerate(found, 1):
        yield f"{number}  {words[hole.kind]}: {hole.example} ({hole.share:.1%}: {hole.box})"
        for place, offer in enumerate(hole.offers, 1):
            name = names.get(offer.dimension, offer.dimension)
            said = words[offer.act].format(rule=offer.rule, name=name, said=offer.said)
            yield f"   {number}.{place}  {said}"


def _document(found: "Sequence[Hole]") -> dict[str, Any]:
    return {
        "holes": [
            {
                "kind": hole.kind,
                "example": hole.example,
                "when": {name: list(values) for name, values in hole.when.items()},
                "share": hole.share,
                "offers": [
                    {"take": f"{number}.{place}"} | vars(offer)
                    for place, offer in enumerate(hole.offers, 1)
                ],
            }
            for number, hole in enumerate(found, 1)
        ]
    }


def _taken(draft: "Draft", found: "Sequence[Hole]", taking: Taking) -> "Draft":
    """The plan with one proposal taken; raises PlanRefused where it would be none any more."""
    from rueckhalt_routing.plan.handlers import draft_of_document  # noqa: PLC0415

    hole, offer = _chosen(found, taking.choice)
    return draft_of_document(json.dumps(_changed(_plain(draft), hole, offer, taking)))


def _chosen(found: "Sequence[Hole]", choice: str) -> "tuple[Hole, Offer]":
    known = {
        f"{number}.{place}": (hole, offer)
        for number, hole in enumerate(found, 1)
        for place, offer in enumerate(hole.offers, 1)
    }
    if choice not in known:
        raise unusable(f"--take {choice[:20]}: allowed: {', '.join(known) or 'nothing to take'}")
    return known[choice]


def _changed(
    document: dict[str, Any], hole: "Hole", offer: "Offer", taking: Taking
) -> dict[str, Any]:
    from rueckhalt_routing.drafts import editing, mending  # noqa: PLC0415 - commands start fast

    if offer.act == mending.WIDEN:
        return editing.widened(document, offer.rule, offer.dimension, offer.values)
    if offer.act == mending.RESTORE and taking.former is not None:
        return editing.with_rule(document, editing.rule(_plain(taking.former), offer.rule))
    when = {name: list(values) for name, values in hole.when.items()}
    if offer.act == mending.SIGN:
        if not taking.by or not taking.reason:
            raise unusable("--by and --reason: needed for a signature")
        return editing.signed(document, when, signed_by=taking.by, reason=taking.reason)
    chains = list(editing.named(document, "chains"))
    if taking.chain not in chains:
        raise unusable(f"--chain {taking.chain or ''}: allowed: {', '.join(chains)}")
    known = {rule.get("code") for rule in editing.rules(document)}
    code = next(f"eigen_{n}" for n in range(1, len(known) + 2) if f"eigen_{n}" not in known)
    then = {"chain": taking.chain}
    return editing.with_rule(
        document, {"code": code, "tier": _RULE_TIER, "when": when, "then": then}
    )


def _plain(draft: "Draft") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(draft.document)
    return found
