# SPDX-License-Identifier: EUPL-1.2
"""Published figures as input: `rueckhalt simulate` replays them through the real API."""

from rueckhalt_shared.simulate.figures import Expected, Figures, expected, load, names
from rueckhalt_shared.simulate.reports import reports

__all__ = ["Expected", "Figures", "expected", "load", "names", "reports"]
