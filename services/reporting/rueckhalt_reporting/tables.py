# SPDX-License-Identifier: EUPL-1.2
"""The metadata that the stores of this service define their tables on."""

from sqlalchemy import MetaData

from rueckhalt_shared.columns import naming_convention

metadata = MetaData(naming_convention=naming_convention)
