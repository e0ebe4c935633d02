# SPDX-License-Identifier: EUPL-1.2
"""The red mark of a plan published in an emergency, on notify's pages for whoever is signed in."""

from rueckhalt_notify.subscriptions import subscriptions
from rueckhalt_notify.tables import metadata
from rueckhalt_shared.emergencies import Marks

MARKS = Marks(metadata)
MARKS.hear(subscriptions, queue="notify.mark-emergencies")
