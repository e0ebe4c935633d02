# SPDX-License-Identifier: EUPL-1.2
"""Which version of Rückhalt this is, and from which commit it was built."""

import os
from functools import cache
from importlib.metadata import version as installed_version


@cache
def version() -> str:
    """The number all five distributions share; looked up once, for it stands on every page."""
    return installed_version("rueckhalt-shared")


def commit() -> str | None:
    """The commit a container image was built from, where the builder told it."""
    return os.environ.get("RUECKHALT_COMMIT") or None
