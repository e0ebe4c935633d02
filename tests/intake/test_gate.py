# SPDX-License-Identifier: EUPL-1.2
"""The gate "Bin ich in Gefahr?": 110 first, an answer with its reasons, and nothing kept."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rueckhalt_intake.guidance.gate import QUESTIONS, assess
from rueckhalt_shared.contracts.codes import DANGERS
from rueckhalt_shared.database import Database

HERE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


def ask(client: FlaskClient, *ticked: str, lang: str = "de") -> TestResponse:
    """Open the gate, tick and send."""
    page = client.get(f"/danger?lang={lang}", headers=HERE).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    sent = {"csrf_token": token[1], "danger": list(ticked)}
    return client.post("/danger", data=sent, headers=HERE)


@pytest.mark.parametrize(
    ("ticked", "level", "first"),
    [
        ((), "normal", None),
        (("campaign", "escalating"), "normal", "escalating"),
        (("campaign", "unsafe_at_home"), "high", "unsafe_at_home"),
        (("unsafe_at_home", "weapon_shown", "campaign"), "acute", "weapon_shown"),
        (("nonsense",), "normal", None),
    ],
)
def test_the_gravest_answer_decides_and_stands_first(
    ticked: tuple[str, ...], level: str, first: str | None
) -> None:
    answer = assess(ticked)

    assert answer.level == level
    assert (answer.reasons or (None,))[0] == first


def test_the_number_of_the_police_comes_before_the_first_question(client: FlaskClient) -> None:
    page = client.get("/danger?lang=de", headers=HERE).text

    assert page.index('href="tel:110"') < page.index('type="checkbox"')
    assert [DANGERS.label(code, "de") for code in QUESTIONS if DANGERS.label(code, "de") in page]
    assert page.count('type="checkbox"') == len(QUESTIONS) == 8


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_an_answer_tells_its_reasons_in_each_language(client: FlaskClient, lang: str) -> None:
    page = ask(client, "weapon_shown", "has_access", lang=lang).text

    reasons = re.findall(r"<li>([^<]+)</li>", page.partition("kern-alert__body")[2])
    assert reasons[:2] == [DANGERS.label(c, lang) for c in ("weapon_shown", "has_access")]
    assert "kern-alert--danger" in page


def test_neither_title_nor_address_says_what_was_asked(client: FlaskClient) -> None:
    answer = ask(client, "weapon_shown")

    title = re.search(r"<title>([^<]*)", answer.text)
    assert title is not None
    assert title[1] == "Informationen"
    assert answer.status_code == 200
    assert answer.request.path == "/danger"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_answer_leaves_nothing_in_the_database(client: FlaskClient, database: Database) -> None:
    ask(client)
    before = _everything(database)

    ask(client, "weapon_shown", "private_life_known")

    assert _everything(database) == before


def test_what_is_no_question_is_refused_on_the_same_page(client: FlaskClient) -> None:
    answer = ask(client, "weapon_shown", "<script>")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<script>alert" not in answer.text


def _everything(database: Database) -> dict[str, int]:
    from sqlalchemy import inspect, text

    names = inspect(database.engine).get_table_names()
    with database.engine.connect() as connection:
        count = text("SELECT count(*) FROM {}")
        return {
            name: connection.execute(text(count.text.format(name))).scalar_one() for name in names
        }
