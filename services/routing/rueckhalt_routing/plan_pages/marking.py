# SPDX-License-Identifier: EUPL-1.2
"""The red mark that stands on every page while a plan is in force that was not ready."""

from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import local_time
from rueckhalt_shared.web import database, settings


def red_mark() -> str:
    """Until when the emergency lasts; empty where there is none."""
    municipality = settings().municipality
    if not municipality:
        return ""
    version = database().read(plans.published_version, municipality)
    if version is None or version.emergency_until is None:
        return ""
    if version.emergency_until <= database().clock():
        return words("plan.mark_over")
    return words("plan.mark", until=local_time(version.emergency_until))
