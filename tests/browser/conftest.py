# SPDX-License-Identifier: EUPL-1.2
"""One demo, one Chromium, and what every page is asked, in each way people look at pages.

    def test_my_page_has_no_barrier(visitor):
        visitor.open("/intake/report")
        assert visitor.complaints() == []

`visitor` opens pages in a plain window, `looking("dark")` in one of the ways of `WAYS`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.flows.demo import Demo, running_demo
from tests.html_check import Page as Html

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAYS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"color_scheme": "dark", "forced_colors": "active"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "at 200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "without script": {"java_script_enabled": False},
}
_FOREIGN = "#swagger-ui"  # the API viewer is other people's; it is for developers only


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Musterstadt with all services."""
    with running_demo(tmp_path_factory.mktemp("browser") / "data") as demo:
        yield demo


@dataclass
class Visitor:
    """A person at the demo: pages, every address asked for, everything the policy refused."""

    page: Page
    base: str
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page below the demo's address, or to a whole address."""
        self.page.goto(path if path.startswith("http") else self.base + path)

    def complaints(self) -> list[str]:
        """What axe finds wrong, whether the page can be moved sideways, and its HTML's faults."""
        html = self.page.evaluate(_SOURCE)
        return [*self.barriers(), *Html(html).faults(), *self.refused]

    def barriers(self) -> list[str]:
        """What axe finds wrong, and whether the page can be moved sideways."""
        options = {"exclude": [[_FOREIGN]]} if self.page.locator(_FOREIGN).count() else None
        found: list[dict[str, Any]] = Axe().run(self.page, context=options).response["violations"]
        told = [f"{v['id']}: {v['help']} {[n['target'] for n in v['nodes']][:3]}" for v in found]
        return told + ["wider than the window"] * self.is_wide()

    def is_wide(self) -> bool:
        """Can the page be moved sideways?"""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def walk(self, most: int = 200) -> list[str]:
        """Press Tab from the top until it comes round; what got the focus, as `tag#id text`.

        Stops with an assertion where the focus cannot be seen.
        """
        self.page.evaluate("document.activeElement.blur()")
        seen: list[str] = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            here, is_visible = self.page.evaluate(_WHERE)
            if not here or here in seen[:1]:
                return seen
            assert is_visible, f"the focus on {here} cannot be seen"
            seen.append(here)
        raise AssertionError(f"the focus does not come round after {most} steps")


_SOURCE = """async () => {
  const page = await fetch(location.href, {headers: {Accept: "text/html"}});
  return page.text();
}"""

# Which element has the focus; is it inside the window, not covered, and marked by an outline?
_WHERE = """async () => {
  // the browser scrolls to what has the focus when it paints
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  const e = document.activeElement;
  if (!e || e === document.body) return ["", true];
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const x = box.x + box.width / 2, y = box.y + Math.min(box.height / 2, 20);
  const top = document.elementFromPoint(x, y);
  const shown = top !== null && (e.contains(top) || top.contains(e));
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const place = `${e.tagName.toLowerCase()}#${e.id} ${e.innerText || e.name || ""}`;
  return [`${place.slice(0, 60)} @${Math.round(box.x + scrollX)},${Math.round(box.y + scrollY)}`,
          shown && outlined];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of Debian."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=_QUIET
        )
        yield browser
        browser.close()


@pytest.fixture
def looking(browser: Browser, demo: Demo) -> Iterator[Callable[[str], Visitor]]:
    """Make a visitor with one of the WAYS, who has opened the start page; nothing is stored."""
    contexts: list[BrowserContext] = []

    def make(way: str) -> Visitor:
        context = browser.new_context(locale="de-DE", **WAYS[way])
        contexts.append(context)
        visitor = Visitor(context.new_page(), demo.ready["url"])
        visitor.page.on("request", lambda request: visitor.asked.append(request.url))
        visitor.page.on(
            "console",
            lambda said: visitor.refused.append(said.text) if "Policy" in said.text else None,
        )
        visitor.open("/")
        return visitor

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(looking: Callable[[str], Visitor]) -> Visitor:
    """Somebody at a plain window."""
    return looking("light")


@pytest.fixture
def no_script(looking: Callable[[str], Visitor]) -> Visitor:
    """Somebody whose browser runs no scripts."""
    return looking("without script")


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Visitor, str], Path]:
    """Take a picture of the whole page, to look at it: `pictures(visitor, "gallery")`."""

    def take(visitor: Visitor, name: str) -> Path:
        path = tmp_path / f"{request.node.name}-{name}.png"
        visitor.page.screenshot(path=str(path), full_page=True)
        return path

    return take
