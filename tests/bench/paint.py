# SPDX-License-Identifier: EUPL-1.2
"""When a page is first seen and what it weighs: Chromium at the demo, with and without its cache.

`loopback` is the browser beside the server. `old phone` is the same page at a quarter of the speed
over 3G (300 ms there and back, 1.6 Mbit/s), both as Chromium plays them.
"""

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import requests
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.flows.demo import running_demo

PAGES = {
    "start": "/intake/?lang=de",
    "report": "/intake/report?lang=de",
    "words": "/intake/case/words?lang=de",
    "cards": "/intake/cards?lang=de",
    "help": "/intake/help?lang=de",
}
_PHONE = {"latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
_SLOWER = 4
# The paint entries may come after the load event: wait for the one that is asked for.
_TIMES = """() => new Promise((go) => new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (each.name === "first-contentful-paint") {
    const way = performance.getEntriesByType("navigation")[0];
    const all = [way, ...performance.getEntriesByType("resource")];
    go({paint: each.startTime, answer: way.responseStart, loaded: way.loadEventEnd,
        came: all.filter((one) => one.transferSize > 0).map((one) => one.name)});
  }
}).observe({type: "paint", buffered: true}))"""


@dataclass
class Length:
    """How often each page is opened, with an empty cache and again."""

    turns: int = 15


def bench(folder: Path, length: Length) -> Iterator[dict[str, Any]]:
    """One row per page, network and state of the cache."""
    with running_demo(folder / "data") as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        url = str(demo.ready["url"])
        for network in ("loopback", "old phone"):
            for name, path in PAGES.items():
                yield from _rows(browser, url + path, name, network, length)
        browser.close()


def _rows(
    browser: Browser, address: str, name: str, network: str, length: Length
) -> Iterator[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {"first visit": [], "again": []}
    for _ in range(length.turns):
        context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 720})
        page = _page(context, network)
        for times in found.values():
            page.goto(address)
            times.append(page.evaluate(_TIMES))
        context.close()
    for visit, times in found.items():
        yield {
            "bench": "paint",
            "page": name,
            "network": network,
            "visit": visit,
            "paint_ms": _of(times, "paint"),
            "paint_ms_max": round(max(each["paint"] for each in times)),
            "answer_ms": _of(times, "answer"),
            "loaded_ms": _of(times, "loaded"),
            **_weight(times[-1]["came"]),
            "load": round(os.getloadavg()[0], 1),
        }


def _page(context: BrowserContext, network: str) -> Page:
    page = context.new_page()
    if network != "loopback":
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.emulateNetworkConditions", {"offline": False, **_PHONE})
        wire.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    return page


def _of(times: list[dict[str, Any]], name: str) -> int:
    return round(median(each[name] for each in times))


def _weight(addresses: list[str]) -> dict[str, float]:
    """What came over the network, as it is and as a proxy packs it."""
    bodies = [requests.get(each, timeout=30).content for each in addresses]
    return {
        "answers": len(bodies),
        "kib": round(sum(map(len, bodies)) / 1024, 1),
        "kib_gzip": round(sum(len(gzip.compress(each)) for each in bodies) / 1024, 1),
    }
