# SPDX-License-Identifier: EUPL-1.2
"""After a change of the facts only what it touches is proved anew: with the same answer."""

import random
from datetime import timedelta

import pytest

from rueckhalt_routing.duty.domain import (
    EMERGENCY,
    OVERRIDE,
    SWAP,
    Away,
    Change,
    Facts,
    Unreachable,
)
from rueckhalt_routing.proof.certificate import canonical
from rueckhalt_routing.proving.concluding import Proof, prove, recheck
from tests.proof.plans import START, musterstadt

DRAFT = musterstadt()
DAYS = 40


def some_facts(seed: int) -> Facts:
    """A few absences, changes of the rota, and people without a contact."""
    dice = random.Random(seed)
    people = [person.key for person in DRAFT.plan.persons]

    def span() -> dict[str, object]:
        start = START + timedelta(hours=dice.randrange(DAYS * 24))
        return {"start": start, "end": start + timedelta(hours=dice.randrange(1, 400))}

    return Facts(
        away=tuple(
            Away(person=dice.choice(people), **span())  # type: ignore[arg-type]
            for _ in range(dice.randrange(6))
        ),
        changes=tuple(
            Change(
                rota="nachtdienst",
                person=dice.choice(people),
                kind=dice.choice((SWAP, OVERRIDE, EMERGENCY)),
                instead_of=dice.choice((None, "clara.conrad", "farid.fischer")),
                **span(),  # type: ignore[arg-type]
            )
            for _ in range(dice.randrange(4))
        ),
        unreachable=tuple(
            Unreachable(person=dice.choice(people), since=START + timedelta(days=20))
            for _ in range(dice.randrange(2))
        ),
        left={dice.choice(people): START + timedelta(days=30)} if dice.random() < 0.3 else {},
    )


def said(proof: Proof) -> tuple[list[str], str]:
    certificate = canonical(proof.certificate) if proof.certificate else ""
    return [each.de for each in proof.told], certificate


@pytest.mark.parametrize("seed", range(12))
def test_a_recheck_says_what_a_whole_proof_says(seed: int) -> None:
    first, second = some_facts(seed), some_facts(seed + 1000)
    before = prove(DRAFT, START, DAYS, facts=first)

    again = recheck(before, second)

    assert said(again) == said(prove(DRAFT, START, DAYS, facts=second))


def test_what_is_not_touched_is_kept() -> None:
    before = prove(DRAFT, START, DAYS)
    away = Away(person="karla.kern", start=START, end=START + timedelta(days=2))

    after = recheck(before, Facts(away=(away,)))

    kept = [old is new for old, new in zip(before.covers, after.covers, strict=True)]
    assert any(kept)
    assert not all(kept)
