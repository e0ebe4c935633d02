# SPDX-License-Identifier: EUPL-1.2
"""Published plans: immutable versions, a refused one changes nothing, parents count."""

import pytest
from sqlalchemy import text

from rueckhalt_routing.demo import prepare_demo, sample_plan
from rueckhalt_routing.persons import handlers as people
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.reading import PlanRefused
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction
from tests.routing.town import ARS, Town, person

OTHER = sample_plan().replace("title: Zuständigkeitsplan Musterstadt", "title: Neu")


def versions(town: Town) -> list[tuple[int, str]]:
    def query(tx: Transaction) -> list[tuple[int, str]]:
        rows = tx.execute(text("SELECT version, state FROM plans ORDER BY version"))
        return [(row.version, row.state) for row in rows]

    return town.database.read(query)


def test_a_new_plan_is_a_new_version_and_retires_the_old_one(town: Town) -> None:
    town.publish_plan(OTHER)

    assert versions(town) == [(1, "retired"), (2, "published")]


def test_the_same_plan_again_is_the_same_version_even_with_other_comments(town: Town) -> None:
    town.publish_plan()
    town.publish_plan("# a comment\n" + sample_plan())

    assert versions(town) == [(1, "published")]


def test_a_refused_plan_leaves_the_published_one_untouched(town: Town) -> None:
    with pytest.raises(PlanRefused):
        town.publish_plan(sample_plan().replace("person: anna.aydin", "person: nobody"))

    assert versions(town) == [(1, "published")]
    assert town.report().red is None


def test_a_dry_run_stores_nothing(bare_town: Town) -> None:
    draft = plans.draft_of(sample_plan())

    loaded = bare_town.database.run(plans.publish, draft, author="test", dry_run=True)

    assert loaded.is_new
    assert versions(bare_town) == []


def test_a_new_plan_counts_from_the_next_incident_on(town: Town) -> None:
    before = town.report()
    town.publish_plan(OTHER)

    after = town.report()

    assert (before.plan_version, after.plan_version) == (1, 2)


def test_a_plan_is_compiled_once_a_version(town: Town) -> None:
    town.report()
    [compiled] = town.database.context["plans"].values()
    town.report()

    assert list(town.database.context["plans"].values()) == [compiled]


def test_the_own_plan_goes_before_that_of_the_landkreis(town: Town) -> None:
    town.publish_plan(sample_plan().replace(f'"{ARS}"', '"16077"'))

    own = town.database.read(plans.live_plan, ARS)
    neighbour = town.database.read(plans.live_plan, "160770000001")
    stranger = town.database.read(plans.live_plan, "150010000000")

    assert own is not None
    assert own.plan.municipality == ARS
    assert neighbour is not None
    assert neighbour.plan.municipality == "16077"
    assert stranger is None


def test_people_who_left_the_plan_stay_known_by_name(town: Town) -> None:
    town.publish_plan(sample_plan().replace("name: Jonas Jung", "name: Jonas Jung-Maier"))
    without = sample_plan().replace("jonas.jung", "jana.jahn").replace("Jonas Jung", "Jana Jahn")
    town.publish_plan(without)

    named = town.database.read(people.names, [person("jonas.jung"), person("jana.jahn")])

    assert named[person("jonas.jung")] == ("jonas.jung", "Jonas Jung-Maier")
    assert named[person("jana.jahn")] == ("jana.jahn", "Jana Jahn")


def test_the_demo_publishes_the_sample_plan_once(bare_town: Town) -> None:
    class Settings:
        database_url = bare_town.database.url
        municipality = ARS
        catch_all, webhook_url, base_url = "auffang", "", ""
        is_demo = True

    prepare_demo(Settings())
    prepare_demo(Settings())

    assert versions(bare_town) == [(1, "published")]


def test_reachability_is_kept_by_version(town: Town) -> None:
    def changed(state: str, version: int) -> contracts.ContactReachabilityChanged:
        return contracts.ContactReachabilityChanged(
            subject=CONTACT,
            municipality=ARS,
            version=version,
            person=person("anna.aydin"),
            channel="mail",
            state=state,
            window="always",
        )

    town.hear(changed("usable", 1))
    town.hear(changed("bounced", 3))
    town.hear(changed("usable", 2))

    def states(tx: Transaction) -> list[tuple[str, int]]:
        return [(r.state, r.version) for r in tx.execute(text("SELECT state, version FROM reach"))]

    assert town.database.read(states) == [("bounced", 3)]


CONTACT = ids.uuid7()
