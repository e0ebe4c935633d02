# SPDX-License-Identifier: EUPL-1.2
"""Drafts of plans: kept whatever they are worth, changed by one at a time, mended by proposals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rueckhalt_routing.certificates.domain import Conclusion
from rueckhalt_routing.drafts import editing, handlers, mending, publishing
from rueckhalt_routing.drafts.domain import (
    ChangedMeanwhile,
    NoSuchDraft,
    NotReady,
    PlanDraft,
    SamePerson,
    refusals_of,
)
from rueckhalt_routing.drafts.handlers import Editor, NewProblems
from rueckhalt_routing.drafts.opening import opened, written
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.database import Database
from tests.routing import drafting
from tests.routing.drafting import DAVID, EVA
from tests.routing.town import ARS, Town
from tests.support import NOON, FakeClock

STRANGER = Editor(sender="person:x/1", name="X", municipalities=("09162000",))
DAVIDS_OTHER_ACCOUNT = Editor(
    sender="person:david/2",
    name="David Dorn",
    municipalities=(ARS,),
    accounts=frozenset({DAVID.sender}),
)


def live(database: Database) -> int:
    """The version that counts."""
    version = database.read(plans.published_version, ARS)
    assert version is not None
    return version.version


def test_a_draft_begins_with_the_plan_that_counts(town: Town) -> None:
    draft = drafting.begin(town.database)

    text = opened(draft.source)
    assert text.is_readable
    assert draft.authors == (DAVID.sender,)
    assert [each.id for each in town.database.read(handlers.list_drafts, EVA)] == [draft.id]


def test_the_default_matrix_is_a_beginning_that_can_be_read() -> None:
    text = opened(handlers.from_default(ARS))

    assert text.problems == ()
    assert text.plan is not None
    assert text.plan.municipality == ARS


def test_a_draft_of_another_town_does_not_exist(town: Town) -> None:
    draft = drafting.begin(town.database)

    with pytest.raises(NoSuchDraft):
        drafting.get(town.database, draft.id, STRANGER)
    assert town.database.read(handlers.list_drafts, STRANGER) == []


def test_a_text_with_faults_is_kept_with_line_and_field(town: Town) -> None:
    draft = drafting.begin(town.database)
    wrong = draft.source.replace("holder: greta.gross", "holder: nobody.here")

    kept = town.database.run(handlers.rewrite, draft.id, EVA, source=wrong, version=1)

    (problem,) = opened(kept.source).problems
    assert (problem.field, problem.value) == ("roles.hvb.holder", "nobody.here")
    assert problem.line == wrong[: wrong.index("nobody.here")].count("\n") + 1
    assert kept.authors == (DAVID.sender, EVA.sender)


def test_who_saves_an_old_version_is_told(town: Town) -> None:
    draft = drafting.begin(town.database)
    drafting.change(town.database, draft.id, drafting.without("verbal"))

    with pytest.raises(ChangedMeanwhile):
        town.database.run(handlers.rewrite, draft.id, EVA, source="x", version=1)
    assert "verbal" not in drafting.get(town.database, draft.id).source


def test_a_change_that_breaks_the_plan_is_not_stored(town: Town) -> None:
    draft = drafting.begin(town.database)

    with pytest.raises(NewProblems) as refused:
        drafting.change(
            town.database, draft.id, lambda d: editing.with_named(d, "chains", "bereitschaft", None)
        )

    assert {each.value for each in refused.value.problems} == {"bereitschaft"}
    assert drafting.get(town.database, draft.id) == draft


def test_a_deleted_rule_leaves_a_hole_with_an_example_and_its_way_back(town: Town) -> None:
    draft = drafting.begin(town.database)
    changed = drafting.change(town.database, draft.id, drafting.without("verbal"))
    base = town.database.read(handlers.base_of, changed)

    assert base is not None
    plan = opened(changed.source).plan
    assert plan is not None
    (hole,) = mending.holes(plan, base.plan, "de")

    assert hole.kind == mending.WEAK
    assert hole.example.startswith("Beleidigung, Beschäftigte mit Publikumskontakt")
    acts = [(offer.act, offer.rule) for offer in hole.offers]
    assert acts[0] == (mending.RESTORE, "verbal")
    assert (mending.WIDEN, "hass_im_netz") in acts
    assert acts[-1] == (mending.SIGN, "")


@pytest.mark.parametrize("way", [mending.WIDEN, mending.SIGN, mending.RESTORE])
def test_each_way_closes_the_hole(town: Town, way: str) -> None:
    draft = drafting.begin(town.database)
    full = opened(draft.source).document
    changed = drafting.change(town.database, draft.id, drafting.without("verbal"))
    former = opened(draft.source).plan
    plan = opened(changed.source).plan
    assert plan is not None
    (hole,) = mending.holes(plan, former, "de")
    offer = next(each for each in hole.offers if each.act == way)

    def edit(document: editing.Document) -> editing.Document:
        if way == mending.WIDEN:
            return editing.widened(document, offer.rule, offer.dimension, offer.values)
        if way == mending.RESTORE:
            return editing.with_rule(document, editing.rule(full, offer.rule))
        return editing.signed(document, hole.when, signed_by="Eva Engel", reason="selten")

    closed = opened(drafting.change(town.database, draft.id, edit).source).plan

    assert closed is not None
    assert mending.holes(closed, former, "de") == []


def test_a_plan_without_its_catch_all_shows_its_gaps(town: Town) -> None:
    draft = drafting.begin(town.database)
    text = opened(draft.source)
    document = editing.without_rule(text.document, "auffang")
    bare = opened(written(document))

    assert [each.code for each in bare.problems] == ["one_catch_all"]
    assert bare.plan is not None
    found = mending.holes(bare.plan, text.plan, "de")
    assert {hole.kind for hole in found} == {mending.GAP}
    assert all(hole.offers[0].rule == "auffang" for hole in found)


def test_only_a_second_person_publishes(town: Town, clock: FakeClock) -> None:
    draft = drafting.begin(town.database)
    drafting.change(town.database, draft.id, drafting.without("verbal"))
    drafting.check(town.database, draft.id, clock)

    for same in (DAVID, DAVIDS_OTHER_ACCOUNT):
        with pytest.raises(SamePerson):
            town.database.run(publishing.publish, draft.id, same, version=2)
    assert live(town.database) == 1

    version = town.database.run(publishing.publish, draft.id, EVA, version=2)

    assert live(town.database) == version.version == 2
    assert (version.author, version.approver) == (DAVID.sender, EVA.sender)
    with pytest.raises(NoSuchDraft):
        drafting.get(town.database, draft.id)


def test_an_unchecked_draft_is_refused_and_the_published_plan_stays(
    town: Town, clock: FakeClock
) -> None:
    draft = drafting.begin(town.database)
    drafting.check(town.database, draft.id, clock)
    drafting.change(town.database, draft.id, drafting.without("verbal"))

    with pytest.raises(NotReady) as refused:
        town.database.run(publishing.publish, draft.id, EVA, version=2)

    assert [reason.code for reason in refused.value.reasons] == ["refused.unchecked"]
    assert live(town.database) == 1


def test_a_check_holds_for_a_day(town: Town, clock: FakeClock) -> None:
    draft = drafting.begin(town.database)
    drafting.check(town.database, draft.id, clock)
    clock.pass_(hours=25)

    reasons = town.database.read(publishing.refusals, drafting.get(town.database, draft.id))

    assert [reason.code for reason in reasons] == ["refused.old_check"]


def test_a_check_is_no_base_for_publishing_once_somebody_is_away_since(
    town: Town, clock: FakeClock
) -> None:
    draft = drafting.get(town.database, drafting.begun(town.database, clock=clock))
    clock.pass_(minutes=1)
    town.database.run(duty.changed, ARS)

    (reason,) = town.database.read(publishing.refusals, draft)
    assert reason.code == "refused.facts_changed"

    clock.pass_(minutes=1)
    drafting.check(town.database, draft.id, clock)
    assert town.database.read(publishing.refusals, draft) == ()


def test_a_hole_in_time_within_two_weeks_keeps_a_plan_from_being_published(
    town: Town, clock: FakeClock
) -> None:
    draft = begun_with_absences(town, clock, starts=timedelta(days=3))

    (reason, *_) = town.database.read(publishing.refusals, draft)

    assert reason.code == "refused.gap_in_time"
    assert "niemand" in reason.told["de"]


def begun_with_absences(town: Town, clock: FakeClock, *, starts: timedelta) -> PlanDraft:
    """Everybody of the town is away for two days."""
    draft = drafting.begin(town.database)
    first = (clock() + starts).astimezone(UTC).date()
    keys = [each["key"] for each in editing.listed(opened(draft.source).document, "persons")]
    away = [
        {"person": key, "from": str(first), "until": str(first + timedelta(days=1))} for key in keys
    ]
    drafting.change(town.database, draft.id, lambda d: editing.with_field(d, "absences", away))
    drafting.check(town.database, draft.id, clock)
    return drafting.get(town.database, draft.id)


def test_an_emergency_takes_two_a_reason_and_ends_after_72_hours(
    town: Town, clock: FakeClock
) -> None:
    draft = begun_with_absences(town, clock, starts=timedelta(days=3))
    run, given = town.database.run, {"reason": "Die Zuständigen sind alle krank."}
    asked = run(publishing.ask_emergency, draft.id, DAVID, version=draft.version, **given)
    with pytest.raises(SamePerson):
        run(publishing.publish_emergency, draft.id, DAVIDS_OTHER_ACCOUNT, version=asked.version)

    version = run(publishing.publish_emergency, draft.id, EVA, version=asked.version)

    assert version.emergency_until == clock() + timedelta(hours=72)
    assert live(town.database) == 2
    clock.pass_(hours=71)
    publishing.end_emergencies(town.database)
    assert live(town.database) == 2
    clock.pass_(hours=1)
    publishing.end_emergencies(town.database)
    restored = town.database.read(plans.published_version, ARS)
    first = town.database.read(plans.history, ARS, limit=5)[-1]
    assert restored is not None
    assert (restored.version, restored.hash) == (3, first.hash)
    assert restored.emergency_until is None


def test_an_unreadable_draft_is_not_published_in_an_emergency_either(town: Town) -> None:
    draft = drafting.begin(town.database)
    town.database.run(handlers.rewrite, draft.id, DAVID, source="format: 1", version=1)

    with pytest.raises(NotReady):
        town.database.run(publishing.ask_emergency, draft.id, DAVID, version=2, reason="x" * 20)


def test_a_changed_draft_must_be_asked_for_anew(town: Town, clock: FakeClock) -> None:
    draft = begun_with_absences(town, clock, starts=timedelta(days=3))
    reason = {"reason": "Die Zuständigen sind alle krank."}
    town.database.run(publishing.ask_emergency, draft.id, DAVID, version=draft.version, **reason)

    changed = drafting.change(town.database, draft.id, drafting.without("verbal"))

    assert changed.emergency_by is None
    with pytest.raises(NotReady):
        town.database.run(publishing.publish_emergency, draft.id, EVA, version=changed.version)


def test_a_dropped_draft_is_gone(town: Town) -> None:
    draft = drafting.begin(town.database)

    town.database.run(handlers.drop, draft.id, EVA, version=1)

    assert town.database.read(handlers.list_drafts, DAVID) == []


NEAR, FAR = NOON + timedelta(days=13), NOON + timedelta(days=15)


@pytest.mark.parametrize(
    ("code", "conflict", "start", "is_hint", "is_refused"),
    [
        ("gap", None, None, False, True),
        ("overlap", None, None, False, True),
        ("overlap", None, None, True, False),
        ("tangled", None, None, False, True),
        ("gap_in_time", None, NEAR, False, True),
        ("gap_in_time", None, FAR, False, False),
        ("gap_in_time", "supervisor", FAR, False, True),
        ("weak", None, None, False, False),
        ("single_person", None, NEAR, False, False),
        ("dead_rule", None, None, False, False),
    ],
)
def test_what_keeps_a_plan_from_being_published(
    code: str, conflict: str | None, start: datetime | None, is_hint: bool, is_refused: bool
) -> None:
    finding: dict[str, Any] = {"code": code, "de": "x", "en": "x", "is_hint": is_hint}
    if start is not None:
        instant = int(start.timestamp())
        finding |= {"conflict": conflict, "spans": [[instant, instant + 60]]}
    said = Conclusion(proved_at=NOON, valid_until=None, findings=(finding,), document=None)

    assert bool(refusals_of(said)) == is_refused
