# SPDX-License-Identifier: EUPL-1.2
"""The red mark that stands on every page while a plan is in force that was not ready."""

from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.emergencies import mark, places_of_reader
from rueckhalt_shared.web import database, settings


def red_mark() -> str:
    """Until when the emergency lasts; empty where there is none, or where nobody has signed in."""
    read = database().read
    found = [
        read(plans.published_version, each) for each in places_of_reader(settings().municipality)
    ]
    ends = (each.emergency_until for each in found if each is not None)
    return mark((each for each in ends if each is not None), now=database().clock())
