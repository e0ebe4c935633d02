# SPDX-License-Identifier: EUPL-1.2
"""Which person may open which incident, as routing says by its events. No row, no access."""
