# SPDX-License-Identifier: EUPL-1.2
"""Nothing but intake's web process runs: no worker, no neighbour, no broker. Reporting works."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.flows.system import SERVICES, Installation

NOWHERE = "amqp://nobody:made-up-password@127.0.0.1:1//"
CODE = re.compile(r'class="rk-code"[^>]*><code>([^<]+)</code>')


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Installation]:
    """An installation of four services, three of which and the broker are down."""
    deployed = {"RUECKHALT_SERVICES": ",".join(SERVICES)}
    installation = Installation(
        tmp_path, services=("intake",), bus_url=NOWHERE, environment=deployed, roles=("web",)
    )
    try:
        yield installation.prepare().start_all()
    finally:
        installation.stop()


class Browser:
    """A browser without scripts, at the public pages."""

    def __init__(self, installation: Installation) -> None:
        self.base, self.session = installation.url("intake"), requests.Session()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, path: str) -> str:
        return self.session.get(self.base + path, timeout=20).text

    def send(self, page: str, to: str = "", **fields: object) -> requests.Response:
        """Open a page and send a form of it."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert token is not None, page
        told = {"csrf_token": token[1], **fields}
        return self.session.post(self.base + (to or page), data=told, timeout=30)


def test_somebody_reports_gets_the_words_and_comes_back_while_all_else_is_down(
    alone: Installation,
) -> None:
    with Browser(alone) as at_work:
        at_work.send("/report/danger", danger="escalating")
        at_work.send("/report/what", forms="threat")
        at_work.send("/report/tell", narrative="Er stand wieder da.")
        receipt = at_work.send("/report/review", "/report/send").text
    code = CODE.search(receipt)
    assert code is not None, receipt

    with Browser(alone) as at_home:
        inside = at_home.send("/case/words", words=html.unescape(code[1]))
        sent = at_home.send("/case", "/case/message", text="Heute auch.")
        papers = at_home.session.get(at_home.base + "/case/copy", timeout=20)

    assert (inside.status_code, sent.status_code, papers.status_code) == (200, 200, 200)
    assert "wird gerade bestimmt" in inside.text
    assert "Heute auch." in sent.text
    assert "Er stand wieder da." in papers.text
