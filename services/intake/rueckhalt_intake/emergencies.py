# SPDX-License-Identifier: EUPL-1.2
"""The red mark of a plan published in an emergency, on intake's pages for whoever is signed in."""

from rueckhalt_intake.subscriptions import subscriptions
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.emergencies import Marks

MARKS = Marks(metadata)
MARKS.hear(subscriptions, queue="intake.mark-emergencies")
