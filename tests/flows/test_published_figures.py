# SPDX-License-Identifier: EUPL-1.2
"""Published figures go in through the real API and come out of the yearly summary unchanged."""

import json
from datetime import date
from pathlib import Path

import pytest

from rueckhalt_shared.simulate import expected, load, reports
from tests.flows.system import ARS
from tests.support import eventually

ONES = {"hamburg-2017": 1852, "muenster-2023": 114}


def post_in_bulk(town, lines):
    accepted = 0
    for start in range(0, len(lines), 500):
        body = "\n".join(json.dumps(line) for line in lines[start : start + 500])
        answer = town.api(
            "POST",
            "intake",
            "/v1/incidents/bulk",
            data=body.encode(),
            headers={"Content-Type": "application/x-ndjson"},
        )
        results = [json.loads(line) for line in answer.text.splitlines()]
        accepted += sum(result["status"] == 201 for result in results)
    return accepted


@pytest.fixture
def units(town):
    """The list of units every service of an installation shares; read at each start."""
    source = Path(__file__).parents[2] / "services/intake/rueckhalt_intake/content/demo/units.csv"
    target = town.folder / "intake" / "units.csv"
    if not target.exists():
        target.write_bytes(source.read_bytes())
        town.restart("intake", "serve")
    return target


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ONES)
def test_a_year_of_a_city_comes_out_as_it_was_published(town, units, name):
    figures = load(name, today=date(2026, 11, 22))
    truth = expected(figures)

    accepted = post_in_bulk(town, list(reports(figures, municipality=ARS)))
    year = eventually(
        lambda: (s := town.summary(str(truth.year)))["total"] >= ONES[name] and s, within=180
    )
    months = [town.summary(f"{truth.year}-{month:02}") for month in range(1, 13)]

    assert accepted == truth.total == ONES[name]
    assert year["total"] == truth.total
    assert year["forms"] == truth.forms
    assert year["unit"] == truth.unit
    assert sum(month["total"] for month in months) == truth.total
    for form, count in truth.forms.items():
        assert sum(month["forms"].get(form, 0) for month in months) == count


def test_history_wakes_nobody(town, units, sink):
    before = len(sink.mails())
    line = {"municipality": ARS, "forms": ["weapon"], "registered_at": "2016-03-01T10:00:00Z"}

    accepted = post_in_bulk(town, [line])
    eventually(lambda: town.summary("2016")["total"] == 1)

    assert accepted == 1
    assert len(sink.mails()) == before
    assert not [a for a in town.assignments("open") if a["assigned_at"].startswith("2016")]
