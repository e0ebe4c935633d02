# SPDX-License-Identifier: EUPL-1.2
"""What is weak about a plan and its people with the facts of today: told wherever one publishes."""

from dataclasses import dataclass

from rueckhalt_routing.duty import handlers
from rueckhalt_routing.persons import handlers as people
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.findings import Finding
from rueckhalt_routing.plan.handlers import publish as publish_plan
from rueckhalt_routing.plan.lint import lint
from rueckhalt_shared.database import Transaction


@dataclass(frozen=True, kw_only=True)
class Told:
    """What became of a loaded plan, and what whoever loaded it should know."""

    loaded: plans.Loaded
    findings: tuple[Finding, ...]


def linted(tx: Transaction, plan: Plan) -> tuple[Finding, ...]:
    """Findings of a plan with absences, departures, contacts and confirmations; no hints."""
    house = handlers.house_of(tx, plan.municipality)
    found = lint(
        plan,
        facts=handlers.facts(tx, plan.municipality),
        confirmed=people.confirmations_of(tx, house),
        now=tx.now,
    )
    return tuple(each for each in found if not each.is_hint)


def load(tx: Transaction, draft: plans.Draft, *, author: str, dry_run: bool = False) -> Told:
    """Publish a plan by a key or a command."""
    loaded = publish_plan(tx, draft, author=author, dry_run=dry_run)
    return Told(loaded=loaded, findings=linted(tx, draft.plan))
