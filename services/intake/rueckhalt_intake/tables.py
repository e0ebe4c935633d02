# SPDX-License-Identifier: EUPL-1.2
"""One metadata for all tables of intake; the rooms' stores define theirs on it."""

from sqlalchemy import MetaData

from rueckhalt_shared.database import naming_convention

metadata = MetaData(naming_convention=naming_convention)
