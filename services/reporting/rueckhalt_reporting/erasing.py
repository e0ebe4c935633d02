# SPDX-License-Identifier: EUPL-1.2
"""What reporting holds of an incident and how it lets go of it: the record key of its fact."""

from rueckhalt_reporting.facts import erasing as facts
from rueckhalt_reporting.subscriptions import subscriptions
from rueckhalt_shared.erasing import carrying_out
from rueckhalt_shared.erasing.carrying_out import Eraser

ERASER = Eraser(case=facts.drop_key, held=facts.held, tables=("facts",))
carrying_out.listen(subscriptions, ERASER)
