# SPDX-License-Identifier: EUPL-1.2
"""Rights: the role table, the matrix of all routes, what a person's scopes amount to."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from rueckhalt_shared.identity.accounts.domain import Account, UnknownRole
from rueckhalt_shared.identity.accounts.handlers import add_account
from rueckhalt_shared.identity.arriving import caller_of
from rueckhalt_shared.identity.people import SignedIn
from rueckhalt_shared.identity.roles import (
    ALL_SCOPES,
    OWN_ACCOUNT,
    PEOPLE_SCOPES,
    ROLES,
    granted,
    grants,
)
from rueckhalt_shared.identity.sessions.domain import Session
from rueckhalt_shared.keys import SCOPES, Caller, UnknownScope
from tests.identity.house import ARS, OTHER, Household
from tests.identity.matrix import Installation, golden
from tests.rules.house import SERVICES
from tests.support import NOON

KREIS = ARS[:5]
ON = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
# Every role asks every route once for the whole file: on a small busy machine that takes minutes.
pytestmark = pytest.mark.timeout(900)
# Pages that show everybody their own municipality; that they show no other one is tested there.
OWN_PAGES = frozenset(
    {
        "/account/audit",
        "/account/keys",
        "/account/people",
        "/assignments",
        "/audit",
        "/duty/crisis/end",
        "/erasures",
        "/help/entries",
        "/inbound/new",
        "/mine",
        "/old-lists",
        "/plan",
        "/plan/drafts",
        "/plan/gaps",
        "/report-by-phone",
        "/retention",
        "/strict/keys",
    }
)


@pytest.fixture(scope="module", params=ON)
def rows(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[dict[str, str]]]:
    """The matrix as it is now; on PostgreSQL row-level security takes nothing from anybody."""
    urls = {}
    if request.param == "postgres":
        cluster = request.getfixturevalue("postgres")
        urls = {service: cluster.create_database() for service in SERVICES}
    with pytest.MonkeyPatch.context() as patch:
        import os

        for name in [each for each in os.environ if each.startswith("RUECKHALT_")]:
            patch.delenv(name)
        installation = Installation(tmp_path_factory.mktemp("matrix"), urls)
        yield list(installation.rows())
        installation.close()


def test_the_matrix_is_the_one_that_was_reviewed(rows: list[dict[str, str]]) -> None:
    """Wanted another one? `python -m tests.identity.matrix` writes it; review the difference."""
    reviewed = {(r["service"], r["method"], r["route"]): r for r in golden()}
    found = {(r["service"], r["method"], r["route"]): r for r in rows}

    assert found == reviewed


def test_a_role_opens_at_home_what_its_scopes_say_and_nothing_elsewhere(
    rows: list[dict[str, str]],
) -> None:
    faults = []
    for row in rows:
        wanted = set(row["rule"].removesuffix(" (fresh)").split(" or "))
        for role in ROLES:
            home, elsewhere = row[role].split("/")
            held = (ROLES[role].scopes | {OWN_ACCOUNT}) & wanted
            fits = home in ("yes", "none", "404") if held else home == elsewhere == "403"
            own = OWN_ACCOUNT in wanted or row["route"] in OWN_PAGES
            closed = own or elsewhere in ("403", "404", "none")
            if not (fits and closed):
                faults.append((row["method"], row["route"], role, row[role]))

    assert faults == []


def test_every_route_asks_for_scopes_there_are(rows: list[dict[str, str]]) -> None:
    asked = {s for r in rows for s in r["rule"].removesuffix(" (fresh)").split(" or ")}

    assert asked <= set(ALL_SCOPES)


def test_no_role_opens_content_writes_history_or_speaks_for_a_service() -> None:
    forbidden = {"incident:read", "incident:import", "incident:erase", "event:publish"}

    assert {name for name, role in ROLES.items() if role.scopes & forbidden} == set()


def test_every_role_says_why() -> None:
    assert [name for name, role in ROLES.items() if len(role.reason.split()) < 5] == []
    assert {s for role in ROLES.values() for s in role.scopes} <= set(ALL_SCOPES)


def test_what_only_people_may_do_no_key_carries(house: Household) -> None:
    assert set(PEOPLE_SCOPES).isdisjoint(SCOPES)
    for scope in PEOPLE_SCOPES:
        with pytest.raises(UnknownScope):
            house.keys.create(sender="x", scopes=[scope], municipalities=[ARS])


@pytest.mark.parametrize("role", ROLES)
def test_a_parent_has_figures_of_its_towns_and_nothing_else(role: str) -> None:
    assert grants(role, KREIS) <= {"stats:internal", "stats:public", "metrics:read"}


def test_a_role_that_means_nothing_somewhere_is_not_given_there(house: Household) -> None:
    for role, place in (
        ("reporter", KREIS),
        ("reporter", "*"),
        ("analyst", "*"),
        ("nobody", ARS),
        ("reporter", ""),
        ("reporter", "99"),
    ):
        with pytest.raises(UnknownRole):
            house.people.database.run(add_account, "neu", held=[(role, place)])


def person(*held: tuple[str, str]) -> SignedIn:
    """Somebody signed in with these roles."""
    account = Account(
        id="1",
        name="a",
        display_name="A",
        person=None,
        created_at=NOON,
        disabled_at=None,
        has_password=True,
        has_code=True,
        issuer=None,
        roles=held,
    )
    return SignedIn(account=account, session=session(NOON), is_fresh=True)


def session(at: datetime) -> Session:
    """A full session."""
    return Session(
        ref="r",
        account_id="1",
        stage="full",
        device="–",
        created_at=at,
        seen_at=at,
        fresh_at=at,
        wrong_codes=0,
    )


def as_caller(wanted: tuple[str, ...], *held: tuple[str, str]) -> Caller:
    """How a view that wants these scopes sees them."""
    return caller_of(person(*held), wanted, mode="live")


def test_a_role_counts_only_in_its_municipality() -> None:
    held = (("analyst", ARS), ("reporter", OTHER))

    figures = as_caller(("stats:internal",), *held)
    reports = as_caller(("incident:create",), *held)

    assert figures.municipalities == (ARS,)
    assert reports.municipalities == (OTHER,)
    assert "stats:internal" not in reports.scopes
    assert "incident:create" not in figures.scopes


def test_a_second_scope_counts_only_where_all_of_them_are_held() -> None:
    held = (("analyst", ARS), ("platform", OTHER))

    both = as_caller(("stats:internal", "stats:public"), *held)

    assert both.municipalities == (OTHER, ARS)
    assert both.scopes & set(SCOPES) == {"stats:public"}


def test_one_scope_here_another_there_are_not_mixed() -> None:
    held = (("plan_owner", ARS), ("responsible", OTHER))

    who = as_caller(("plan:write", "assignment:take-over"), *held)

    assert who.municipalities == (ARS,)
    assert "assignment:take-over" not in who.scopes


def test_a_parent_reaches_the_figures_of_its_towns_but_no_case() -> None:
    figures = as_caller(("stats:public",), ("platform", KREIS))
    cases = as_caller(("incident:read", "incident:create"), ("platform", KREIS))

    assert figures.reaches(ARS)
    assert not cases.reaches(ARS)
    assert cases.scopes == {OWN_ACCOUNT}


def test_without_a_role_one_reaches_nothing() -> None:
    nobody = as_caller(("incident:create",))

    assert nobody.scopes == {OWN_ACCOUNT}
    assert not nobody.reaches(ARS)
    assert granted([("gone", ARS)]) == {ARS: frozenset()}


def test_a_key_cannot_pretend_to_be_a_person(house: Household) -> None:
    from rueckhalt_shared.keys import ReservedSender

    with pytest.raises(ReservedSender):
        house.keys.create(sender="account:1", scopes=["incident:create"], municipalities=[ARS])
