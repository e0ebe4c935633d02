# SPDX-License-Identifier: EUPL-1.2
"""One metadata for all tables of the key store, which lies apart from the reports."""

from sqlalchemy import MetaData

from rueckhalt_shared.database import naming_convention

metadata = MetaData(naming_convention=naming_convention)
