# SPDX-License-Identifier: EUPL-1.2
"""Summaries over HTTP: who sees what, in which shape."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rueckhalt_reporting.summaries import labels, schemas
from rueckhalt_reporting.summaries.domain import BANDS
from tests.reporting import events
from tests.reporting.events import KREIS, NEIGHBOUR, TOWN

Tell = Callable[..., None]
Key = Callable[..., dict[str, str]]
OCTOBER = datetime(2026, 10, 15, 9, 0, tzinfo=UTC)
MONTH = f"/v1/summaries/{TOWN}/2026-10"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def some_incidents(tell: Tell) -> None:
    tell(events.registered("one", registered_at=OCTOBER))
    tell(events.registered("two", registered_at=OCTOBER, forms=("insult", "threat")))
    tell(events.registered("three", registered_at=OCTOBER, forms=("insult",), imported=True))
    tell(events.registered("four", registered_at=OCTOBER, municipality=NEIGHBOUR))


def problem(response: TestResponse) -> dict[str, Any]:
    assert response.mimetype == "application/problem+json"
    found: dict[str, Any] = json.loads(response.data)
    return found


def test_who_needs_to_know_sees_exact_counts(client: FlaskClient, key: Key) -> None:
    found = client.get(MONTH, headers=key("stats:internal")).get_json()

    assert found["period"] == "2026-10"
    assert found["municipality"] == TOWN
    assert found["view"] == "internal"
    assert found["total"] == 3
    assert found["closed"] is True
    assert found["forms"] == {"insult": 1, "threat": 2}
    assert found["forms_all"] == {"insult": 2, "threat": 2}
    assert found["unit"] == {"buergeramt": 3}
    assert found["status"] == {"open": 2, "closed": 1}
    assert set(labels.DIMENSIONS) <= set(found)


def test_everyone_else_sees_the_band_of_the_total_and_nothing_more(
    client: FlaskClient, key: Key
) -> None:
    found = client.get(MONTH, headers=key("stats:public")).get_json()

    assert found == {
        "period": "2026-10",
        "municipality": TOWN,
        "view": "public",
        "total": "0 bis 9",
        "closed": True,
        "closes_at": "2026-11-05T00:00:00+01:00",
    }


@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".html"])
@pytest.mark.parametrize("period", ["2026-10", "2025"])
def test_no_public_form_holds_a_digit_that_is_no_band_edge(
    client: FlaskClient, key: Key, tell: Tell, suffix: str, period: str
) -> None:
    for number in range(13):
        at = datetime(2025, 3, 3, tzinfo=UTC)
        tell(events.registered(f"more-{number}", registered_at=at))
    url = f"/v1/summaries/{TOWN}/{period}{suffix}?view=public&lang=de"

    text = client.get(url, headers=key("stats:public")).text
    if "<main" in text:  # what stands around is the same on every page and knows no figure
        text = text[text.index("<main") : text.index("</main>")]

    period_like = r"20\d\d(-\d\d)?(-\d\dT00:00:00\+0[12]:00)?|5\. (November|Januar)"
    markup = r"<(meta|/?h1)[^>]*>|tabindex=\S+|/v1/"
    figures = re.findall(r"\d+", re.sub(f"{TOWN}|{period_like}|{markup}", "", text))
    edges = {*BANDS, *(edge - 1 for edge in BANDS[1:])}
    assert {int(digits) for digits in figures} <= edges | {10 + 11 * 0, 19 + 11 * 9}


def test_the_view_follows_the_key_when_nobody_asks(client: FlaskClient, key: Key) -> None:
    both = key("stats:internal", "stats:public")

    assert client.get(MONTH, headers=both).get_json()["view"] == "internal"
    assert client.get(f"{MONTH}?view=public", headers=both).get_json()["view"] == "public"


@pytest.mark.parametrize(
    ("scope", "view"), [("stats:internal", "public"), ("stats:public", "internal")]
)
def test_internal_and_public_are_separate_scopes(
    client: FlaskClient, key: Key, scope: str, view: str
) -> None:
    response = client.get(f"{MONTH}?view={view}", headers=key(scope))

    assert response.status_code == 403
    assert f"stats:{view}" in problem(response)["detail"]


def test_no_key_and_a_key_for_something_else_see_nothing(client: FlaskClient, key: Key) -> None:
    assert client.get(MONTH).status_code == 401
    assert client.get(MONTH, headers=key("incident:create")).status_code == 403


def test_a_key_sees_its_own_municipality_only(client: FlaskClient, key: Key) -> None:
    response = client.get(f"/v1/summaries/{NEIGHBOUR}/2026-10", headers=key("stats:internal"))

    assert response.status_code == 403


def test_a_kreis_sees_the_sum_of_its_municipalities(client: FlaskClient, key: Key) -> None:
    headers = key("stats:internal", municipalities=(KREIS,))

    found = client.get(f"/v1/summaries/{KREIS}/2026-10", headers=headers).get_json()

    assert (found["municipality"], found["total"]) == (KREIS, 4)
    assert client.get(f"/v1/summaries/{KREIS}/2026", headers=headers).get_json()["total"] == 4


def test_nothing_above_a_municipality_is_published(client: FlaskClient, key: Key) -> None:
    headers = key("stats:public", municipalities=(KREIS,))

    response = client.get(f"/v1/summaries/{KREIS}/2026-10", headers=headers)

    assert response.status_code == 404
    assert "single municipalities" in problem(response)["detail"]


def test_the_open_month_tells_the_public_when_it_closes(client: FlaskClient, key: Key) -> None:
    response = client.get(f"/v1/summaries/{TOWN}/2026-11", headers=key("stats:public"))

    assert response.status_code == 404
    assert "2026-12-05T00:00:00+01:00" in problem(response)["detail"]


def test_the_open_month_is_there_for_those_who_need_to_know(client: FlaskClient, key: Key) -> None:
    found = client.get(f"/v1/summaries/{TOWN}/2026-11", headers=key("stats:internal")).get_json()

    assert (found["total"], found["closed"]) == (0, False)
    assert found["median_minutes_to_take_over"] is None


def test_the_public_year_lists_the_bands_of_its_months(client: FlaskClient, key: Key) -> None:
    headers = key("stats:public")

    found = client.get(f"/v1/summaries/{TOWN}/2025", headers=headers).get_json()

    assert found["total"] == "0 bis 108"
    assert found["months"]["2025-12"] == "0 bis 9"
    assert client.get(f"/v1/summaries/{TOWN}/2026", headers=headers).status_code == 404


@pytest.mark.parametrize("period", ["2026-13", "2031-01", "1999", "gestern", "2026-10.ods"])
def test_an_unknown_period_is_told_what_is_allowed(
    client: FlaskClient, key: Key, period: str
) -> None:
    response = client.get(f"/v1/summaries/{TOWN}/{period}", headers=key())

    assert response.status_code == 404
    assert "2000-01 to 2026-11 (YYYY-MM)" in problem(response)["detail"]


@pytest.mark.parametrize(
    ("ars", "reason"),
    [("1607", "2, 3, 5, 9 or 12"), ("999999999999", "01 to 16"), ("x", "digits only")],
)
def test_a_wrong_key_of_a_region_is_told_why(
    client: FlaskClient, key: Key, ars: str, reason: str
) -> None:
    response = client.get(f"/v1/summaries/{ars}/2026-10", headers=key())

    assert response.status_code == 404
    assert reason in problem(response)["detail"]


@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".html"])
def test_what_cannot_be_asked_is_refused_with_what_can(
    client: FlaskClient, key: Key, suffix: str
) -> None:
    response = client.get(f"{MONTH}{suffix}?view=secret&colour=red", headers=key())

    assert response.status_code == 422
    fields = [error["field"].rpartition(".")[2] for error in problem(response)["errors"]]
    assert sorted(fields) == ["colour", "view"]


@pytest.mark.parametrize("suffix", ["", ".json", ".csv", ".html"])
def test_an_unchanged_summary_is_not_sent_twice(
    client: FlaskClient, key: Key, tell: Tell, suffix: str
) -> None:
    headers = key()
    tag = client.get(MONTH + suffix, headers=headers).headers["ETag"]
    asking = headers | {"If-None-Match": tag}

    assert client.get(MONTH + suffix, headers=asking).status_code == 304

    tell(events.registered("five", registered_at=OCTOBER))
    assert client.get(MONTH + suffix, headers=asking).status_code == 200


def test_exact_figures_are_kept_by_no_cache(client: FlaskClient, key: Key) -> None:
    headers = key("stats:internal", "stats:public")

    assert client.get(MONTH, headers=headers).headers["Cache-Control"] == "no-store"
    assert (
        "no-cache" in client.get(f"{MONTH}?view=public", headers=headers).headers["Cache-Control"]
    )


@pytest.mark.parametrize(
    ("lang", "label"), [("de", "Bedrohung"), ("en", "threat"), ("einfach", "droht")]
)
def test_labels_come_on_demand(client: FlaskClient, key: Key, lang: str, label: str) -> None:
    found = client.get(f"{MONTH}?lang={lang}", headers=key()).get_json()

    assert label.lower() in found["labels"]["forms"]["threat"].lower()
    assert "labels" not in client.get(MONTH, headers=key()).get_json()


def test_the_table_has_one_line_a_value(client: FlaskClient, key: Key) -> None:
    response = client.get(f"{MONTH}.csv", headers=key())

    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert rows[0]["count"] == "3"
    found = {(row["dimension"], row["code"]): row["count"] for row in rows}
    assert found["forms", "threat"] == "2"
    assert found["unit", "buergeramt"] == "3"


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_starts_a_formula(cell: str) -> None:
    assert schemas.neutral(cell) == f"'{cell}"
    assert schemas.neutral(-1) == -1
    assert schemas.neutral("buergeramt") == "buergeramt"


def test_the_feed_names_twelve_closed_months_with_their_bands(
    client: FlaskClient, key: Key
) -> None:
    response = client.get(f"/v1/summaries/{TOWN}/feed.atom", headers=key("stats:public"))

    feed = ET.fromstring(response.text)
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert response.mimetype == "application/atom+xml"
    assert len(titles) == 12
    assert titles[0] == "Monatsübersicht Oktober 2026: 0 bis 9"
    assert titles[11] == "Monatsübersicht November 2025: 0 bis 9"
    link = feed.find(f"{ATOM}entry/{ATOM}link")
    assert link is not None
    assert link.attrib["href"].endswith(f"{MONTH}.html?view=public")


def test_every_text_exists_in_every_language() -> None:
    from rueckhalt_shared.messages import Catalogue

    missing = Catalogue.of_package("rueckhalt_reporting").missing()

    assert set(missing) == {"de", "en", "einfach"}
    assert not any(missing.values())
