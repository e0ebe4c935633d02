# SPDX-License-Identifier: EUPL-1.2
"""One demo, one Chromium, and what every page is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.flows.demo import Demo, running_demo

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Musterstadt with all services."""
    with running_demo(tmp_path_factory.mktemp("browser") / "data") as demo:
        yield demo


@dataclass
class Visitor:
    """A person at the demo: pages, and every address the browser asked for."""

    page: Page
    base: str
    asked: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page below the demo's address, or to a whole address."""
        self.page.goto(path if path.startswith("http") else self.base + path)

    def complaints(self) -> list[str]:
        """What axe finds wrong, and whether the page can be moved sideways."""
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        wide = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        return [f"{v['id']}: {v['help']}" for v in found] + (["wider than the window"] * wide)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Chromium of Debian, German, nothing stored."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(Path(tmp_path_factory.mktemp("chromium"))),
            executable_path="/usr/bin/chromium",
            headless=True,
            args=_QUIET,
            locale="de-DE",
        )
        yield context
        context.close()


@pytest.fixture
def visitor(chromium: BrowserContext, demo: Demo) -> Iterator[Visitor]:
    """Somebody who has opened the demo's start page, in a tab that no other test has used."""
    chromium.clear_cookies()
    page = chromium.new_page()
    visitor = Visitor(page, demo.ready["url"])
    page.on("request", lambda request: visitor.asked.append(request.url))
    visitor.open("/")
    yield visitor
    page.close()
