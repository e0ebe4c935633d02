# SPDX-License-Identifier: EUPL-1.2
"""The plan of the sample town Musterstadt. Nobody there exists."""

from importlib.resources import files
from typing import Any

from rueckhalt_routing.plan import handlers


def prepare_demo(settings: Any) -> None:
    """Publish the sample plan; doing it again changes nothing."""
    from rueckhalt_routing.app import create_database  # noqa: PLC0415 - app imports this module

    source = sample_plan()
    database = create_database(settings)
    try:
        if not database.read(handlers.is_published, settings.municipality, source):
            database.run(handlers.publish, handlers.draft_of(source), author="demo")
    finally:
        database.dispose()


def sample_plan() -> str:
    """The text of the sample plan."""
    content = files("rueckhalt_routing") / "content" / "musterstadt" / "plan.yaml"
    return content.read_text("utf-8")
