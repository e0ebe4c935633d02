# SPDX-License-Identifier: EUPL-1.2
"""The one collection of this service's tables; the stores of the rooms define them on it."""

from sqlalchemy import MetaData

from rueckhalt_shared.database import naming_convention

metadata = MetaData(naming_convention=naming_convention)
