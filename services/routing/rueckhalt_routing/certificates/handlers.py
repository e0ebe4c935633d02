# SPDX-License-Identifier: EUPL-1.2
"""Use cases: what must be proved anew, and what became of it; gaps are opened, told and closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_routing.assignments import auditing
from rueckhalt_routing.certificates import domain, signing, store
from rueckhalt_routing.certificates.concluding import Basis
from rueckhalt_routing.certificates.domain import (
    Around,
    Certificate,
    Conclusion,
    Gap,
    Hole,
    Standing,
)
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty.entries import KEPT as FACTS_KEPT
from rueckhalt_routing.duty.fact_files import Known, document_of, written
from rueckhalt_routing.persons import handlers as people
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Recipient, ids
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
PLAN, FACTS, DAY = "plan", "facts", "day"
KEPT = timedelta(days=730)
Heard = set[tuple[str, str]]
"""Who has heard of a gap in this round already: municipality and person."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A plan whose proof is missing or older than what it was made of, and why."""

    municipality: str
    plan_id: str
    plan_version: int
    facts_version: int
    reason: str


def due(tx: Transaction) -> list[Due]:
    """What must be proved now: a new plan, changed facts, or a new day."""
    known = store.proved(tx)
    found = []
    for version in plans.every_published(tx):
        facts_version = duty.version_above(tx, version.municipality)
        before = known.get(version.municipality)
        reason = _reason(before, version.id, facts_version, tx.now)
        if reason is not None:
            found.append(
                Due(
                    municipality=version.municipality,
                    plan_id=version.id,
                    plan_version=version.version,
                    facts_version=facts_version,
                    reason=reason,
                )
            )
    return found


def basis(tx: Transaction, wanted: Due) -> Basis:
    """The plan and the facts of today; raises PlanBroken."""
    draft = plans.draft_of_version(tx, wanted.plan_id)
    return basis_of(tx, wanted.municipality, draft)


def basis_of(tx: Transaction, municipality: str, draft: plans.Draft) -> Basis:
    """A plan, in force or not, with the facts of today."""
    house = duty.house_of(tx, municipality)
    return Basis(
        draft=draft,
        facts=duty.facts(tx, municipality),
        confirmed=people.confirmations_of(tx, house),
    )


def facts_file(tx: Transaction, municipality: str) -> dict[str, Any] | None:
    """What counts today beside the plan of a municipality, for a check elsewhere."""
    version = plans.published_version(tx, municipality)
    if version is None:
        return None
    made_of = basis_of(tx, municipality, plans.draft_of_version(tx, version.id))
    known = Known(facts=made_of.facts, confirmed=made_of.confirmed)
    return written(made_of.draft.plan, known, at=tx.now)


def conclude(tx: Transaction, wanted: Due, made_of: Basis, said: Conclusion) -> bool:
    """Keep what came out, unless the plan or the facts have changed meanwhile."""
    municipality, plan = wanted.municipality, made_of.draft.plan
    if not any(replace(each, reason=wanted.reason) == wanted for each in due(tx)):
        return False
    before = store.in_force(tx, municipality)
    new = _certificate(tx, wanted, said, document_of(plan, made_of.facts))
    is_same = (
        before is not None
        and wanted.reason == DAY
        and not (before.document is None or new.document is None)
    )
    if before is not None and is_same:
        store.proved_again(tx, before, new)
        new = replace(new, id=before.id)
    else:
        store.void(tx, municipality, reason=wanted.reason)
        store.add(tx, new)
    _announce(tx, new, is_published=before is None or before.plan_id != new.plan_id)
    _settle_gaps(tx, municipality, plan, said.holes)
    return True


def remind(tx: Transaction) -> int:
    """Tell the owners of gaps that draw near or have begun; answers how many gaps."""
    told, heard = 0, Heard()
    for gap in store.open_gaps(tx):
        step = gap.reminder_due(tx.now)
        if step is None:
            continue
        plan = plans.live_plan(tx, gap.municipality)
        told_of = replace(gap, reminded=step, version=gap.version + 1)
        store.save_gap(tx, told_of)
        _tell(tx, told_of, plan.plan if plan else None, heard)
        told += 1
    return told


def standing(tx: Transaction, municipality: str) -> Standing:
    """The light of the plan that counts for a municipality, own or inherited."""
    version = plans.published_version(tx, municipality)
    is_emergency = version is not None and version.emergency_until is not None
    house = duty.house_of(tx, municipality)
    pending = next((each for each in due(tx) if each.municipality == house), None)
    certificate = store.in_force(tx, house)
    since = duty.changed_above(tx, house) if pending is not None else None
    around = Around(pending_since=since, is_emergency=is_emergency, is_swept=auditing.is_clean(tx))
    said = certificate.conclusion if certificate is not None else None
    found = domain.standing_of(said, now=tx.now, around=around)
    return replace(found, certificate=certificate, is_pending=pending is not None)


def list_gaps(tx: Transaction, municipality: str) -> tuple[list[Gap], list[Gap]]:
    """The open gaps of the plan that counts here, and the last closed ones."""
    house = duty.house_of(tx, municipality)
    return store.open_gaps(tx, house), store.closed_gaps(tx, house, limit=50)


def forget_old(tx: Transaction) -> int:
    """Drop void certificates and closed gaps after two years, facts of the day behind them before.

    Who was away is employee data: it goes as early as the absences themselves.
    """
    store.forget_inputs(tx, tx.now - FACTS_KEPT)
    return store.forget_before(tx, tx.now - KEPT)


def _reason(
    before: tuple[str, int, datetime] | None, plan_id: str, facts_version: int, now: datetime
) -> str | None:
    if before is None or before[0] != plan_id:
        return PLAN
    if before[1] != facts_version:
        return FACTS
    zone = ZoneInfo("Europe/Berlin")
    return DAY if before[2].astimezone(zone).date() != now.astimezone(zone).date() else None


def _certificate(
    tx: Transaction, wanted: Due, said: Conclusion, inputs: Mapping[str, Any]
) -> Certificate:
    document, cells = said.document, said.cells
    return Certificate(
        id=ids.uuid7(),
        municipality=wanted.municipality,
        plan_id=wanted.plan_id,
        plan_version=wanted.plan_version,
        facts_version=wanted.facts_version,
        proved_at=tx.now,
        valid_until=said.valid_until or tx.now,
        worst=said.worst,
        findings=said.findings,
        inputs=inputs,
        document=signing.signed(tx, document) if document is not None else None,
        cells_weak=cells.weak,
        cells_unsigned=cells.unsigned,
        cells_none=cells.none,
    )


def _announce(tx: Transaction, new: Certificate, *, is_published: bool) -> None:
    said = contracts.PlanPublished if is_published else contracts.PlanProved
    plan = plans.published_version(tx, new.municipality)
    tx.publish(
        said(
            subject=new.plan_id,
            municipality=new.municipality,
            version=int(new.proved_at.timestamp()),
            plan_version=new.plan_version,
            valid_until=new.valid_until,
            cells_weak=new.cells_weak,
            cells_none=new.cells_none,
            by_urgency=dict(new.worst),
            emergency_until=plan.emergency_until if plan is not None else None,
        )
    )


def _settle_gaps(tx: Transaction, municipality: str, plan: Plan, holes: Sequence[Hole]) -> None:
    """New holes become tasks, known ones move, and those that are gone are closed."""
    known = {gap.hole.key: gap for gap in store.open_gaps(tx, municipality)}
    found = {hole.key: hole for hole in holes}
    new = [
        Gap(
            id=ids.uuid7(),
            municipality=municipality,
            hole=hole,
            owner=ids.person_id(municipality, plan.owner or plan.catch_all.person),
            version=1,
            found_at=tx.now,
        )
        for key, hole in found.items()
        if key not in known
    ]
    told = [replace(gap, reminded=gap.reminder_due(tx.now)) for gap in new]
    store.add_gaps(tx, told)
    heard = Heard()
    for gap in sorted(told, key=Gap.begins_at):
        _tell(tx, gap, plan, heard)
    for key, gap in known.items():
        if key not in found:
            closed = replace(gap, closed_at=tx.now, version=gap.version + 1)
            store.save_gap(tx, closed)
            tx.publish(contracts.PlanGapClosed(**_said(closed)))
        elif found[key] != gap.hole:
            store.save_gap(tx, replace(gap, hole=found[key]))


def _tell(tx: Transaction, gap: Gap, plan: Plan | None, heard: Heard) -> None:
    """Say that there is a gap; its owner is told, and once it has begun the catch-all, too.

    One night without anybody is a gap of each chain: a person hears of all of them at once, by
    the first, and the page shows them all.
    """
    told = [gap.owner] if gap.is_told else []
    if plan is not None and gap.is_told and gap.has_begun(tx.now):
        catch_all = (plan.catch_all.person, plan.catch_all.stand_in)
        told += [ids.person_id(gap.municipality, key) for key in catch_all]
    log.warning("gap in the plan", municipality=gap.municipality, subject_id=gap.id)
    new = [each for each in dict.fromkeys(told) if (gap.municipality, each) not in heard]
    heard.update((gap.municipality, each) for each in new)
    recipients = tuple(Recipient(person=person, part="told") for person in new)
    tx.publish(contracts.PlanGapFound(**_said(gap), recipients=recipients))


def _said(gap: Gap) -> dict[str, Any]:
    return {
        "subject": gap.id,
        "municipality": gap.municipality,
        "version": gap.version,
        "kind": gap.hole.kind,
        "from_at": gap.hole.from_at,
        "until_at": gap.hole.until_at,
        "owner": gap.owner,
    }
