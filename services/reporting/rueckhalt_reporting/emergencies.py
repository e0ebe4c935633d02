# SPDX-License-Identifier: EUPL-1.2
"""The red mark of a plan published in an emergency, for whoever is signed in at reporting."""

from rueckhalt_reporting.subscriptions import subscriptions
from rueckhalt_reporting.tables import metadata
from rueckhalt_shared.emergencies import Marks

MARKS = Marks(metadata)
MARKS.hear(subscriptions, queue="reporting.mark-emergencies")
