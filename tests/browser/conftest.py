# SPDX-License-Identifier: EUPL-1.2
"""One demo, one Chromium, and what every page is asked.

    def test_my_pages_have_no_barrier(looking, way):  # parametrized with EACH
        assert looking(way).faults("/intake/report", "/intake/cards") == {}

A page is loaded once and looked at in each of the LOOKS: plain, dark at 320 px, at 200 %, in forced
colours, with axe in each. `looking("without script")` asks what can be asked without scripts. The
other WAYS are for what a person does there. Which test looks at which page: `pages.py`.
RUECKHALT_TEST_PICTURES=folder keeps a picture of every page in every look.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from tests.browser.reaching import rule_of
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
_PLAIN = {"width": 1280, "height": 720}
_NARROW = {"width": 320, "height": 640}
WAYS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": _PLAIN},
    "dark": {"color_scheme": "dark", "viewport": _PLAIN},
    "forced colours": {"color_scheme": "dark", "forced_colors": "active", "viewport": _PLAIN},
    "narrow": {"viewport": _NARROW},
    "at 200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "without script": {"java_script_enabled": False, "viewport": _PLAIN},
}
EACH = ("light", "without script")  # the two ways every page is looked at
_MAGNIFIED = {"width": 640, "height": 360}  # what is left of 1280 px at 200 %
# How a page that is open is looked at: colour scheme, forced colours, window, and what need not be
# asked there: magnified, a page has the colours it has in the plain window.
LOOKS: dict[str, tuple[Any, Any, Any, tuple[str, ...]]] = {
    "plain": ("light", "none", _PLAIN, ()),
    "dark at 320 px": ("dark", "none", _NARROW, ()),
    "at 200 %": ("light", "none", _MAGNIFIED, ("color-contrast",)),
    "forced colours": ("dark", "active", _PLAIN, ()),
}
_FOREIGN = "#swagger-ui"  # the API viewer is other people's; it is for developers only
_LIMIT = {"RUECKHALT_INTAKE_HOURLY_NETWORK": "1000"}  # all tests report from one network


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Musterstadt with all services, for all tests that bear others' reports beside their own."""
    with running_demo(tmp_path_factory.mktemp("browser") / "data", **_LIMIT) as demo:
        yield demo


@pytest.fixture(scope="module")
def demo(town: Demo) -> Demo:
    """The town of these tests. Who changes plan, duty or floods replaces it by one of their own."""
    return town


@dataclass
class Visitor:
    """A person at the demo: pages, every address asked for, everything the policy refused."""

    page: Page
    town: Demo
    way: str
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    answer: Response | None = None  # what the page that is open came with
    looked_at: set[str] = field(default_factory=set)  # paths

    @property
    def base(self) -> str:
        """The demo's address."""
        return str(self.town.ready["url"])

    def open(self, path: str) -> None:
        """Go to a page below the demo's address, or to a whole address."""
        self.page.goto(path if path.startswith("http") else self.base + path)

    def sign_in(self, user: str = "zustaendig") -> None:
        """Come in as one of the town's people; whoever was here before is gone."""
        (account,) = [each for each in self.town.ready["accounts"] if each["user"] == user]
        self.page.context.clear_cookies()
        self.open("/account/sign-in?lang=de")
        self.page.fill("input[name=name]", user)
        self.page.fill("input[name=password]", account["password"])
        with self.page.expect_navigation():
            self.page.click("main form button[type=submit]")

    def faults(self, *paths: str, status: int = 200) -> dict[str, list[str]]:
        """Open each page; what is wrong with it, where anything is."""
        found = {}
        for path in paths:
            self.open(path)
            assert self.answer is not None
            told = [f"answers {self.answer.status}"] * (self.answer.status != status)
            if told := told + self.complaints():
                found[path] = told
        return found

    def complaints(self) -> list[str]:
        """What is wrong with the page that is open: its HTML, its barriers, what was refused."""
        assert self.answer is not None, "no page is open"
        told = [*Html(self.answer.text()).faults(), *self.barriers(), *self.refused]
        self.refused.clear()
        return told

    def barriers(self) -> list[str]:
        """What axe finds in each of the LOOKS, and whether all of the page is there.

        axe needs scripts: without them, only the width is asked, at 320 px and at 200 %.
        """
        before = self.page.viewport_size
        has_scripts = WAYS[self.way].get("java_script_enabled", True)
        told: list[str] = []
        for look, (scheme, forced, window, known) in LOOKS.items():
            if has_scripts:
                self.page.emulate_media(color_scheme=scheme, forced_colors=forced)
            elif window == _PLAIN:
                continue
            self.page.set_viewport_size(window)
            found = [*self._axe(known), *self._unseen()] if has_scripts else []
            self._picture(look)
            found += [f"wider than {window['width']} px"] * self.is_wide()
            told += [f"{look}: {each}" for each in found]
        if has_scripts:
            own = WAYS[self.way]
            colours = own.get("color_scheme", "light"), own.get("forced_colors", "none")
            self.page.emulate_media(color_scheme=colours[0], forced_colors=colours[1])
        if before is not None:
            self.page.set_viewport_size(before)
        self.looked_at.add(urlsplit(self.page.url).path)
        return told

    def _axe(self, known: tuple[str, ...]) -> list[str]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found: list[dict[str, Any]] = self.page.evaluate(_AXE, [_FOREIGN, known])
        return [f"{v['id']}: {v['help']} {[n['target'] for n in v['nodes']][:3]}" for v in found]

    def _unseen(self) -> list[str]:
        """What gets the focus where nobody sees it: outside, covered, or without an outline."""
        self.page.keyboard.press("Tab")  # from now on the browser shows where the focus is
        return [f"the focus on {each} cannot be seen" for each in self.page.evaluate(_UNSEEN)]

    def _picture(self, look: str) -> None:
        if folder := os.environ.get("RUECKHALT_TEST_PICTURES"):
            name = re.sub(r"[^a-z0-9]+", "-", self.page.url.removeprefix(self.base).lower())
            told = f"{name.strip('-')[:90]}-{self.way}-{look}".replace(" ", "-").replace("%", "")
            self.page.screenshot(path=str(Path(folder) / f"{told}.png"), full_page=True)

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


# Colours are measured when they have stopped changing. Style sheets need not be fetched once more.
_AXE = """async ([foreign, known]) => {
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
  await Promise.allSettled(document.getAnimations().map((each) => each.finished));
  const options = {resultTypes: ["violations"], preload: false, rules: {}};
  for (const each of known) options.rules[each] = {enabled: false};
  const there = document.querySelector(foreign) ? {exclude: [[foreign]]} : document;
  return (await axe.run(there, options)).violations;
}"""

# Everything that can have the focus gets it by turns. What is not seen at once may be on its way
# in: the skip link is. In the end the keyboard begins at the top again.
_UNSEEN = """async () => {
  const fields = "input:not([type=hidden]), select, textarea";
  const all = document.querySelectorAll(`a[href], button, summary, [tabindex="0"], ${fields}`);
  const settled = async () => {
    await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
    await Promise.allSettled(document.getAnimations().map((each) => each.finished));
  };
  const isShown = (e) => {
    const box = e.getBoundingClientRect();
    return [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].some(([x, y]) => {
      const top = document.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
      return top !== null && (e.contains(top) || top.contains(e));
    });
  };
  const isMarked = (e) => {
    const {outlineStyle, outlineWidth} = getComputedStyle(e);
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  };
  const unseen = [];
  for (const e of all) {
    const isThere = e.checkVisibility({visibilityProperty: true}) && !e.disabled;
    if (!isThere || e.closest("#swagger-ui")) continue;
    e.focus();
    if (!isShown(e) || !isMarked(e)) await settled();
    if (document.activeElement !== e || !isShown(e) || !isMarked(e))
      unseen.push(`${e.tagName.toLowerCase()}#${e.id} ${e.innerText || e.name || ""}`.slice(0, 60));
  }
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.blur();
  document.body.removeAttribute("tabindex");
  scrollTo(0, 0);
  return unseen;
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
def looking(
    browser: Browser, demo: Demo, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Visitor]]:
    """Make a visitor with one of the WAYS, who has opened the start page; nothing is stored."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def make(way: str) -> Visitor:
        context = browser.new_context(locale="de-DE", **WAYS[way])
        contexts.append(context)
        visitor = Visitor(context.new_page(), demo, way)
        visitors.append(visitor)
        _listen(visitor)
        visitor.open("/")
        return visitor

    yield make
    for context in contexts:
        context.close()
    seen = {path for visitor in visitors for path in visitor.looked_at}
    promised = [rule for mark in request.node.iter_markers("walks") for rule in mark.args]
    missed = set(promised) - {rule_of(path, promised) for path in seen}
    assert not missed or _has_failed(request), f"never looked at: {sorted(missed)}"


def _has_failed(request: pytest.FixtureRequest) -> bool:
    """Has the test failed already? Then what it did not reach is no news."""
    told: pytest.CallInfo[None] | None = request.node.stash.get(_CALL, None)
    return told is None or told.excinfo is not None


_CALL = pytest.StashKey[pytest.CallInfo[None]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Iterator[Any]:
    """Remember how a test went, for what looks afterwards."""
    if call.when == "call":
        item.stash[_CALL] = call
    return (yield)


def _listen(visitor: Visitor) -> None:
    def keep(answer: Response) -> None:
        if answer.request.is_navigation_request() and answer.frame == visitor.page.main_frame:
            visitor.answer = answer

    visitor.page.on("request", lambda request: visitor.asked.append(request.url))
    visitor.page.on("response", keep)
    visitor.page.on(
        "console",
        lambda said: visitor.refused.append(said.text) if "Policy" in said.text else None,
    )


@pytest.fixture
def visitor(looking: Callable[[str], Visitor]) -> Visitor:
    """Somebody at a plain window."""
    return looking("light")


@pytest.fixture
def no_script(looking: Callable[[str], Visitor]) -> Visitor:
    """Somebody whose browser runs no scripts."""
    return looking("without script")
