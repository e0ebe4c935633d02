# SPDX-License-Identifier: EUPL-1.2
"""What anybody may see of today: nothing without the plan's word, and never who is away.

The clock stands on Sunday, 22 November 2026; tests that need a working day wait for Monday.
"""

import json
from typing import Any

import pytest

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.checking import plan_of, read_plan
from rueckhalt_routing.plan.domain import Public
from rueckhalt_routing.plan.files import FORMATS, read_entries, write_plan
from rueckhalt_routing.plan.matrix import document_of, expand
from rueckhalt_routing.plan.reading import PlanRefused
from rueckhalt_routing.plan.writing import to_yaml
from tests.html_check import Page
from tests.routing.duty import Person, texts
from tests.routing.town import Town

pytestmark = pytest.mark.usefixtures("sunday")
PATHS = ("/today", "/today/card")


def plan(public: str) -> str:
    """Musterstadt's plan with another word about what anybody sees."""
    lines = [each for each in sample_plan().splitlines() if not each.startswith("public:")]
    return "\n".join([*lines, public, ""])


@pytest.fixture
def anybody(settings: Settings, town: Town) -> Any:
    """A visitor nobody knows."""
    return create_app(settings, town.database).test_client()


def shown(anybody: Any, path: str = "/today", lang: str = "de") -> Any:
    return anybody.get(f"{path}?lang={lang}", headers={"Accept": "text/html"})


@pytest.mark.parametrize("public", ["", "public: {show: none, contact: Zimmer 12}"])
@pytest.mark.parametrize("path", PATHS)
def test_without_the_plans_word_there_is_nothing(
    town: Town, anybody: Any, path: str, public: str
) -> None:
    town.publish_plan(plan(public))

    answer = shown(anybody, path)

    assert answer.status_code == 404
    assert "Zimmer 12" not in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_without_a_plan_there_is_nothing(bare_town: Town, settings: Settings, path: str) -> None:
    nobody = create_app(settings, bare_town.database).test_client()

    assert shown(nobody, path).status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_roles_hours_and_contact_are_shown_and_no_name(anybody: Any, path: str) -> None:
    told = texts(shown(anybody, path))

    assert "Ansprechstelle" in told
    assert "Rathaus, Zimmer 12, Telefon 030 23125 000" in told
    assert "An Werktagen von 08:00 bis 16:00 Uhr." in told
    assert "Aydin" not in told
    assert "Conrad" not in told


def test_names_are_shown_where_the_plan_says_so_but_not_of_whoever_has_night_duty(
    town: Town, anybody: Any
) -> None:
    town.publish_plan(plan("public: {show: name, roles: [ansprechstelle, rechtsamt]}"))

    told = texts(shown(anybody))

    assert "Ansprechstelle gegen Hass und Gewalt : Anna Aydin" in told
    assert "Conrad" not in told


def test_nobody_outside_learns_who_is_away(town: Town, anybody: Any, planner: Person) -> None:
    before = texts(shown(anybody))
    planner.send("/absences", person="anna.aydin", from_="22.11.2026", until="24.11.2026")

    assert texts(shown(anybody)) == before


@pytest.mark.parametrize("path", PATHS)
def test_names_tell_neither_who_is_away_nor_who_stands_in_nor_who_has_night_duty(
    town: Town, anybody: Any, planner: Person, path: str
) -> None:
    roles = "[ansprechstelle, leitung_bereitschaft]"
    town.publish_plan(plan(f"public: {{show: name, roles: {roles}}}"))
    before = texts(shown(anybody, path))
    planner.send("/absences", person="anna.aydin", from_="22.11.2026", until="24.11.2026")

    after = texts(shown(anybody, path))

    assert after == before
    assert "Lars Lind" not in after
    for on_duty in ("Clara Conrad", "Farid Fischer", "Eva Engel"):
        assert on_duty not in after


def test_whoever_has_left_is_named_no_longer(town: Town, anybody: Any, planner: Person) -> None:
    town.publish_plan(plan("public: {show: name, roles: [ansprechstelle]}"))
    planner.send("/people/anna.aydin/leave", at="20.11.2026")

    assert "Anna Aydin" not in texts(shown(anybody))


def test_the_page_speaks_of_now_and_the_sheet_does_not(anybody: Any) -> None:
    page, card = (texts(shown(anybody, path)) for path in PATHS)

    assert "Heute ist geschlossen." in page
    assert "Rufbereitschaft nachts, am Wochenende und an Feiertagen" in page
    assert "Heute ist geschlossen." not in card
    assert "Rufbereitschaft" not in card
    assert "Melden können Sie jederzeit." in card


def test_on_a_working_day_the_hours_of_today_are_told(town: Town, anybody: Any) -> None:
    town.clock.pass_(hours=22)

    told = texts(shown(anybody))

    assert "Heute von 08:00 bis 16:00 Uhr." in told
    assert "Bereitschaft" not in told


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
@pytest.mark.parametrize("path", PATHS)
def test_the_pages_are_sound_in_every_language(anybody: Any, path: str, lang: str) -> None:
    answer = shown(anybody, path, lang)

    assert answer.status_code == 200
    assert Page(answer.text).faults() == []


def test_the_sheet_carries_the_address_of_the_page(anybody: Any) -> None:
    card = shown(anybody, "/today/card").text

    assert 'src="data:image/svg+xml' in card
    assert "/today</strong>" in card


def test_staff_find_the_public_page(planner: Person) -> None:
    assert 'href="/today"' in planner.get("").text


# ------------------------------------------------------------------------------ the plan's field
FULL = 'public: {show: name, contact: "Zimmer 12: Tür 3", roles: [rechtsamt, ansprechstelle]}'


def test_the_contact_point_is_shown_where_no_role_is_named() -> None:
    found, _ = read_plan(plan("public: {show: role}"))

    assert found.public == Public(show="role", contact="", roles=("ansprechstelle",))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_keeps_it(kind: str) -> None:
    written, document = read_plan(plan(FULL))

    again = write_plan(json.loads(document), kind)
    root = expand(read_entries(f"plan.{kind}", again))

    assert plan_of(root).public == written.public
    assert plan_of(root) == written
    assert json.loads(document_of(root)) == json.loads(document)


def test_the_text_says_what_it_is_for() -> None:
    _, document = read_plan(plan(FULL))

    assert "# Was alle sehen dürfen" in to_yaml(document)


@pytest.mark.parametrize(
    ("public", "field", "allowed"),
    [
        ("public: {show: alles}", "public.show", ("none", "role", "name")),
        ("public: {contact: Zimmer 12}", "public.show", ()),
        ("public: {show: role, roles: [koenig]}", "public.roles[0]", None),
        ("public: {show: role, telefon: 1}", "public.telefon", ("show", "contact", "roles")),
        (f"public: {{show: role, contact: {'x' * 201}}}", "public.contact", ("≤ 200",)),
        ('public: {show: role, contact: "a\\nb"}', "public.contact", ("1 Zeile",)),
    ],
)
def test_a_wrong_word_is_told_with_its_field_and_what_is_allowed(
    public: str, field: str, allowed: tuple[str, ...] | None
) -> None:
    with pytest.raises(PlanRefused) as refused:
        read_plan(plan(public))

    (problem,) = refused.value.problems
    assert problem.field == field
    assert allowed is None or problem.allowed == allowed
    assert problem.line == len(plan(public).splitlines())


def test_a_word_that_is_no_section_is_refused() -> None:
    with pytest.raises(PlanRefused) as refused:
        read_plan(plan("public: ja"))

    assert {each.field.partition(".")[0] for each in refused.value.problems} == {"public"}
