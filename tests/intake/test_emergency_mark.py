# SPDX-License-Identifier: EUPL-1.2
"""An emergency publication on intake's pages: red for whoever is signed in, unseen by visitors."""

from collections.abc import Callable
from datetime import timedelta

from rueckhalt_intake.emergencies import MARKS
from rueckhalt_shared.contracts import PlanPublished
from rueckhalt_shared.database import Database
from tests.intake.people import Meet
from tests.intake.town import ARS
from tests.intake.visitor import Visitor
from tests.support import NOON


def test_the_mark_stands_on_pages_of_the_signed_in_and_on_no_public_page(
    database: Database, meet: Meet, visitors: Callable[[], Visitor]
) -> None:
    anna = meet("anna", "responsible")
    assert "rk-alarm" not in anna.get("/desk").text

    event = PlanPublished(
        subject="plan",
        municipality=ARS,
        version=1,
        plan_version=2,
        valid_until=NOON + timedelta(days=400),
        cells_weak=0,
        cells_none=0,
        by_urgency={},
        emergency_until=NOON + timedelta(hours=72),
    )
    database.run(MARKS.note, event)

    page = anna.get("/desk")
    assert page.status_code == 200
    assert "Notveröffentlichung" in page.text
    for path in ("/", "/help", "/report"):
        assert "rk-alarm" not in visitors().client.get(path).text
    stranger = meet("eva", "responsible", place="095640000000")
    assert "rk-alarm" not in stranger.get("/desk").text
