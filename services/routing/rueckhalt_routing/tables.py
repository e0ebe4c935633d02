# SPDX-License-Identifier: EUPL-1.2
"""All tables of the service in one metadata, to compare with the migrated database."""

from sqlalchemy import MetaData

from rueckhalt_shared.columns import naming_convention

metadata = MetaData(naming_convention=naming_convention)
