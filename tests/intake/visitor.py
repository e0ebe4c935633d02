# SPDX-License-Identifier: EUPL-1.2
"""Somebody at the public pages: a browser without account, that sends forms with their token."""

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

HTML = {"Accept": "text/html"}
WORDS = re.compile(r'class="rk-code"[^>]*><code>([^<]+)</code>')


@dataclass
class Visitor:
    """A browser of the town's pages."""

    client: FlaskClient
    known: str = ""

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, headers=HTML)

    def token(self, path: str) -> str:
        """The token of a page's first form."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
        assert found is not None, path
        return found[1]

    def send(self, page: str, to: str = "", **fields: Any) -> TestResponse:
        """Send a form, with the token of the first page there was."""
        self.known = self.known or self.token(page)
        data = {"csrf_token": self.known, **fields}
        return self.client.post(to or page, data=data, headers=HTML)

    def answer(self, step: str, **fields: Any) -> str:
        """Answer a question; where it leads."""
        sent = self.send(f"/report/{step}", **fields)
        assert sent.status_code == 303, sent.text
        return str(sent.headers["Location"])

    def fill(self, **changed: dict[str, Any]) -> None:
        """The short way through a report, anonymous, up to the review."""
        answers: dict[str, dict[str, Any]] = {
            "danger": {"danger": "escalating"},
            "what": {"forms": ["threat", "insult"]},
            "who": {"role": "affected"},
            "where": {"place": "office_front"},
            "source": {"relation": "citizen"},
            "tell": {"narrative": "Er sagte: Ich weiß, wo du wohnst.", "accused": "Herr X"},
            "contact": {"named": "no", "wishes": ["contact"]},
            "sharing": {"sharing": ["counselling"]},
        }
        for step, fields in (answers | changed).items():
            self.answer(step, **fields)

    def report(self, **changed: dict[str, Any]) -> str:
        """A whole report; answers its seven words."""
        self.fill(**changed)
        sent = self.send("/report/review", "/report/send")
        assert sent.status_code == 303, sent.text
        return self.words("/report/receipt")

    def words(self, page: str) -> str:
        """The words a page shows."""
        found = WORDS.search(self.get(page).text)
        assert found is not None, self.get(page).text
        return found[1]

    def open_case(self, code: str) -> TestResponse:
        """Come in by the words."""
        return self.send("/case/words", words=code)
