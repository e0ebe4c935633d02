# SPDX-License-Identifier: EUPL-1.2
"""Somebody at the pages of duty, and what tests ask of them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rueckhalt_routing.duty import handlers
from rueckhalt_routing.duty.domain import Facts
from rueckhalt_shared.audit import store as audit
from tests.routing.town import ARS, Town


@dataclass
class Person:
    """Somebody at the pages."""

    client: Any

    def get(self, path: str) -> Any:
        return self.client.get(f"/duty{path}", headers={"Accept": "text/html"})

    def send(self, page: str, to: str | None = None, **fields: Any) -> Any:
        """Send a form of a page, as a browser would."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert found is not None
        sent = {"csrf_token": found[1], **{k.rstrip("_"): v for k, v in fields.items()}}
        return self.client.post(
            f"/duty{page if to is None else to}", data=sent, headers={"Accept": "text/html"}
        )


Somebody = Callable[..., Person]
WEEKEND = {"rota": "nachtdienst", "from_": "21.11.2026 08:00", "until": "23.11.2026 08:00"}


def facts(town: Town) -> Facts:
    return town.database.read(handlers.facts, ARS)


def acts(town: Town) -> list[str]:
    rows = town.database.read(lambda tx: list(audit.rows(tx, ARS)))
    return [json.loads(row.body)["act"] for row in rows]


def texts(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
