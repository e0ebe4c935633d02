# SPDX-License-Identifier: EUPL-1.2
"""The deletion class of reporting: the rows behind the figures. The figures stay."""

from importlib.resources import files

from rueckhalt_reporting.erasing import HOLDS
from rueckhalt_reporting.facts import ageing, handlers
from rueckhalt_shared.erasing.retaining import Kind, Retention

RETENTION = Retention(
    default=files("rueckhalt_reporting") / "content" / "loeschkonzept.yaml",
    kinds=(
        Kind(
            class_="statistic_rows",
            scope="fact",
            unit="months",
            find=ageing.ended,
            drop=handlers.drop_old,
        ),
    ),
    holds=HOLDS,
    tables=("facts",),
)
