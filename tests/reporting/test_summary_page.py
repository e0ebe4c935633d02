# SPDX-License-Identifier: EUPL-1.2
"""The summary as a page: readable by eye, by ear, on paper and on a telephone."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from rueckhalt_reporting.app import Settings, create_app
from rueckhalt_shared.database import Database
from tests.reporting import events
from tests.reporting.events import TOWN

Tell = Callable[..., None]
Key = Callable[..., dict[str, str]]
PAGE = f"/v1/summaries/{TOWN}/2026-10.html"
OCTOBER = datetime(2026, 10, 15, 9, 0, tzinfo=UTC)


class Outline(HTMLParser):
    """The elements of a page in their order, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def page(client: FlaskClient, key: Key, tell: Tell) -> str:
    tell(events.registered("one", registered_at=OCTOBER))
    tell(events.assigned("one"), at=events.NOW)
    tell(events.taken_over("one"))
    return client.get(PAGE, headers=key()).text


def test_every_table_has_a_caption_and_headers_with_a_scope(page: str) -> None:
    outline = Outline(page)

    assert len(outline.all("caption")) == len(outline.all("table")) > 10
    assert {cell.get("scope") for cell in outline.all("th")} == {"col", "row"}


def test_the_page_says_its_language_and_has_one_heading(page: str) -> None:
    outline = Outline(page)

    assert outline.all("html")[0]["lang"] == "de"
    assert len(outline.all("h1")) == len(outline.all("main")) == 1
    assert "Monatsübersicht Oktober 2026" in page


def test_bars_are_decoration_beside_their_number(page: str) -> None:
    bars = Outline(page).all("svg")

    assert bars
    assert all(bar["aria-hidden"] == "true" for bar in bars)


def test_the_page_has_no_inline_script_no_inline_style_and_no_other_server(page: str) -> None:
    outline = Outline(page)

    assert all(script.get("src") for script in outline.all("script"))
    assert not outline.all("style")
    assert not [tag for tag, attributes in outline.found if "style" in attributes]
    assert not re.findall(r"(?:href|src)=\"https?:", page)


def test_the_page_tells_the_median_and_how_to_read_the_figures(page: str) -> None:
    assert "(Median) 12,5 Minuten" in page
    assert "mehr Vertrauen" in page
    assert "Stichtag: 5. November 2026" in page


@pytest.mark.parametrize(
    ("lang", "html_lang", "text"),
    [
        ("de", "de", "Gemeldete Vorfälle"),
        ("en", "en", "Monthly summary October 2026"),
        ("einfach", "de-simple", "Übersicht für den Monat Oktober 2026"),
    ],
)
def test_the_page_speaks_three_languages(
    client: FlaskClient, key: Key, lang: str, html_lang: str, text: str
) -> None:
    page = client.get(f"{PAGE}?lang={lang}", headers=key()).text

    assert text in page
    assert Outline(page).all("html")[0]["lang"] == html_lang


def test_the_public_page_shows_a_band_and_no_table(client: FlaskClient, key: Key) -> None:
    page = client.get(f"{PAGE}?lang=en", headers=key("stats:public")).text

    assert "<strong>0 to 9</strong>" in page
    assert not Outline(page).all("table")


def test_the_public_year_shows_a_table_of_months(client: FlaskClient, key: Key) -> None:
    page = client.get(f"/v1/summaries/{TOWN}/2025.html", headers=key("stats:public")).text

    assert len(Outline(page).all("table")) == 1
    assert page.count("0 bis 9</td>") == 12
    assert "Dezember" in page


def test_the_demo_says_on_every_page_that_its_figures_are_invented(
    settings: Settings, database: Database, key: Key
) -> None:
    client = create_app(replace(settings, mode="demo"), database).test_client()

    assert "Demodaten" in client.get(PAGE, headers=key()).text


def test_a_browser_may_give_the_key_as_a_password(client: FlaskClient, key: Key) -> None:
    plain = key()["Authorization"].removeprefix("Bearer ")

    assert client.get(PAGE, auth=("", plain)).status_code == 200
    asked = client.get(PAGE, headers={"Accept": "text/html"})
    assert asked.status_code == 401
    assert asked.headers["WWW-Authenticate"].startswith("Basic")


def test_the_style_sheet_serves_the_dark_the_contrast_and_the_printer(client: FlaskClient) -> None:
    with client.get("/v1/summaries/summary.css") as response:
        style = response.text
    with client.get("/static/rueckhalt.css") as shell:
        style += shell.text
    with client.get("/static/vendor/kern-2.7.2/kern.min.css") as kern:
        style += kern.text.replace(":dark", ": dark").replace(":active", ": active")

    assert response.mimetype == "text/css"
    for query in ("prefers-color-scheme: dark", "forced-colors: active", "print", "max-width"):
        assert query in style


@pytest.mark.parametrize(
    ("view", "period"),
    [("internal", "2026-10"), ("internal", "2026"), ("public", "2026-10"), ("public", "2025")],
)
def test_the_page_links_only_to_what_answers(
    client: FlaskClient, key: Key, view: str, period: str
) -> None:
    headers = key("stats:internal", "stats:public")
    address = f"/v1/summaries/{TOWN}/{period}.html?view={view}"
    page = client.get(address, headers=headers).text
    found = {urljoin(address, str(link["href"])) for link in Outline(page).all("a")}
    links = {link for link in found if "#" not in link and link != "/leave"}

    answers = {link: client.get(link, headers=headers).status_code for link in links}

    assert len(links) >= 5
    assert set(answers.values()) == {200}


def test_the_style_sheet_is_in_the_package() -> None:
    import rueckhalt_reporting

    folder = Path(rueckhalt_reporting.__file__).parent
    assert (folder / "static" / "summary.css").is_file()
