# SPDX-License-Identifier: EUPL-1.2
"""An accused person learns nothing: no route in no role answers otherwise than without the case."""

import os
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.accounts import store
from rueckhalt_shared.identity.sessions import handlers as sessions
from tests.identity.accused import TOLD, Town, golden, plain, rows, twins
from tests.identity.house import ARS
from tests.notify.town import ANNA, LARS

EXACT_FIGURES = {"analyst", "data_protection_officer"}

# Every role asks every route of two installations.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Town]]:
    """The town with the incident and its twin."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("RUECKHALT_")]:
            patch.delenv(name)
        made = twins(tmp_path_factory.mktemp("twins"))
        yield made
        for each in made:
            each.close()


def test_lists_counts_pages_and_headers_are_those_of_a_town_without_the_incident(
    both: tuple[Town, Town],
) -> None:
    """Wanted another table? `python -m tests.identity.accused` writes it; review the difference."""
    found = list(rows(*both))

    shown = {(row["route"], role) for row in found for role, cell in row.items() if cell == TOLD}
    assert found == golden()
    assert {role for _, role in shown} == EXACT_FIGURES
    assert {route.partition(">")[0] for route, _ in shown} == {"/v1/summaries/<string:ars"}


def test_pages_by_link_are_as_long_as_in_the_twin(both: tuple[Town, Town]) -> None:
    """Page by page, so that a page that is one short would show."""
    for name, path in (
        ("intake", "/v1/incidents?page_size=1"),
        ("routing", "/v1/assignments?page_size=1&state=all"),
        ("notify", "/v1/notices?page_size=1"),
    ):
        walked = [[plain(page, town) for page in walk(town, name, path)] for town in both]
        assert walked[0] == walked[1]
        assert len(walked[0]) > 1


def test_what_the_accused_cannot_find_is_there(both: tuple[Town, Town]) -> None:
    """Else the twins would be alike because nothing was reported."""
    town, _ = both
    rules = {(method, str(rule)): rule for name, method, rule in town.routes() if name == "intake"}
    account = town.accounts["responsible", ARS].id
    town.keys.database.run(known_as, account, LARS)
    show = rules["GET", "/v1/incidents/<uuid:incident_id>"]

    seen = town.answer("intake", "GET", show, account)
    town.keys.database.run(known_as, account, ANNA)
    unseen = town.answer("intake", "GET", show, account)

    assert (seen.status_code, unseen.status_code) == (200, 404)


def walk(town: Town, name: str, path: str) -> Iterator[TestResponse]:
    """Every page of a list, as the accused responsible person walks it."""
    account = town.accounts["responsible", ARS].id
    token = town.keys.database.run(sessions.begin_full, account, device="walk")
    client = town.apps[name].test_client()
    client.set_cookie("rueckhalt_session", token, domain="localhost")
    while path:
        page = client.get(path)
        yield page
        path = page.headers.get("Link", "").partition("<")[2].partition(">")[0]


def known_as(tx: Transaction, account_id: str, person: str) -> None:
    """The account is another person of the plan now."""
    store.change(tx, account_id, person=person)
