# SPDX-License-Identifier: EUPL-1.2
"""The contacts of the sample town Musterstadt. Nobody there exists, and no mail leaves."""

from importlib.resources import files
from typing import Any

from rueckhalt_notify.contacts import handlers, sheet


def prepare_demo(settings: Any) -> None:
    """Import the sample contacts; doing it again changes nothing."""
    from rueckhalt_notify.app import create_database  # noqa: PLC0415 - app imports this module

    content = files("rueckhalt_notify") / "content" / "demo" / "contacts.csv"
    lines = sheet.read_lines(content.read_bytes())
    database = create_database(settings)
    try:
        database.run(
            handlers.import_lines,
            lines,
            municipality=settings.municipality,
            reaches=lambda _: True,
        )
    finally:
        database.dispose()
