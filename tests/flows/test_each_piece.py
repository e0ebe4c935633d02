# SPDX-License-Identifier: EUPL-1.2
"""Each of the fifteen sets of services starts and does what it can do."""

import json
from datetime import UTC, datetime
from itertools import combinations
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import IncidentRegistered
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.settings import SERVICES
from tests.flows.demo import running_demo
from tests.support import eventually

SUBSETS = [subset for size in (1, 2, 3, 4) for subset in combinations(SERVICES, size)]
INBOX = "vorzimmer@musterstadt.example"


def registered(ars):
    """What a foreign system says when there is no intake."""
    now = datetime.now(UTC)
    event = IncidentRegistered(
        subject=str(uuid4()),
        municipality=ars,
        version=1,
        mode="demo",
        registered_at=now,
        forms=("threat",),
        severity=2,
        sender="fremdsystem",
    )
    return contracts.wrap(event, service="intake", id=uuid7(), time=now)


def feed(demo, subset, ars):
    """Give one incident to whoever can take it; answers its id."""
    if "intake" in subset:
        body = {"municipality": ars, "forms": ["threat"]}
        answer = demo.api("POST", "intake", "/v1/incidents", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]
    envelope = registered(ars)
    for service in subset:
        if service != "notify" or "routing" not in subset:
            answer = demo.api("POST", service, "/v1/events", json=json.loads(envelope.to_json()))
            assert answer.status_code == 202, answer.text
    return envelope.subject


def total(demo, ars):
    month = datetime.now(ZoneInfo("Europe/Berlin")).strftime("%Y-%m")
    answer = demo.api("GET", "reporting", f"/v1/summaries/{ars}/{month}?view=internal")
    assert answer.status_code == 200, answer.text
    return answer.json()["total"]


@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
def test_what_is_deployed_does_its_part(tmp_path, subset):
    only = ("--only", ",".join(subset))
    with running_demo(tmp_path / "data", *only, RUECKHALT_NOTIFY_INCIDENTS_TO=INBOX) as demo:
        ars = demo.ready["municipality"]
        before = total(demo, ars) if "reporting" in subset else 0

        incident = feed(demo, subset, ars)

        assert sorted(demo.ready["services"]) == sorted(subset)
        if "intake" in subset:
            shown = demo.api("GET", "intake", f"/v1/incidents/{incident}")
            assert shown.status_code == 200
        if "routing" in subset:
            path = "/v1/assignments?state=open&page_size=500"
            eventually(lambda: incident in demo.api("GET", "routing", path).text)
        if "notify" in subset:
            asked = "anna.aydin@musterstadt.example" if "routing" in subset else INBOX
            eventually(lambda: [m for m in demo.mails() if asked in m["to"]], what=asked)
        if "reporting" in subset:
            eventually(lambda: total(demo, ars) == before + 1)
